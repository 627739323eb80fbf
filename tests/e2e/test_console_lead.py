"""Queue health, statistics and transparency in a real browser."""

from datetime import UTC, datetime
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.support import Console, unlike_all_before

PAGES = ("health", "stats", "transparency", "stats?from=x", "stats?from=2026-01-01")
POLLED = 30_000
"""Milliseconds within which a page that refreshes itself every ten seconds has done so, on a busy machine, too."""


@pytest.fixture(scope="module")
def figures(console: Console) -> Console:
    """A site on which comments came, were held, decided, reported and contested."""
    service = console.service
    key = service.key("admin", name="ada")
    policy = service.raw("GET", "/v1/policy", key).json()
    assert service.raw("PUT", "/v1/policy", key, policy | {"mode": "pre"}).status == 200
    for n in range(6):
        body = {"id": f"f-{n}", "body": unlike_all_before(n), "author": {"id": f"u-{n}"}, "language": "en"}
        assert service.raw("POST", "/v1/comments", key, body).status == 201
    for n, action in enumerate(("approve", "reject", "escalate")):
        decided = service.raw("POST", f"/v1/comments/f-{n}/decision", key, {"action": action})
        assert decided.status == 200
    service.raw("POST", "/v1/comments/f-0/reports", key, {"reporter_id": "r", "reason": "rude"})
    return console


def opened(browser: Any, console: Console, **how: Any) -> Any:
    """A page of somebody who is signed in as an admin; what the browser complains of is kept in `page.broken`."""
    page = browser.new_context(**how).new_page()
    page.broken = []
    page.on("pageerror", lambda error: page.broken.append(str(error)))
    page.on("console", lambda said: page.broken.append(said.text) if "Content Security" in said.text else None)
    console.sign_in(page, "admin", name="lead")
    return page


def waiting(page: Any) -> Any:
    return page.locator("#health-now dd").first


def come(console: Console, number: int) -> None:
    key = console.service.key("submit", name=f"s{number}")
    assert console.service.raw("POST", "/v1/comments", key, {"body": unlike_all_before(number)}).status == 201


def test_health_sees_what_arrives_keeps_the_place_and_stands_still_when_asked(browser, figures):
    page = opened(browser, figures)
    page.goto(f"{figures.address}/console/health")
    before = int(waiting(page).inner_text())
    page.get_by_text("As a table").click()
    page.locator("#health-pause").focus()
    come(figures, 101)
    expect(waiting(page)).to_have_text(str(before + 1), timeout=POLLED)
    expect(page.locator("#arrivals-table")).to_be_visible()
    expect(page.locator("#health-pause")).to_be_focused()

    page.keyboard.press("Enter")
    expect(page.get_by_text("These figures stand still.")).to_be_visible()
    expect(page.locator("#health-pause")).to_be_focused()
    assert page.locator("#health-live").get_attribute("hx-trigger") is None
    page.keyboard.press("Enter")
    expect(page.get_by_text("These figures refresh themselves")).to_be_visible()
    come(figures, 102)
    expect(waiting(page)).to_have_text(str(before + 2), timeout=POLLED)
    assert page.broken == []
    page.context.close()


def test_health_says_so_when_it_could_not_refresh_and_when_it_can_again(browser, figures):
    page = opened(browser, figures)
    page.goto(f"{figures.address}/console/health")
    page.route("**/health/figures", lambda route: route.abort())
    said = page.locator("#health-trouble")
    expect(said).to_contain_text("could not be refreshed", timeout=POLLED)
    page.unroute("**/health/figures")
    expect(said).to_have_text("", timeout=POLLED)
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(browser, figures, scheme):
    page = opened(browser, figures, color_scheme=scheme, viewport={"width": 1280, "height": 900})
    for path in PAGES:
        page.goto(f"{figures.address}/console/{path}")
        page.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true })")
        found = Axe().run(page)
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"
    assert page.broken == []
    page.context.close()


@pytest.mark.parametrize("width", [360, 640, 1280])
def test_no_page_scrolls_sideways_and_the_plots_stay_legible(browser, figures, width):
    page = opened(browser, figures, viewport={"width": width, "height": 800})
    for path in PAGES:
        page.goto(f"{figures.address}/console/{path}")
        page.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true })")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        sizes = page.evaluate(
            "[...document.querySelectorAll('svg.plot text')].filter((one) => one.getBoundingClientRect().width)"
            ".map((one) => [parseFloat(getComputedStyle(one).fontSize), one.getBoundingClientRect().left])"
        )
        assert all(size >= 12 and left >= 0 for size, left in sizes), path
    page.context.close()


def test_all_of_it_works_without_scripts(browser, figures):
    page = browser.new_context(java_script_enabled=False).new_page()
    figures.sign_in(page, "admin", name="lead")
    page.goto(f"{figures.address}/console/health")
    before = int(waiting(page).inner_text())
    expect(page.locator("#health-pause")).to_be_hidden()
    come(figures, 103)
    page.get_by_role("link", name="Load newer figures").click()
    expect(waiting(page)).to_have_text(str(before + 1))
    page.goto(f"{figures.address}/console/stats")
    today = datetime.now(UTC).date().isoformat()
    page.get_by_label("First day").fill(today)
    page.get_by_label("Last day").fill(today)
    page.get_by_label("Counted by").select_option("hour")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url(f"**from={today}*")
    expect(page.get_by_role("img", name="Comments by the machine's verdict")).to_be_visible()
    page.get_by_text("As a table").first.click()
    expect(page.locator("#volumes-table")).to_be_visible()
    page.context.close()
