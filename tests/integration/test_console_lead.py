"""Queue health, statistics and transparency in the console: the figures are those of the API."""

import html
import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest

from service.console.plots.scales import amount_words, count_words, duration_words, share_words
from service.drift import WINDOW_DAYS
from service.store.observed import Histogram, Observed
from tests.support import claim, hold_everything, unlike_all_before

INSULT = "You are a stupid idiot and a complete moron"
PAGES = ("/console/health", "/console/stats", "/console/transparency")


def day(ago=0):
    return (datetime.now(UTC) - timedelta(days=ago)).date().isoformat()


def ok(answer):
    assert answer.status_code == 200, answer.text
    return answer.text


def words_of(markup):
    """The page as one reads it: no tags, single spaces."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", markup)).split())


def tile(markup, label):
    """The figure under a label."""
    found = re.search(rf"<dt>{re.escape(label)}</dt>\s*<dd>([^<]*)</dd>", markup)
    assert found, label
    return html.unescape(found[1])


def table(markup, name):
    """The rows of the table under a plot: the first cell of each, and the others."""
    start = markup.index(f'<div id="{name}-table">')
    rows = re.findall(
        r"<tr><th scope=\"row\">(.*?)</th>(.*?)</tr>", markup[start : markup.index("</table>", start)], re.S
    )
    return {
        html.unescape(head): [html.unescape(cell) for cell in re.findall(r"<td>(.*?)</td>", rest)]
        for head, rest in rows
    }


@pytest.fixture
def worked(api, held):
    """Ten comments were held: two were claimed, one was approved, two rejected, one escalated."""
    claim(api, limit=2)
    for comment_id, said in zip(
        held, ({"action": "approve"}, {"action": "reject", "labels": ["spam"]}, {"action": "reject"}, {"action": "escalate"}),
        strict=False,
    ):  # fmt: skip
        assert api.post(f"/v1/comments/{comment_id}/decision", said).status_code == 200
    api.delete(f"/v1/comments/{held[2]}/decision")
    return held


def test_health_says_what_the_queue_counts_say(api, desk_for, worked):
    told = api.get("/v1/queue/counts").json
    found = ok(desk_for("moderate").get("/console/health"))
    for label, name in (
        ("Waiting", "pending"),
        ("Held by a moderator now", "claimed"),
        ("Escalated", "escalated"),
        ("Blind reviews", "reviews"),
    ):
        assert tile(found, label) == count_words(told[name])
    assert (told["pending"], told["escalated"]) == (8, 1)
    assert tile(found, "This hour, so far") == tile(found, "Today, so far (UTC)") == "10"
    read = words_of(found)
    for what, name in (("the first claim", "time_to_claim"), ("the decision", "time_to_decision")):
        times = told[name]
        assert f"{what} {duration_words(times['median'])} {duration_words(times['p95'])}" in read
    assert f"everything is held {told['by_reason']['mode']}" in read


def test_the_oldest_is_as_old_as_the_api_says(api, desk_for, store, held):
    store._client.zincrby("{herald}:queue:all", -7_500_000, held[0])
    shown = tile(ok(desk_for("moderate").get("/console/health")), "The oldest waits for")
    assert shown == duration_words(api.get("/v1/queue/counts").json["oldest_seconds"]) == "2 h 5 min"


def test_health_refreshes_its_figures_and_nothing_that_can_have_the_focus(desk_for, api):
    desk = desk_for("moderate")
    whole = ok(desk.get("/console/health"))
    assert 'hx-get="/console/health/figures"' in whole
    hold_everything(api)
    api.post("/v1/comments", {"body": "One that came since"})
    parts = ok(desk.get("/console/health/figures", **{"HX-Request": "true"}))
    assert tile(parts, "Waiting") == "1"
    ids = re.findall(r'<div id="([^"]*)" hx-swap-oob="true">', parts)
    assert "health-now" in ids
    assert all(f'<div id="{one}">' in whole for one in ids if not one.startswith("arrivals"))
    assert 'id="arrivals-drawing"' in whole
    assert not re.search(r"<(a|button|input|select|summary|details|form)\b|tabindex", parts)


def test_health_can_be_paused_without_scripts(desk_for):
    paused = ok(desk_for("moderate").get("/console/health?live=off"))
    assert "every 10s" not in paused
    assert "Go on" in paused
    assert desk_for("moderate").get("/console/health?live=perhaps").status_code == 422


def test_nobody_is_named_on_the_page_of_health(desk_for, api, key_for):
    hold_everything(api)
    for n in range(3):
        api.post("/v1/comments", {"body": unlike_all_before(n)})
    swift = key_for("moderate", name="swift-moderator")
    for one in claim(swift, limit=2)["items"][:1]:
        swift.post(f"/v1/comments/{one['id']}/decision", {"action": "approve"})
    for path in PAGES[:2]:
        assert "swift-moderator" not in ok(desk_for("admin").get(path))


def test_statistics_say_what_the_api_says(api, desk_for, worked):
    api.post("/v1/comments", {"id": "i", "body": INSULT})
    api.post("/v1/comments/i/decision", {"action": "reject", "labels": ["insult"]})
    api.post("/v1/comments/i/reports", {"reporter_id": "r", "reason": "rude"})
    told = api.get(f"/v1/stats?from={day(6)}T00:00:00Z&bucket=day").json
    found = ok(desk_for("moderate").get(f"/console/stats?from={day(6)}&to={day()}&bucket=day"))
    totals = told["totals"]
    for label, n in (
        ("Comments", totals["comments"]),
        ("Held", totals["verdicts"]["hold"]),
        ("Rejected", totals["decisions"]["reject"]),
        ("Taken back", totals["undone"]),
        ("Reports", totals["reported"]),
    ):
        assert n
        assert tile(found, label) == count_words(n)
    assert tile(found, "Half were decided within") == duration_words(totals["time_to_decision"]["median"])
    volumes = [[int(cell) for cell in row] for row in table(found, "volumes").values()]
    assert volumes[::-1] == [
        [one["verdicts"][verdict] for verdict in ("approve", "hold", "reject")] for one in told["buckets"]
    ]
    decided = [[int(cell) for cell in row] for row in table(found, "decisions").values()]
    assert decided[::-1] == [
        [one["decisions"][action] for action in ("approve", "reject", "escalate")] for one in told["buckets"]
    ]
    confirmed = told["agreement"]["insult"]["confirmed"]
    assert table(found, "confirmed")["insult"][0].startswith(f"{confirmed['rate']:.0%}".replace("%", " %"))
    assert table(found, "confirmed")["insult"][0].endswith(f"of {confirmed['sample']}")


def test_statistics_say_what_other_systems_asked_only_where_any_did(api, desk_for):
    api.post("/v1/comments", {"body": "Thanks"})
    assert "other systems keep" not in ok(desk_for("moderate").get("/console/stats"))
    assert api.post("/v1/moderations", {"input": [INSULT, "A fine day", "Another"]}).status_code == 200
    found = words_of(ok(desk_for("moderate").get("/console/stats")))
    assert "OpenAI 3 1 flagged, 2 not flagged 0" in found


def test_drift_is_that_of_the_api(api, desk_for, store, app):
    reference = app.extensions["winnow"].models.in_force("herald").reference
    spread = reference.scores["en"]["toxicity"].shares
    seen = Histogram("en", dict(enumerate(int(3000 * share) for share in reversed(spread))), len(spread), "toxicity",
                     app.extensions["winnow"].models.in_force("herald").version)  # fmt: skip
    Observed(store).add("herald", int(datetime.now(UTC).timestamp() * 1000), [seen])
    told = api.get("/v1/stats").json["drift"]
    shift = told["moved"]["scores"]["en"]["toxicity"]
    assert shift["drifted"]
    found = ok(desk_for("moderate").get("/console/stats"))
    said = f"{amount_words(shift['value'])[:-1]}"
    assert table(found, "moved-en")["toxic"][0].startswith(said)
    assert table(found, "moved-en")["toxic"][0].endswith("alarm")
    assert "Comments have moved." in found
    bins = table(found, "scores-en-toxicity")
    assert len(bins) == len(spread) / 2
    assert list(bins.values())[-1][1] == share_words(spread[-1] + spread[-2])
    assert f"the {('seven', 'eight')[WINDOW_DAYS - 7]} days" in words_of(found)


def test_agreement_among_moderators_is_for_admins_and_no_ranking(api, desk_for, key_for):
    hold_everything(api, review_share=1)
    api.post("/v1/comments", {"id": "c", "body": "Something to look at"})
    api.post("/v1/comments/c/decision", {"action": "approve"})
    bob = key_for("moderate", name="bob")
    (review,) = claim(bob, reviews=True)["reviews"]
    assert bob.post(f"/v1/reviews/{review['id']}", {"action": "reject", "labels": ["spam"]}).status_code == 200
    told = api.get("/v1/stats/agreement").json
    found = words_of(ok(desk_for("admin", name="lead").get("/console/stats")))
    assert f"ada and bob {told['action']['n']} {share_words(told['action']['observed'])}" in found
    assert "ada and bob" not in ok(desk_for("moderate", name="cleo").get("/console/stats"))


@pytest.mark.parametrize("path", ["/console/stats", "/console/transparency"])
@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("from=yesterday", "Not a valid date"),
        ("from=2026-13-01", "Not a valid date"),
        ("from=2026-11-02&to=2026-11-01", "The last day lies before the first"),
        ("to=1\u0660", "Not a valid date"),
        ("everything=1", "Unknown field"),
    ],
)
def test_a_bad_range_gets_the_form_again_with_what_is_wrong(desk_for, path, query, said):
    answer = desk_for("admin").get(f"{path}?{query}")
    assert answer.status_code == 422
    assert said in answer.text
    assert 'type="date"' in answer.text


@pytest.mark.parametrize(
    "query", ["from=0001-01-01", "to=9999-12-31", "from=9999-12-31", "to=0001-01-01", "from=&to=&bucket="]
)
@pytest.mark.parametrize("path", ["/console/stats", "/console/transparency"])
def test_ranges_beyond_what_is_kept_are_cut(desk_for, path, query):
    ok(desk_for("admin").get(f"{path}?{query}"))


def test_a_bad_step_is_refused(desk_for):
    assert desk_for("moderate").get("/console/stats?bucket=minute").status_code == 422


def test_a_month_of_hours_and_a_year_of_days_are_few_bars(desk_for, store):
    today = int(datetime.now(UTC).timestamp()) // 86400
    for ago in range(399):
        store._client.hincrby(f"{{herald}}:count:{today - ago}", "0:approve", 3)
    desk = desk_for("moderate")
    for query in (f"from={day(398)}", f"from={day(30)}&bucket=hour", f"from={day(1)}"):
        found = ok(desk.get(f"/console/stats?{query}"))
        rows = table(found, "volumes")
        assert 2 <= len(rows) <= 64
        assert sum(int(cell.replace(",", "")) for row in rows.values() for cell in row) == int(
            tile(found, "Comments").replace(",", "")
        )


def test_days_on_which_nothing_happened_say_so(desk_for):
    found = words_of(ok(desk_for("admin").get("/console/stats")))
    assert "Nothing happened on this site in this time" in found
    assert "No comment came in the last 24 hours" in ok(desk_for("admin").get("/console/health"))
    assert "not known: no sample was looked at" in ok(desk_for("admin").get("/console/transparency"))


def test_presets_are_links_and_the_one_that_is_shown_is_marked(desk_for):
    desk = desk_for("moderate")
    found = ok(desk.get(f"/console/stats?from={day(6)}&to={day()}"))
    links = re.findall(r'<a href="(/console/stats\?[^"]*)"( aria-current="true")?>([^<]*)</a>', found)
    assert [(label, bool(here)) for _, here, label in links] == [("Today", False), ("7 days", True), ("30 days", False)]
    for address, _, _ in links:
        ok(desk.get(html.unescape(address)))


def test_transparency_says_what_the_api_says_and_shows_what_people_wrote_as_text(api, desk_for, worked):
    hostile = "<script>alert(1)</script>"
    api.post(f"/v1/comments/{worked[4]}/decision", {"action": "reject", "term": hostile})
    told = api.get("/v1/transparency").json["figures"]
    answer = ok(desk_for("admin").get("/console/transparency"))
    found = words_of(answer)
    assert hostile not in answer
    assert f"{hostile} 1" in found
    own = told["own_initiative"]
    assert f"Comments in all: {told['comments']}." in found
    assert f"Held automatically Comments: {own['held_automatically']['count']}." in found
    assert f"Removed by moderators Comments: {own['removed_by_moderators']['count']}," in found
    assert told["automated_means"]["purpose"] in found
    assert told["automated_means"]["model"] in found


def test_only_admins_see_the_page_of_transparency_and_its_link(desk_for):
    desk = desk_for("moderate")
    assert desk.get("/console/transparency").status_code == 403
    assert "/console/transparency" not in ok(desk.get("/console/stats"))
    assert "/console/transparency" in ok(desk_for("admin", name="lead").get("/console/stats"))


@pytest.mark.parametrize("path", PAGES)
def test_a_site_sees_its_own_figures_alone(desk_for, api, path, worked):
    assert "10" in words_of(ok(desk_for("admin", name="lead").get(path)))
    rival = ok(desk_for("admin", site="rival").get(path))
    assert "spam" not in table(rival, "decisions") if "decisions-table" in rival else True
    assert not re.search(r"<dd>(?!0<)[1-9][0-9]*</dd>", rival)


@pytest.mark.parametrize("path", PAGES)
def test_no_page_has_a_style_or_a_script_of_its_own_and_every_plot_is_well_formed(desk_for, worked, path):
    found = ok(desk_for("admin", name="lead").get(path))
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script>|javascript:", found)
    for drawing in re.findall(r"<svg class=\"plot.*?</svg>(?=\s*</div>)", found, re.S):
        ElementTree.fromstring(drawing)
    ids = re.findall(r'\sid="([^"]*)"', found)
    assert len(ids) == len(set(ids))
    assert found.count("<h1") == 1
