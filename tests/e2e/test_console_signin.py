"""Signing in, as a person does it in a browser."""

from tests.support import Console


def test_a_person_signs_in_goes_on_to_the_queue_and_signs_out(browser, console: Console):
    page = browser.new_context().new_page()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on("console", lambda said: broken.append(said.text) if said.type == "error" else None)
    page.goto(f"{console.address}/console/queue?reason=score")
    assert page.get_by_role("heading", level=1).inner_text() == "Sign in"
    console.sign_in(page)
    assert page.get_by_role("heading", level=1).inner_text().startswith("Queue")
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{console.address}/console/queue")
    assert page.get_by_role("heading", level=1).inner_text() == "Sign in"
    assert broken == []
    page.context.close()
