"""Readers who write programs: whatever they put into whatever field, Chromium runs nothing and no page breaks."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page

from service.demo.article import ARTICLE
from tests.e2e.ledger import address, key
from tests.hostile import FITS, payloads
from tests.support import Console, Service, wait_until

HOSTILE = payloads()

EACH_KIND = 4
"""Pages of one kind that are looked at, besides those that a list goes on with."""

PACK = 20
"""Payloads in each field of the comments that have many, as far as they fit."""

PACKED = range(len(HOSTILE), len(HOSTILE) + -(-len(HOSTILE) // PACK))

WATCH = """
window.__violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.__violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
}, true);
"""

LOOK = """
() => {
  const known = new Set(`html head meta title link script body header nav main footer section article aside search h1 h2
    h3 h4 h5 h6 p a ul ol li dl dt dd strong em b i u s small sub sup span bdi mark del ins q blockquote pre code kbd samp div
    abbr time hr br table caption colgroup col thead tbody tfoot tr th td form fieldset legend label input button select
    optgroup option textarea output progress meter datalist details summary dialog figure figcaption address template
    svg g pattern path rect circle line polyline polygon text tspan title desc defs`.split(/\\s+/));
  const own = `${location.origin}/`;
  const wrong = [...window.__violations];
  if (window.__pwned) wrong.push("something ran");
  for (const one of document.querySelectorAll("*")) {
    const drawn = one.localName === "img" && one.getAttribute("src").startsWith("/static/");
    if (!known.has(one.localName) && !drawn) wrong.push(`<${one.localName}>`);
    for (const name of one.getAttributeNames()) {
      const value = one.getAttribute(name);
      if (/^on|^hx-on|^srcdoc$|^ping$|^http-equiv$|^background$/.test(name)) wrong.push(`${one.localName}[${name}]`);
      if (/^(?:data-)?(?:href|src|action|formaction|poster|data|hx-(?:get|post|put|delete))$/.test(name)) {
        if (!new URL(value, location.href).href.startsWith(own)) wrong.push(`${one.localName}[${name}=${value}]`);
      }
    }
  }
  if (document.querySelectorAll("h1").length !== 1) wrong.push("not one h1");
  if (document.querySelectorAll("main").length !== 1) wrong.push("not one main");
  return wrong;
}
"""

MEASURE = """
() => {
  const page = document.scrollingElement;
  const wrong = page.scrollWidth > page.clientWidth ? [`wide: ${page.scrollWidth} > ${page.clientWidth}`] : [];
  for (const one of document.querySelectorAll("main button, main [role=button]")) {
    if (!one.checkVisibility() || one.closest(".scrolls")) continue;
    const { left, right } = one.getBoundingClientRect();
    if (left < 0 || right > page.clientWidth + 1) wrong.push(`out of sight: ${one.textContent.trim()}`);
  }
  return wrong;
}
"""


class Watched:
    """A window in which everything is noted that should not happen."""

    def __init__(self, browser: Browser) -> None:
        self.context: BrowserContext = browser.new_context()
        self.context.add_init_script(WATCH)
        self.page: Page = self.context.new_page()
        self.noted: list[str] = []
        self.context.on("request", lambda request: self._asked(request.url))
        self.page.on("dialog", self._spoke)
        self.page.on("pageerror", lambda error: self.noted.append(f"error {error}"))
        self.page.on("popup", lambda popup: self.noted.append(f"popup {popup.url}"))
        self.page.on("download", lambda download: self.noted.append(f"download {download.url}"))

    def _spoke(self, dialog: Dialog) -> None:
        if dialog.type != "beforeunload":  # a form that was not sent yet asks that, and may
            self.noted.append(f"dialog {dialog.message}")
        dialog.accept()

    def _asked(self, url: str) -> None:
        if urlsplit(url).hostname != "127.0.0.1" and not url.startswith("data:"):
            self.noted.append(f"request {url}")

    def look_at(self, address: str, widths: Sequence[int] = (360, 1280)) -> list[str]:
        """What is wrong with a page, by what it does, what it consists of and how wide it is."""
        answer = self.page.goto(address)
        source = answer.text()
        wrong = [f"raw {one!r}" for one in HOSTILE if re.search('[<"]', one) and one in source]
        if urlsplit(self.page.url).path != urlsplit(address).path:
            wrong.append(f"went to {self.page.url}")
        wrong += self.page.evaluate(LOOK)
        for width in widths:
            self.page.set_viewport_size({"width": width, "height": 800})
            wrong += [f"at {width}: {one}" for one in self.page.evaluate(MEASURE)]
        wrong += self.noted
        self.noted.clear()
        return wrong

    def links(self) -> list[str]:
        """Where the page's own links lead, without files to save."""
        found = self.page.eval_on_selector_all("a[href]:not([download])", "all => all.map((one) => one.href)")
        return [one.partition("#")[0] for one in found]


@pytest.fixture
def watched(browser: Browser) -> Iterator[Watched]:
    one = Watched(browser)
    yield one
    one.context.close()


def kind_of(url: str) -> tuple[str, ...]:
    """Pages of one kind have the same path but for what they are about, and the same names in the query."""
    parts = urlsplit(url)
    _, _, room, *rest = parts.path.split("/")
    if room not in {"authors", "articles"}:  # whose ids may be anything
        rest = [one if one.isalpha() else "*" for one in rest]
    names = sorted(pair.partition("=")[0] for pair in parts.query.split("&") if pair)
    return (room, *(rest if room not in {"authors", "articles"} else rest and ["*"]), "?", *names)


def fields_of(number: int, texts: Sequence[str]) -> dict:
    """A comment that has as much of the texts in every field as fits; its ids have the first ones."""
    line = " ".join(texts)
    return {
        "id": f"h-{number}",
        "body": "\n\n".join(texts)[:10_000],
        "author": {"id": texts[0], "name": line[:300], "url": line[:2000], "user_agent": line[:2000]},
        "article": {"id": texts[-1], "url": line[:2000], "title": line[:1000], "section": texts[0]},
    }


def post_everywhere(service: Service, site: str) -> None:
    """Each payload in every field that a reader has a say in: one a comment, then many; all wait for a moderator."""
    admin, moderator = service.key("admin", "editor", site), service.key("moderate", "bob", site)

    def ask(method: str, path: str, body: object, key: str = admin, status: int = 200) -> dict:
        answers = []

        def answered() -> bool:
            answers.append(service.raw(method, path, key, body))
            return answers[-1].status != 503  # to be repeated, it says

        wait_until(answered)
        assert answers[-1].status in {status, 200}, answers[-1].data
        return answers[-1].json()

    policy = ask("GET", "/v1/policy", None)
    ask("PUT", "/v1/policy", policy | {"mode": "pre"})
    said = [[one] for one in HOSTILE] + [HOSTILE[first : first + PACK] for first in range(0, len(HOSTILE), PACK)]
    comments = [fields_of(number, texts) for number, texts in enumerate(said)]
    for first in range(0, len(comments), 100):
        results = ask("POST", "/v1/comments/batch", {"comments": comments[first : first + 100]})["results"]
        assert {one.get("status") for one in results} == {"pending"}, results[:3]
    decisions = [{"id": one["id"], "action": "reject", "labels": ["spam"]} for one in comments]
    for first in range(0, len(decisions), 50):
        ask("POST", "/v1/decisions", {"decisions": decisions[first : first + 50]}, moderator)

    def speak(number: int) -> None:
        texts, path = said[number], f"/v1/comments/h-{number}"
        line, first = "\n".join(texts), quote(texts[0], safe="")
        ask("POST", f"{path}/appeals", {"statement": line[:5000]}, status=201)
        report = {"reporter_id": texts[0], "reason": texts[0][:64].strip(), "note": line[:2000]}
        ask("POST", f"{path}/reports", report, status=201)
        if number % 20 == 0:
            ask("PUT", f"/v1/authors/{first}/standing", {"standing": "watched"})
            ask("PUT", f"/v1/articles/{first}/mode", {"mode": "pre"})

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(speak, range(len(said))))


def test_there_are_more_than_500_payloads_that_differ():
    assert len(set(HOSTILE)) == len(HOSTILE) > 500
    assert max(map(len, HOSTILE)) <= FITS


@pytest.fixture(scope="module")
def attacked(console: Console) -> Console:
    """A console whose every comment was written by somebody hostile."""
    post_everywhere(console.service, console.site)
    return console


def test_no_page_of_the_console_runs_anything_or_breaks(watched: Watched, attacked: Console):
    attacked.sign_in(watched.page, "admin", "ada")
    home = f"{attacked.address}/console/"
    ahead = [watched.page.url, *watched.links()]
    seen: set[str] = set()
    kinds: Counter[tuple[str, ...]] = Counter()
    listed: set[str] = set()
    wrong = {}
    while ahead:
        address = ahead.pop(0)
        kind = kind_of(address) if address.startswith(home) and address != home else ()
        goes_on = kind == ("comments", "?", "cursor")
        if not kind or address in seen or (kinds[kind] >= EACH_KIND and not goes_on):
            continue
        seen.add(address)
        kinds[kind] += 1
        found = watched.look_at(address)
        if found:
            wrong[address] = found
        links = watched.links()
        ahead += links
        if kind[:2] == ("comments", "?"):
            listed |= set(links)
    assert not wrong
    rooms = {"queue", "campaigns", "comments", "authors", "articles", "audit", "stats", "health", "policy", "reviews"}
    assert rooms <= {kind[0] for kind in kinds}
    assert {f"{home}comments/h-{number}" for number in range(len(HOSTILE))} <= listed


def test_no_comments_page_runs_anything_whatever_is_in_its_fields(watched: Watched, attacked: Console):
    attacked.sign_in(watched.page, "admin", "ada")
    for number in PACKED:
        address = f"{attacked.address}/console/comments/h-{number}"
        assert watched.look_at(address, (360, 1280)) == [], address


def test_the_demos_article_runs_nothing_either(watched: Watched, demo: Service):
    submit, moderate = key(demo, "submit"), key(demo, "moderate")
    article = asdict(ARTICLE.reference)
    for first in range(0, len(HOSTILE), 50):
        texts = list(enumerate(HOSTILE))[first : first + 50]
        comments = [
            {"id": f"d-{number}", "body": one, "author": {"id": one, "name": one}, "article": article}
            for number, one in texts
        ]
        decisions = [{"id": f"d-{number}", "action": "approve", "override": True} for number, _ in texts]
        wait_until(
            lambda sent=comments: demo.raw("POST", "/v1/comments/batch", submit, {"comments": sent}).status == 200
        )
        wait_until(
            lambda sent=decisions: demo.raw("POST", "/v1/decisions", moderate, {"decisions": sent}).status == 200
        )
    ahead, seen, shown = [f"{address(demo)}/"], set(), set()
    while ahead:
        page = ahead.pop()
        seen.add(page)
        assert watched.look_at(page) == [], page
        shown |= {int(number) for number in re.findall(r'id="comment-d-(\d+)"', watched.page.content())}
        ahead += {one for one in watched.links() if re.search(r"/\?older=[^&]*$", one)} - seen - {*ahead}
    assert len(shown) > 500


def posted(console: Console, site: str, **comment: object) -> str:
    """A comment of a site that waits for a moderator; its id."""
    admin = console.service.key("admin", "editor", site)
    policy = console.service.raw("GET", "/v1/policy", admin).json()
    assert console.service.raw("PUT", "/v1/policy", admin, policy | {"mode": "pre"}).status == 200
    answer = console.service.raw("POST", "/v1/comments", admin, comment)
    assert answer.status == 201, answer.data
    return answer.json()["id"]


def test_below_a_word_of_10_000_letters_the_buttons_stay_in_sight(watched: Watched, console: Console):
    word = {"id": "i" * 128, "url": "u" * 2000, "title": "t" * 1000, "section": "s" * 100}
    author = {"id": "a" * 128, "name": "n" * 300, "url": "p" * 2000}
    posted(console, "long-word", body="W" * 10_000, author=author, article=word)
    console.sign_in(watched.page, "moderate", "ada", "long-word")
    watched.page.locator(".card .words").first.wait_for()
    watched.page.evaluate("document.querySelectorAll('.card details').forEach((one) => one.open = true)")
    for width, height in ((1280, 800), (360, 740)):
        watched.page.set_viewport_size({"width": width, "height": height})
        assert watched.page.evaluate(MEASURE) == []
        for name in ("Approve", "Reject", "Escalate"):
            box = watched.page.get_by_role("button", name=name).first.bounding_box()
            assert 0 <= box["x"] <= box["x"] + box["width"] <= width
            assert 0 <= box["y"] <= box["y"] + box["height"] <= height


def test_signs_that_cannot_be_seen_are_shown_and_none_is_left_to_act(watched: Watched, console: Console):
    body = "Click \u202egpj.exe\u202c no\u200bw, 👩\u200d👩\u200d👧"
    made = posted(
        console, "signs", body=body, author={"id": "a", "name": "Ev\u202eil"}, article={"title": "Ti\u2066tle"}
    )
    console.sign_in(watched.page, "moderate", "ada", "signs")
    watched.page.goto(f"{console.address}/console/comments/{made}")
    main = watched.page.locator("main")
    for sign in ("RLO", "PDF", "ZWSP", "LRI"):
        assert main.get_by_text(sign, exact=True).first.is_visible()
    assert main.get_by_text("U+202E RIGHT-TO-LEFT OVERRIDE").count() == 2
    text = main.text_content()
    assert not set("\u202e\u202c\u200b\u2066") & set(text)
    assert "👩\u200d👩\u200d👧" in text


def test_severe_text_and_slurs_wait_to_be_asked_for_without_scripts_too(browser: Browser, console: Console):
    body = "I will find you and kill you and your whole family, you f4ggot."
    made = posted(console, "severe", body=body)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    console.sign_in(page, "moderate", "ada", "severe")
    page.goto(f"{console.address}/console/comments/{made}")
    text = page.locator("details.severe .reader")
    assert not text.is_visible()
    assert page.get_by_text("Severe: threat").is_visible()
    page.get_by_text("Show the text").click()
    assert text.is_visible()
    assert "f•••••" in text.inner_text()
    assert "f4ggot" not in page.locator("main").inner_text()
    context.close()
