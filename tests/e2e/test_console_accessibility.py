"""Every page of the console by WCAG 2.2 AA, in a real browser: by axe-core, by keyboard, small, zoomed, without scripts.

Pages are taken from the app's own routes (`tests/filling.py`), filled with data of every kind, and visited as an admin.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import expect

from service.app import create_app
from service.processes.private_redis import PrivateRedis
from service.settings import load_settings
from tests.filling import NOT_THERE, WHOLE, People, fill, pages
from tests.support import Console

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
OPTIONS = {
    "runOnly": {"type": "tag", "values": TAGS},
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
}

DESK = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 360, "height": 740}}
ZOOMED = {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2}
"""A desk at 200 % has half as many of CSS' pixels each way."""

CONTROLS = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]:not([tabindex='-1'])"

LOOKS = """
() => {
  const nth = (el) => {
    const path = [];
    for (; el && el !== document.documentElement; el = el.parentElement)
      path.unshift(`${el.localName}:${[...(el.parentElement?.children || [])].indexOf(el)}`);
    return path.join(">");
  };
  const words = (el) => (el.getAttribute("aria-label") || el.innerText || el.name || "").trim().replace(/\\s+/g, " ");
  const named = (el) => `${el.localName} ${words(el).slice(0, 40)}`;
  const shown = (el) => el.checkVisibility({ visibilityProperty: true, opacityProperty: true })
    && !el.closest("[inert]") && el.getClientRects().length > 0;
  return { nth, named, shown };
}
"""

CUT_OFF = f"""
(controls) => {{
  const {{ nth, named, shown }} = ({LOOKS})();
  const wide = innerWidth, faults = [];
  const page = document.scrollingElement;
  if (page.scrollWidth > wide) {{
    const beyond = (el) => el.getBoundingClientRect().right > wide + 1 && !scrolls(el);
    const widest = [...document.body.querySelectorAll("*")].filter(beyond);
    faults.push(`the page is ${{page.scrollWidth}} wide: ${{widest.slice(0, 3).map(named).join(" | ")}}`);
  }}
  function scrolls(el) {{
    for (el = el.parentElement; el && el !== page; el = el.parentElement)
      if (["auto", "scroll"].includes(getComputedStyle(el).overflowX)) return true;
    return false;
  }}
  for (const el of document.querySelectorAll(controls)) {{
    if (!shown(el) || el.matches(".skip") || scrolls(el)) continue;
    const box = el.getBoundingClientRect();
    if (box.left < -0.5 || box.right > wide + 0.5)
      faults.push(`${{named(el)}} reaches from ${{Math.round(box.left)}} to ${{Math.round(box.right)}}`);
    const hides = el.matches("a, button, summary") && getComputedStyle(el).overflowX !== "visible";
    if (hides && el.scrollWidth > el.clientWidth + 1) faults.push(`${{named(el)}} is cut off`);
  }}
  return faults;
}}
"""

FOCUSED = f"""
() => {{
  const {{ nth, named }} = ({LOOKS})();
  const el = document.activeElement;
  if (!el || el === document.body || el === document.documentElement) return null;
  const of = (one) => {{
    const style = getComputedStyle(one);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 && !/, 0\\)$/.test(style.outlineColor);
  }};
  return {{ at: nth(el), name: named(el), seen: of(el) }};
}}
"""

REACHABLE = f"""
(controls) => {{
  const {{ nth, named, shown }} = ({LOOKS})();
  const groups = new Set();
  return [...document.querySelectorAll(controls)].filter((el) => {{
    if (el.disabled || el.tabIndex < 0 || !(el.matches(".skip") || shown(el))) return false;
    if (el.type !== "radio") return true;
    const chosen = [...document.getElementsByName(el.name)].some((one) => one.checked);
    if (chosen ? !el.checked : groups.has(el.name)) return false;
    groups.add(el.name);
    return true;
  }}).map((el) => [nth(el), named(el)]);
}}
"""


@pytest.fixture(scope="module")
def app(console: Console, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The service's routes, and its parts on the very Redis that the running service has."""
    settings = load_settings(environ=console.service.environ())
    url = settings.redis_url or PrivateRedis(settings).url
    return create_app(load_settings(environ={"WINNOW_DATA": str(tmp_path_factory.mktemp("app"))}), url)


@pytest.fixture(scope="module")
def walk(console: Console, app: Flask) -> dict[str, str]:
    """The address of every page by its route, on a site that has something of every kind."""

    def calls(role: str, name: str) -> Any:
        key = console.service.key(role, name)

        def call(method: str, path: str, json: Any = None) -> Any:
            answer = console.service.raw(method, path, key, json)
            assert answer.status < 300, (method, path, answer.data)
            return answer.json() if answer.data else None

        return call

    people = People(calls("admin", "admin"), calls("moderate", "bob"), calls("moderate", "cyd"))
    return pages(app, fill(people, app.extensions["winnow"]))


@pytest.fixture(scope="module")
def signed_in(browser: Any, console: Console) -> Any:
    """An admin's cookies."""
    context = browser.new_context()
    console.sign_in(context.new_page(), "admin")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def opened(browser: Any, console: Console, signed_in: Any, walk: dict[str, str]) -> Any:
    """Visits every page in a browser of a kind, one after the other: the route, the page there and its status."""

    @contextmanager
    def fresh(**kind: Any) -> Iterator[Any]:
        context = browser.new_context(reduced_motion="reduce", storage_state=signed_in, **kind)
        yield context.new_page()
        context.close()

    def visits(**kind: Any) -> Iterator[tuple[str, Any, int]]:
        with fresh(**kind) as page:
            for rule, address in walk.items():
                if not page.context.request.get(f"{console.address}{address}").text().startswith(WHOLE):
                    continue
                answer = page.goto(f"{console.address}{address}", wait_until="networkidle")
                yield rule, page, answer.status
        with fresh(**kind) as page:
            page.context.clear_cookies()
            answer = page.goto(f"{console.address}/console/sign-in", wait_until="load")
            yield "/console/sign-in, signed out", page, answer.status

    return visits


def faults(page: Any) -> list[str]:
    """What axe-core finds on a page, as it is shown now."""
    found = Axe().run(page, options=OPTIONS).response["violations"]
    return [
        f"{one['id']}: {node['html'][:160]} ({'; '.join(said['message'] for said in (*node['any'], *node['all'])[:2])})"
        for one in found
        for node in one["nodes"][:4]
    ]


def told(found: dict[str, list[str]]) -> str:
    """Each fault once, with the pages that have it."""
    rules: dict[str, list[str]] = {}
    for rule, wrong in found.items():
        for one in wrong:
            rules.setdefault(one, []).append(rule)
    return "\n".join(["", *(f"- {one}\n    on {', '.join(pages)}" for one, pages in rules.items())])


def looked_through(page: Any) -> Iterator[str]:
    """What axe-core finds on a page with all its parts unfolded, what is severe still covered and then not; in dialogs."""
    unfold = "(which) => document.querySelectorAll(`main details${which}`).forEach((one) => { one.open = true; })"
    page.evaluate(unfold, ":not(.severe)")
    yield from faults(page)
    if page.locator("main details.severe").count():
        page.evaluate(unfold, ".severe")
        yield from faults(page)
    for n in range(page.locator("dialog").count()):
        page.evaluate("(n) => { const one = document.querySelectorAll('dialog')[n]; one.open || one.showModal(); }", n)
        yield from (f"in a dialog: {one}" for one in faults(page))
        page.evaluate("(n) => document.querySelectorAll('dialog')[n].close()", n)


KINDS = {"at a desk by day": DESK | {"color_scheme": "light"}, "on a phone by night": PHONE | {"color_scheme": "dark"}}


@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_nothing_on_any_page_and_no_script_stumbles(opened, kind):
    found: dict[str, list[str]] = {}
    heard: set[int] = set()
    said: list[str] = []
    for rule, page, status in opened(**KINDS[kind]):
        if id(page) not in heard:
            heard.add(id(page))
            page.on("pageerror", lambda error: said.append(str(error)))
            page.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
        assert status == (404 if rule in NOT_THERE else 200), (rule, status)
        assert page.title().partition(" – ")[0].strip(), f"{rule} has no title"
        wrong = list(looked_through(page))
        if wrong:
            found[rule] = wrong
    assert not found, told(found)
    assert [one for one in said if "404" not in one] == []


@pytest.mark.parametrize("kind", [PHONE, ZOOMED], ids=["on a phone", "at 200 %"])
def test_no_page_scrolls_sideways_and_no_control_is_cut_off(opened, kind):
    found = {}
    for rule, page, _ in opened(**kind):
        wrong = page.evaluate(CUT_OFF, CONTROLS)
        page.evaluate("() => document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        wrong += [f"{one} (details open)" for one in page.evaluate(CUT_OFF, CONTROLS) if one not in wrong]
        if wrong:
            found[rule] = wrong
    assert not found, told(found)


def test_every_page_has_one_heading_one_main_part_and_a_way_to_it(opened):
    found = {}
    for rule, page, _ in opened(**DESK):
        counts = [page.locator(one).count() for one in ("h1", "main", "html[lang]")]
        if counts != [1, 1, 1]:
            found[rule] = [f"{counts} of h1, main and html[lang]"]
            continue
        page.evaluate("() => { document.activeElement?.blur(); getSelection().removeAllRanges(); scrollTo(0, 0); }")
        skip = page.locator("a.skip")
        skip.focus()
        page.keyboard.press("Enter")
        expect(page.locator("main"), f"where the skip link leads on {rule}").to_be_focused()
    assert not found, told(found)


def test_everything_is_reached_by_tab_and_shows_that_it_has_the_focus(opened):
    found = {}
    for rule, page, _ in opened(**DESK):
        wrong = list(tabbed_through(page))
        if wrong:
            found[rule] = wrong
    assert not found, told(found)


def tabbed_through(page: Any) -> Iterator[str]:
    """Walks a page by its tab stops from its top; says what is wrong with them."""
    wanted = dict(page.evaluate(REACHABLE, CONTROLS))
    page.evaluate("() => { document.activeElement?.blur(); document.body.tabIndex = -1; document.body.focus(); }")
    page.evaluate("() => document.body.removeAttribute('tabindex')")
    reached: dict[str, dict[str, Any]] = {}
    last = ""
    for _ in range(3 * len(wanted) + 20):
        page.keyboard.press("Tab")
        now = page.evaluate(FOCUSED)
        if now is None or (now["at"] in reached and now["at"] != last):  # a date has several stops
            break
        reached[now["at"]], last = now, now["at"]
    yield from (f"never reached: {name}" for at, name in wanted.items() if at not in reached)
    yield from (f"shows no focus: {one['name']}" for one in reached.values() if not one["seen"])


def test_without_scripts_every_page_answers_with_the_same_heading(opened):
    def headings(**kind: Any) -> dict[str, tuple[int, str]]:
        return {rule: (status, page.locator("h1").inner_text()) for rule, page, status in opened(**kind)}

    assert headings(java_script_enabled=False) == headings()
