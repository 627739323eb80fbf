"""Akismet's interface: its words and headers to the letter, our policy behind them, and nothing stored but counts."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest

from service.store.connection import LUA
from service.store.keys import Keys
from service.store.sites import Sites
from service.store.suggestions import Suggestions
from tests.support import everything, hold_everything, lines_of

BLOG = "https://herald.example/"
SECRET = "A sentence that is asked about"
THANKS = "Thanks for making the web a better place."
SPAM = "Cheap viagra online, best casino bonus! http://cheap-pills.example http://casino-bonus.example"


class Akismet:
    """A client with a key, which it sends in the form unless it is told another place."""

    def __init__(self, client, key):
        self.client, self.key = client, key

    def __call__(self, call, form=None, /, version="1.1", **fields):
        sent = {"api_key": self.key, "blog": BLOG, "user_ip": "203.0.113.9"} | (form or {}) | fields
        kept = {name: value for name, value in sent.items() if value is not None}
        content = urlencode(kept, doseq=True)
        return self.client.post(
            f"/{version}/{call}", data=content, content_type="application/x-www-form-urlencoded; charset=UTF-8"
        )

    def check(self, text=SECRET, **fields):
        return self("comment-check", comment_content=text, **fields)

    def get(self, call, **query):
        return self.client.get(f"/1.2/{call}?{urlencode({'api_key': self.key} | query)}")


@pytest.fixture
def akismet_for(key_for):
    """Makes a client: `akismet_for("submit", site="herald")`."""

    def make(role, name="", site="herald"):
        api = key_for(role, name, site)
        return Akismet(api.client, api.key)

    return make


@pytest.fixture
def akismet(akismet_for):
    return akismet_for("submit")


@pytest.fixture
def limited(app):
    """Lets a key make so many requests a minute."""

    def to(limit):
        house = app.extensions["winnow"]
        app.extensions["winnow"] = replace(house, settings=replace(house.settings, rate_limit=limit))

    return to


def heads(answer):
    return {
        name.lower().removeprefix("x-akismet-"): value
        for name, value in answer.headers
        if name.lower().startswith("x-akismet-")
    }


def use(store):
    """The counts of the month, whichever it is."""
    (month,) = store._client.keys("{*}:akismet:*")
    return store._client.hgetall(month)


def suggestions(store):
    kept = Suggestions(store)
    return [one for standing in ("moderated", "apart") for one in kept.kept("herald", standing)]


def says(answer, word):
    assert (answer.status_code, answer.data) == (200, word.encode())
    assert answer.content_type == "text/plain; charset=utf-8"


def test_a_key_in_force_is_valid_and_any_other_is_not(akismet):
    answer = akismet("verify-key", key=akismet.key, api_key=None, user_ip=None)
    says(answer, "valid")
    assert heads(answer) == {}
    answer = akismet("verify-key", key="0123456789ab", api_key=None, user_ip=None)
    says(answer, "invalid")
    assert heads(answer) == {"debug-help": "Invalid key"}


def test_the_key_that_is_verified_is_the_one_that_is_asked_about(akismet):
    says(akismet("verify-key", key=akismet.key, api_key="0123456789ab"), "valid")
    says(akismet("verify-key", key="0123456789ab"), "invalid")
    says(akismet("verify-key"), "valid")


@pytest.mark.parametrize(
    ("call", "missing", "said"),
    [
        ("verify-key", "blog", ("invalid", 'Empty "blog" value')),
        ("verify-key", "api_key", ("invalid", 'Empty "key" value')),
        ("comment-check", "api_key", ("invalid", 'Empty "api_key" value')),
        ("comment-check", "blog", ("Missing required field: blog.", 'Empty "blog" value')),
        ("comment-check", "user_ip", ("Missing required field: user_ip.", 'Empty "user_ip" value')),
        ("submit-spam", "user_ip", ("Missing required field: user_ip.", 'Empty "user_ip" value')),
        ("submit-ham", "blog", ("Missing required field: blog.", 'Empty "blog" value')),
    ],
)
def test_what_is_missing_is_named_as_akismet_does(akismet, store, call, missing, said):
    for nothing in (None, ""):
        answer = akismet(call, comment_content=SECRET, **{missing: nothing})
        says(answer, said[0])
        assert heads(answer) == {"debug-help": said[1]}
    assert "sentence" not in everything(store)


def test_a_blog_that_is_no_address_is_invalid(akismet):
    for call in ("verify-key", "comment-check", "submit-spam"):
        answer = akismet(call, blog="!!", comment_content=SECRET)
        says(answer, "invalid")
        assert heads(answer) == {"debug-help": "We were unable to parse your blog URI"}


def test_a_comment_is_judged_by_the_sites_policy_and_nothing_of_it_is_stored(akismet, api, store):
    answer = akismet.check(comment_author="Someone Known", user_agent="Firefox")
    says(answer, "false")
    assert list(heads(answer)) == ["guid"]
    hold_everything(api)
    says(akismet.check(comment_author="Someone Known"), "true")
    kept = everything(store)
    assert "sentence" not in kept
    assert "Someone" not in kept
    assert "203.0.113.9" not in kept


def test_spam_is_true(akismet):
    answer = akismet.check(SPAM)
    says(answer, "true")
    assert list(heads(answer)) == ["guid"]


def test_what_the_policy_rejects_may_be_discarded_and_what_it_holds_may_not(akismet, api):
    hold_everything(api, words={"block": ["blackguard"], "suspect": []})
    assert "pro-tip" not in heads(akismet.check())
    answer = akismet.check("You blackguard")
    says(answer, "true")
    assert heads(answer)["pro-tip"] == "discard"


def test_a_policy_without_the_other_thresholds_is_about_spam_alone(akismet, api):
    rude = "You are a stupid idiot and a moron"
    says(akismet.check(rude), "true")
    policy = api.get("/v1/policy").json
    japanese = "素晴らしい記事です、ありがとうございます"
    says(akismet.check(japanese), "true")
    alone = {
        "thresholds": {"spam": policy["thresholds"]["spam"]},
        "self_harm": "approve",
        "unknown_language": "approve",
    }
    assert api.put("/v1/policy", policy | alone).status_code == 200
    for text, word in ((rude, "false"), (japanese, "false"), ("I want to kill myself", "false"), (SPAM, "true")):
        says(akismet.check(text), word)


def test_a_comment_in_html_is_judged_by_its_text(akismet, api):
    hold_everything(api, mode="post", words={"block": [], "suspect": ["herring"]})
    says(akismet.check("<p>Red h<b>err</b>ing</p>"), "true")
    says(akismet.check("<p>Red <b class='herring'>fish</b></p>"), "false")


def test_the_author_name_stands_for_a_comment_without_content(akismet, api):
    hold_everything(api, mode="post", words={"block": [], "suspect": ["herring"]})
    says(akismet.check("", comment_author="Herring", comment_type="signup"), "true")
    for _ in range(5):
        says(akismet.check("", comment_author="Ada", comment_type="signup"), "false")
    says(akismet.check(""), "false")


def test_an_administrators_comment_and_guaranteed_spam_need_no_judgement(akismet, api):
    says(akismet.check(comment_author="viagra-test-123"), "true")
    says(akismet.check(comment_author_email="akismet-guaranteed-spam@example.com"), "true")
    says(akismet.check(honeypot_field_name="trap", trap="filled"), "true")
    hold_everything(api)
    says(akismet.check(SPAM, user_role="administrator"), "false")


def test_the_fourth_copy_is_spam_but_tests_and_rechecks_are_no_copies(akismet):
    for _ in range(3):
        says(akismet.check(), "false")
    for again in ({"is_test": "1"}, {"is_test": "true"}, {"recheck_reason": "edit"}):
        says(akismet.check(**again), "false")
    says(akismet.check(), "true")


def test_a_comment_too_long_for_us_is_judged_all_the_same(akismet, api):
    hold_everything(api, mode="post", words={"block": [], "suspect": ["herring"]})
    says(akismet.check("word " * 5000), "false")
    says(akismet.check("word " * 5000 + "herring"), "true")


def test_a_text_in_latin_1_is_read_as_such(akismet, api):
    hold_everything(api, mode="post", words={"block": [], "suspect": ["señor"]})
    form = f"api_key={akismet.key}&blog={BLOG}&user_ip=1.2.3.4&blog_charset=ISO-8859-1&comment_content=Se%F1or+X"
    for content_type in ("application/x-www-form-urlencoded; charset=ISO-8859-1", "charset=utf-8", "text/plain", ""):
        says(akismet.client.post("/1.1/comment-check", data=form, content_type=content_type), "true")


def test_server_variables_repeated_and_nested_fields_mean_nothing(akismet):
    more = {
        "comment_context": ["news", "markets"],
        "comment_context[]": ["news", "markets"],
        "comment_context[0]": "news",
        "POST_comment": SPAM,
        "POST_action": "x",
        "HTTP_ACCEPT": "*/*",
        "REMOTE_ADDR": "203.0.113.9",
        "callback": "https://herald.example/hook",
        "akismet_comment_nonce": "failed",
        "comment_date_gmt": "yesterday",
    }
    says(akismet("comment-check", more, comment_content=SECRET), "false")


def test_the_key_may_be_the_first_label_of_the_host(akismet):
    form = {"blog": BLOG, "user_ip": "203.0.113.9", "comment_content": SECRET, "key": "of the form that it came from"}
    for host in (f"{akismet.key}.rest.akismet.com", f"{akismet.key.upper()}.winnow.example:8080"):
        for call, word in (("comment-check", "false"), ("submit-spam", THANKS)):
            says(akismet.client.post(f"/1.1/{call}", data=form, headers={"Host": host}), word)
    for host in ("a" * 52 + ".rest.akismet.com", "rest.akismet.com", akismet.key, ""):
        says(akismet.client.post("/1.1/submit-ham", data=form | {"key": ""}, headers={"Host": host}), "invalid")


def test_the_key_in_the_form_comes_before_the_host(akismet, akismet_for):
    other = akismet_for("submit", site="rival")
    form = {"api_key": akismet.key, "blog": BLOG, "user_ip": "203.0.113.9"}
    akismet.client.post("/1.1/comment-check", data=form, headers={"Host": f"{other.key}.rest.akismet.com"})
    assert akismet.get("usage-limit").json["usage"] == 1
    assert other.get("usage-limit").json["usage"] == 0


def test_what_was_misjudged_becomes_a_labelled_example(akismet, store):
    says(akismet("submit-spam", comment_content="<b>Buy</b> now", blog_lang="en_US"), THANKS)
    (one,) = suggestions(store)
    assert (one.text, one.surface, one.language) == ("Buy now", "akismet", "en")
    assert (one.standing, one.labels) == ("apart", {"spam": 1})
    says(akismet("submit-ham", comment_content="Buy now"), THANKS)
    (one,) = suggestions(store)
    assert one.labels == {"spam": 0}


def test_a_moderators_key_says_it_as_a_moderator(akismet_for, store):
    says(akismet_for("moderate", "ada")("submit-spam", comment_content="Buy now"), THANKS)
    (one,) = suggestions(store)
    assert (one.standing, one.labels, one.by) == ("moderated", {"spam": 1}, "ada")


def test_of_a_test_or_a_comment_without_content_nothing_is_kept(akismet, store):
    says(akismet("submit-spam", comment_content="Buy now", is_test="1"), THANKS)
    says(akismet("submit-spam", comment_author="Ada"), THANKS)
    assert suggestions(store) == []


def test_what_is_said_of_a_guid_that_was_given_out_stays_with_it(akismet, store):
    guid = heads(akismet.check("Buy now"))["guid"]
    says(akismet("submit-spam", comment_content="Buy now", guid=guid), THANKS)
    says(akismet("submit-spam", comment_content="Buy now, edited", guid=guid), THANKS)
    assert [(one.reference, one.text) for one in suggestions(store)] == [(guid, "Buy now, edited")]
    says(akismet("submit-spam", comment_content="Buy", guid="bf40a4e4ceb1833111fae80717ae6bc0"), THANKS)
    assert len(suggestions(store)) == 2


def test_what_a_key_used_is_counted_by_the_month_and_by_blog(akismet, limited):
    limited(100)
    akismet.check()
    akismet.check(SPAM, blog="https://blog.example/news/")
    akismet.check(comment_author="viagra-test-123")
    akismet("submit-ham", comment_content="Misjudged")
    akismet("submit-spam", comment_content="Missed")
    akismet("submit-spam", comment_content="Missed")
    used = akismet.get("usage-limit").json
    assert (used["usage"], used["percentage"], used["throttled"]) == (3, "0.00", False)
    assert used["limit"] % (100 * 24 * 60) == 0
    said = akismet.get("key-sites").json
    ((month, sites),) = [(name, value) for name, value in said.items() if "-" in name]
    assert sites == [
        {
            "site": "herald.example", "api_calls": "2", "spam": "1", "ham": "1", "missed_spam": "1",
            "false_positives": "1", "is_revoked": False,
        },
        {
            "site": "blog.example/news", "api_calls": "1", "spam": "1", "ham": "0", "missed_spam": "0",
            "false_positives": "0", "is_revoked": False,
        },
    ]  # fmt: skip
    assert (said["limit"], said["offset"], said["total"]) == (500, 0, 2)
    assert len(month) == len("2026-11")


def test_without_a_limit_the_word_is_none(akismet, limited):
    limited(0)
    assert akismet.get("usage-limit").json == {"limit": "none", "usage": 0, "percentage": "0.00", "throttled": False}


def test_blogs_are_filtered_ordered_and_cut(akismet):
    for blog, times in (("a.example", 1), ("b.example", 3), ("c.other", 2)):
        for n in range(times):
            akismet.check(f"{SECRET} {n}", blog=f"http://{blog}")
    akismet("submit-spam", comment_content="Missed", blog="http://a.example")

    def sites(**query):
        return [
            row["site"] for name, rows in akismet.get("key-sites", **query).json.items() if "-" in name for row in rows
        ]

    assert sites() == ["b.example", "c.other", "a.example"]
    assert sites(order="missed_spam")[0] == "a.example"
    assert sites(filter=".EXAMPLE") == ["b.example", "a.example"]
    assert sites(limit=1, offset=1) == ["c.other"]
    assert sites(month="2020-01") == []
    for nonsense in ({"limit": "-1"}, {"order": "__class__"}, {"offset": "x"}, {"month": "2026-13"}):
        assert sites(**nonsense) == ["b.example", "c.other", "a.example"]


def test_blogs_come_as_csv_too_which_names_no_key(akismet):
    akismet.check()
    answer = akismet.get("key-sites", format="csv", month="")
    head, columns, row = answer.text.splitlines()
    assert answer.content_type == "text/csv; charset=utf-8"
    assert head.startswith("Active sites for ")
    assert head.endswith("(limit: 500, offset: 0, total: 1).")
    assert columns == "Site,Total API Calls,Spam,Ham,Missed Spam,False Positives,Is Revoked"
    assert row == "herald.example,1,0,1,0,0,false"
    assert akismet.key not in answer.text


def test_usage_may_be_asked_for_by_post(akismet):
    assert akismet("usage-limit", version="1.2").json["usage"] == 0
    assert akismet("key-sites", version="1.2", limit="3").json["limit"] == 3


def test_without_a_key_there_are_no_figures(akismet):
    """As akismet 25.10.1 for Python asks for a key's sites."""
    answer = akismet.client.get("/1.2/key-sites?month=2026-11")
    says(answer, "invalid")
    assert heads(answer) == {"debug-help": 'Empty "api_key" value'}


def test_blogs_beyond_a_thousand_are_counted_together(akismet, store):
    kept = {f"other b{n}.example": "1 0 0 0" for n in range(1000)}
    akismet.check()
    (month,) = store._client.keys("{herald}:akismet:*")
    store._client.hset(month, mapping=kept)
    akismet.check(blog="http://new.example")
    akismet.check(blog="http://newer.example")
    akismet.check()
    said = akismet.get("key-sites").json
    rows = {row["site"]: row["api_calls"] for name, rows in said.items() if "-" in name for row in rows}
    assert rows == {"herald.example": "2", "": "2"}
    assert store._client.hlen(month) == 1002


def test_the_counts_end_after_400_days(akismet, store):
    akismet.check()
    akismet.check()
    (month,) = store._client.keys("{herald}:akismet:*")
    assert 399 * 86400 < store._client.ttl(month) <= 400 * 86400


def test_the_script_knows_the_month_of_every_day(store):
    source = (LUA / "count_akismet.lua").read_text(encoding="utf-8")
    month_of = re.search(r"local function month_of.*?\nend\n", source, re.DOTALL)[0]
    each = f"{month_of} local months = {{}} for i, ms in ipairs(ARGV) do months[i] = month_of(tonumber(ms)) end return months"
    days = [datetime(2023, 1, 1, tzinfo=UTC) + timedelta(days=n) for n in range(40_000)]
    for at in range(0, len(days), 5000):
        some = days[at : at + 5000]
        last = [int(day.timestamp() * 1000) + 86_399_999 for day in some]
        assert store._client.eval(each, 0, *last) == [f"{day:%Y-%m}" for day in some]


def test_another_sites_key_and_another_key_see_their_own_alone(akismet, akismet_for):
    akismet.check()
    for other in (akismet_for("admin", site="rival"), akismet_for("admin", name="other")):
        assert other.get("usage-limit").json["usage"] == 0
        assert other.get("key-sites").json["total"] == 0


def test_checks_are_in_the_sites_figures(akismet, store):
    akismet.check()
    akismet.check(SPAM)
    (day,) = store._client.keys("{herald}:count:*")
    counts = {name.partition(":")[2]: n for name, n in store._client.hgetall(day).items()}
    assert (counts["checked=akismet/approve"], counts["checked=akismet/hold"]) == ("1", "1")


def test_a_key_over_its_rate_gets_429_so_that_the_comment_is_held_and_asked_about_again(akismet, limited):
    limited(2)
    says(akismet.check(), "false")
    says(akismet("submit-spam", comment_content="Buy now"), THANKS)
    for answer in (
        akismet.check(),
        akismet.check(user_role="administrator"),
        akismet("verify-key"),
        akismet.get("usage-limit"),
    ):
        assert (answer.status_code, answer.text) == (429, "Too Many Requests")
        assert answer.content_type == "text/plain; charset=utf-8"
        assert 0 < int(answer.headers["Retry-After"]) <= 60
        assert heads(answer) == {}


@pytest.mark.parametrize(
    ("version", "call"),
    [
        *(("1.1", call) for call in ("verify-key", "comment-check", "submit-spam", "submit-ham")),
        *(("1.2", call) for call in ("usage-limit", "key-sites")),
    ],
)
def test_a_coral_key_and_a_revoked_one_are_invalid(akismet_for, store, version, call):
    answer = akismet_for("coral")(call, version=version, comment_content=SECRET)
    says(answer, "invalid")
    assert "coral" in heads(answer)["debug-help"]
    gone = akismet_for("submit", name="gone")
    keys = Keys(store)
    keys.revoke(next(key.id for key in keys.of("herald") if key.name == "gone"))
    answer = gone(call, version=version, comment_content=SECRET)
    says(answer, "invalid")
    assert heads(answer) == {"debug-help": "Invalid key"}
    assert suggestions(store) == []


@pytest.mark.parametrize("call", ["verify-key", "comment-check", "submit-spam"])
def test_a_closed_site_takes_in_nothing_and_says_so_to_wordpress(akismet, store, call):
    Sites(store).close("herald", by="operator", op="closed")
    answer = akismet(call, comment_content=SECRET)
    says(answer, "invalid")
    closed = "The site is closed: it takes in no more comments."
    assert heads(answer) == {"debug-help": closed, "alert-code": "10403", "alert-msg": closed}
    assert suggestions(store) == []


def test_whatever_anothers_key_asks_for_nothing_of_ours_shows_or_changes(app, akismet, akismet_for, store):
    akismet("submit-spam", comment_content=SECRET)
    akismet.check()
    theirs = akismet_for("admin", name="eve", site="rival")
    before = lines_of(store, "herald")
    calls = [rule.rule.strip("/") for rule in app.url_map.iter_rules() if rule.endpoint.startswith("akismet.")]
    assert len(calls) > 6
    for call in calls:
        version, _, name = call.partition("/")
        for key in (theirs.key, "a" * 52, ""):
            answer = theirs(name.replace("<path:_>", "other"), version=version, api_key=key, comment_content="Theirs")
            assert SECRET not in answer.text
            assert key == theirs.key or answer.text == "invalid"
        assert lines_of(store, "herald") == before, call
    assert theirs.get("usage-limit").json["usage"] == 1
