"""The nudge before a comment is posted, and replies, as readers of the demo meet them."""

from playwright.sync_api import expect

from tests.e2e.ledger import address, decide, key, own, press, write

HARSH = "You are a stupid, worthless idiot, and your boat leaks."


def test_a_harsh_comment_is_shown_again_before_it_is_posted_and_then_posted_as_it_is(ledger, demo):
    write(ledger, "Cross Reader", HARSH)
    nudge = ledger.get_by_role("region", name="This may be held")
    expect(nudge).to_contain_text("be read as an insult")
    assert "idiot" in nudge.locator("mark").all_inner_texts()
    assert ledger.get_by_label("Your comment").input_value() == HARSH
    assert ledger.get_by_label("Your name").input_value() == "Cross Reader"
    expect(ledger.locator("#answer")).to_be_focused()
    press(ledger, "Post as it is")
    expect(ledger.locator("#your-comment")).to_contain_text("waits for a moderator")
    assert demo.raw("GET", f"/v1/comments/{own(ledger)}", key(demo, "submit")).json()["body"] == HARSH


def test_a_comment_made_kinder_is_published_at_once(ledger):
    write(ledger, "Calmer Reader", HARSH)
    write(ledger, "Calmer Reader", "I think that you are mistaken about the boat.", "Post with my changes")
    expect(ledger.locator("#your-comment")).to_contain_text("published")


def test_the_same_words_a_second_time_are_posted_whichever_button_is_pressed(ledger):
    write(ledger, "Stubborn Reader", HARSH)
    press(ledger, "Post with my changes")
    expect(ledger.locator("#your-comment")).to_have_count(1)


def test_a_reply_to_a_reply_stands_below_it_and_leads_to_it(ledger):
    parent = ledger.locator("#comment-demo-005")
    parent.get_by_role("link", name="Reply to Idris Callow").click()
    write(ledger, "Wall Watcher", "The estimate is two years old, though.", "Post reply")
    ledger.get_by_role("link", name="See it under the article").click()
    mine = ledger.locator(f"#comment-{own(ledger)}")
    assert mine.get_by_role("link", name="in reply to Idris Callow").get_attribute("href") == "#comment-demo-005"
    assert mine.bounding_box()["x"] > parent.bounding_box()["x"]


def test_the_nudge_does_not_forget_whom_a_reply_answers(ledger, demo):
    ledger.goto(f"{address(demo)}/?reply=demo-004#answer")
    write(ledger, "Cross Reader", HARSH, "Post reply")
    assert ledger.get_by_role("heading", name="Reply to Bram").is_visible()
    press(ledger, "Post as it is")
    assert demo.raw("GET", f"/v1/comments/{own(ledger)}", key(demo, "submit")).json()["parent_id"] == "demo-004"


def test_a_reply_to_a_comment_that_was_taken_down_meanwhile_loses_no_word(ledger, demo):
    write(ledger, "Short Lived", "I shall be gone before you can answer this.")
    parent = own(ledger)
    ledger.goto(f"{address(demo)}/?reply={parent}#answer")
    ledger.get_by_label("Your name").fill("Too Late")
    ledger.get_by_label("Your comment").fill("Words that took me an hour to write.")
    decide(demo, parent, "reject")
    press(ledger, "Post reply")
    expect(ledger.locator("#answer")).to_contain_text("no longer here")
    assert ledger.get_by_label("Your comment").input_value() == "Words that took me an hour to write."
    press(ledger, "Post comment")
    expect(ledger.get_by_text("took me an hour")).to_have_count(1)


def test_a_reply_is_written_and_posted_with_the_keyboard_alone(ledger, demo):
    ledger.locator("#comment-demo-007").get_by_role("link", name="Reply to Sunniva").focus()
    ledger.keyboard.press("Enter")
    ledger.wait_for_url("**/*reply=demo-007*")
    expect(ledger.locator("#answer")).to_be_focused()  # the fragment's, which the browser gives once it has scrolled
    ledger.keyboard.press("Tab")
    ledger.keyboard.type("Key Reader")
    ledger.keyboard.press("Tab")
    ledger.keyboard.type("She would have my vote, too.")
    ledger.keyboard.press("Tab")
    ledger.keyboard.press("Enter")
    ledger.wait_for_url("**/*comment=*")
    assert demo.raw("GET", f"/v1/comments/{own(ledger)}", key(demo, "submit")).json()["parent_id"] == "demo-007"
