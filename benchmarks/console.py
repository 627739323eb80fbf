"""How long a moderator waits between a key and the next comment on the screen, beside asking the server for it.

    python -m benchmarks.console [--comments 60]

A real Chromium works at the queue of a real service. For each key the time runs from the key press, as the browser has
it, to the frame in which the next comment is drawn. Beside it, in turns, stands one round trip of a decision: what the
moderator would wait at the least if the next comment came with the answer.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from benchmarks.figures import Figure, print_table
from benchmarks.load import winnow
from tests.support import Console, unlike_all_before, wait_until

COMMENTS = 60
AIM = 100  # ms: what the issue of the console asks for

WATCH = """() => {
  window.drawn = [];
  document.addEventListener("keydown", (event) => {
    const pressed = event.timeStamp;
    requestAnimationFrame(() => setTimeout(() => window.drawn.push(performance.now() - pressed)));
  }, true);
}"""

ROUND_TRIP = """async () => {
  const begun = performance.now();
  const body = new URLSearchParams([["have", now.dataset.id], ["csrf", document.body.dataset.csrf]]);
  await (await fetch(data.hold, { method: "POST", body, headers: { Accept: "application/json" } })).json();
  return performance.now() - begun;
}"""


def work(page: Page, comments: int) -> tuple[list[float], list[float]]:
    """Milliseconds from each key to the next comment, and of a round trip after each."""
    trips: list[float] = []
    page.evaluate(WATCH)
    for n in range(comments):
        wait_until(lambda: page.evaluate("settled()"))
        page.keyboard.press("a" if n % 3 else "r")
        wait_until(lambda n=n: page.evaluate("window.drawn.length") > n)
        wait_until(lambda: page.evaluate("outbox.entries.length === 0 && now !== null"))
        trips.append(page.evaluate(ROUND_TRIP))
    drawn: list[float] = page.evaluate("window.drawn")
    return drawn, trips


def figures(comments: int = COMMENTS) -> list[Figure]:
    """The wait for the next comment, of a round trip, and of the one as a share of the other."""
    chromium: Any = shutil.which("chromium") or shutil.which("chromium-browser")
    with (
        tempfile.TemporaryDirectory(prefix="winnow-bench-") as folder,
        winnow(Path(folder) / "data", "always") as service,
        sync_playwright() as playwright,
    ):
        console, key = Console(service), service.key("admin")
        policy = service.raw("GET", "/v1/policy", key).json()
        service.raw("PUT", "/v1/policy", key, {**policy, "mode": "pre"})
        posts = [{"body": f"{unlike_all_before(n)}. " * 8} for n in range(comments + 5)]
        service.raw("POST", "/v1/comments/batch", key, {"comments": posts})
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        console.sign_in(page)
        drawn, trips = work(page, comments)
        browser.close()
    return [
        Figure("from a key to the next comment on the screen", tuple(drawn), AIM, False, "ms"),
        Figure("a round trip of the page to the service", tuple(trips), None, False, "ms"),
        Figure(
            "from a key to the next comment, of a round trip",
            tuple(one / trip for one, trip in zip(drawn, trips, strict=True)),
            None,
            False,
        ),
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--comments", type=int, default=COMMENTS)
    print_table(figures(parser.parse_args().comments))


if __name__ == "__main__":
    main()
