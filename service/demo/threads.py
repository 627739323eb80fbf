"""Comments and their replies in the order in which they are read."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from service.demo.client import Comment

DEEPEST = 3
"""How far replies move in; deeper ones stay there, under a line that says whom they answer."""


@dataclass(frozen=True)
class Reply:
    """A comment below another one; `level` is 1 to DEEPEST."""

    comment: Comment
    parent: Comment
    level: int


@dataclass(frozen=True)
class Thread:
    """A comment and all that was said below it. `answers_unseen`: what it answers is not among those shown."""

    comment: Comment
    replies: tuple[Reply, ...]
    answers_unseen: bool


def threads(newest_first: Sequence[Comment]) -> tuple[Thread, ...]:
    """Arrange comments: threads newest first, replies as they were said, each comment once.

    Comments whose parents go in a circle, which no reader can make, begin threads of their own.
    """
    by_id = {comment.id: comment for comment in newest_first}
    replies: dict[str, list[Comment]] = defaultdict(list)
    for comment in reversed(newest_first):
        if comment.parent_id in by_id:
            replies[comment.parent_id].append(comment)
    seen: set[str] = set()
    found: list[Thread] = []
    roots = [comment for comment in newest_first if comment.parent_id not in by_id]
    for comment in (*roots, *newest_first):
        if comment.id not in seen:
            unseen = comment.parent_id is not None and comment.parent_id not in by_id
            found.append(Thread(comment, _below(comment, replies, seen), unseen))
    return tuple(found)


def _below(root: Comment, replies: dict[str, list[Comment]], seen: set[str]) -> tuple[Reply, ...]:
    seen.add(root.id)
    below: list[Reply] = []
    waiting = [Reply(one, root, 1) for one in reversed(replies[root.id])]
    while waiting:
        reply = waiting.pop()
        if reply.comment.id in seen:
            continue
        seen.add(reply.comment.id)
        below.append(reply)
        deeper = min(reply.level + 1, DEEPEST)
        waiting += [Reply(one, reply.comment, deeper) for one in reversed(replies[reply.comment.id])]
    return tuple(below)
