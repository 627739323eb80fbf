from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from service.demo.client import Comment
from service.demo.threads import DEEPEST, Thread, threads

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def comment(comment_id: str, parent: str | None = None) -> Comment:
    return Comment(comment_id, "…", "Ada", NOW, parent, "en")


def ids(thread: Thread) -> list[str]:
    return [thread.comment.id, *(reply.comment.id for reply in thread.replies)]


def test_replies_stand_below_what_they_answer_as_they_were_said() -> None:
    newest_first = [comment("e"), comment("d", "a"), comment("c", "b"), comment("b", "a"), comment("a")]
    assert [ids(thread) for thread in threads(newest_first)] == [["e"], ["a", "b", "c", "d"]]


def test_a_reply_to_a_reply_moves_in_and_names_its_own_parent() -> None:
    (thread,) = threads([comment("c", "b"), comment("b", "a"), comment("a")])
    assert [(reply.parent.id, reply.level) for reply in thread.replies] == [("a", 1), ("b", 2)]


def test_a_long_exchange_stops_moving_in() -> None:
    chain = [comment(str(number), str(number - 1) if number else None) for number in range(400)]
    (thread,) = threads(chain[::-1])
    assert max(reply.level for reply in thread.replies) == DEEPEST
    assert ids(thread) == [str(number) for number in range(400)]


def test_a_reply_to_what_is_not_shown_begins_a_thread_and_says_so() -> None:
    (thread,) = threads([comment("b", "erased")])
    assert thread.answers_unseen
    assert not threads([comment("a")])[0].answers_unseen


def test_a_comment_that_answers_itself_is_shown_once() -> None:
    assert [ids(thread) for thread in threads([comment("a", "a")])] == [["a"]]


@given(st.lists(st.one_of(st.none(), st.integers(0, 15)), max_size=14))
def test_every_comment_is_shown_exactly_once_whoever_answers_whom(parents: list[int | None]) -> None:
    given_ones = [comment(str(at), None if parent is None else str(parent)) for at, parent in enumerate(parents)]
    shown = [one for thread in threads(given_ones) for one in ids(thread)]
    assert sorted(shown) == sorted(one.id for one in given_ones)
