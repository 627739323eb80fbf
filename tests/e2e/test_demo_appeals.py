"""Reports and appeals, as readers of the demo send them."""

import pytest
from playwright.sync_api import expect

from tests.e2e.ledger import address, decide, key, own, press, write

ADVERT = "Cheap loans for everybody, no questions asked, write to quickcash@example.org today!!!"


def reports(demo, comment_id):
    return demo.raw("GET", f"/v1/comments/{comment_id}", key(demo, "moderate")).json()["reports"]


def report(ledger, reason, note=""):
    ledger.get_by_label(reason).check()
    ledger.get_by_label("Anything else").fill(note)
    press(ledger, "Send report")


def test_a_report_reaches_the_moderators_and_counts_once_however_often_it_is_sent(ledger, demo):
    for _ in range(2):
        ledger.locator("#comment-demo-029").get_by_role("link", name="Report the comment of Lotte").click()
        report(ledger, "Something else", "She has a nephew?")
        expect(ledger.locator("#answer")).to_contain_text("Thank you")
    counted = reports(demo, "demo-029")
    assert counted["count"] == 1
    assert (counted["reasons"][0]["reason"], counted["reasons"][0]["note"]) == ("other", "She has a nephew?")


def test_six_readers_bring_a_comment_back_to_a_moderator(browser, ledger, demo):
    write(ledger, "Loud Reader", "The wall will stand another century, whatever the engineers say.")
    loud = own(ledger)
    for _ in range(6):
        reader = browser.new_context().new_page()
        reader.goto(f"{address(demo)}/?report={loud}#answer")
        report(reader, "It has nothing to do")
        reader.context.close()
    ledger.reload()
    expect(ledger.locator("#your-comment")).to_contain_text("waits for a moderator")
    expect(ledger.locator("#your-comment")).to_contain_text("Readers have reported it.")


def test_a_report_without_a_reason_says_what_is_missing_and_keeps_the_note(ledger, demo):
    ledger.goto(f"{address(demo)}/?report=demo-029#answer")
    ledger.get_by_label("Anything else").fill("Look closer.")
    press(ledger, "Send report")
    ledger.get_by_role("link", name="Choose what is wrong").click()
    expect(ledger.locator("#reason")).to_be_focused()
    assert ledger.get_by_label("Anything else").input_value() == "Look closer."


@pytest.mark.parametrize(
    ("action", "told"), [("approve", "Your appeal was granted"), ("reject", "the decision stands")]
)
def test_an_author_contests_a_rejection_and_learns_what_came_of_it(ledger, demo, action, told):
    write(ledger, "Hopeful Lender", ADVERT)
    press(ledger, "Post as it is")
    decide(demo, own(ledger), "reject")
    ledger.reload()
    receipt = ledger.locator("#your-comment")
    expect(receipt).to_contain_text("not published")
    expect(receipt).to_contain_text(ADVERT)
    receipt.get_by_text("The statement of reasons in full").click()
    expect(receipt).to_contain_text("out-of-court dispute settlement", use_inner_text=True)
    ledger.get_by_label("Why should your comment stand?").fill("It is the bank that I work for.")
    press(ledger, "Send appeal")
    expect(receipt).to_contain_text("appeal is being looked at")
    expect(ledger.get_by_role("button", name="Send appeal")).to_have_count(0)
    decide(demo, own(ledger), action, "admin")
    ledger.reload()
    expect(receipt).to_contain_text(told)
    expect(ledger.get_by_role("button", name="Send appeal")).to_have_count(0)


def test_a_second_appeal_from_an_old_window_is_explained(browser, ledger, demo):
    write(ledger, "Two Windows", ADVERT + " Second office.")
    press(ledger, "Post as it is")
    decide(demo, own(ledger), "reject")
    ledger.reload()
    other = browser.new_context().new_page()
    other.goto(ledger.url)
    for window, words in ((ledger, "One reason."), (other, "Another reason.")):
        window.get_by_label("Why should your comment stand?").fill(words)
        press(window, "Send appeal")
    expect(other.locator("#answer")).to_contain_text("You contested this decision before")
    expect(other.locator("#comments")).to_contain_text("Another reason.")
    other.context.close()
