"""Whether what a service holds is what was acknowledged: nothing lost, nothing doubled, all in the right order."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from service.store.connection import Store
from service.store.events import Event, Events
from service.store.queue import Queue, Shelf
from tests.proof.insisting import Insisting
from tests.proof.newsroom import SITE, Act, Book

STATUS_OF = {"comment.approved": "approved", "comment.held": "pending", "comment.rejected": "rejected"}
ARRIVES_AS = {"approve": "approved", "hold": "pending", "reject": "rejected"}
LEADS_TO = {"approve": "approved", "reject": "rejected", "escalate": "pending"}

MADE = frozenset(
    {"decision.made", "decision.undone", "comment.edited", "comment.reported", "comment.appealed", "comment.erased"}
)
"""Events of which each is one acknowledged act."""

DECIDED = frozenset({"decision.made", "decision.overridden", "comment.escalated"})
"""What the audit log calls a decision."""

SHOWN = 12
"""Faults of each kind that a failure names."""

Key = tuple[str, str, str, str]
"""What, on which comment, by whom, and what was said: of an act and of its event."""


@dataclass
class Faults:
    """What is wrong, by kind: `lost` was acknowledged and is not there, `doubled` is there more often than that."""

    found: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def note(self, kind: str, what: object) -> None:
        self.found[kind].append(str(what))

    def differ(self, where: str, acknowledged: Counter[Any], there: Counter[Any]) -> None:
        """Notes what of one is not in the other."""
        for key, n in (acknowledged - there).items():
            self.note("lost", f"{where}: {n} of {key}")
        for key, n in (there - acknowledged).items():
            self.note("doubled", f"{where}: {n} more of {key}")

    def of(self, kind: str) -> int:
        return len(self.found[kind])

    def __str__(self) -> str:
        return "\n".join(
            f"{kind}: {len(some)}\n  " + "\n  ".join(some[:SHOWN]) for kind, some in self.found.items() if some
        )


@dataclass(frozen=True, slots=True)
class Read:
    """What the service says in the end."""

    events: list[Event]
    comments: dict[str, dict[str, Any]]
    """All that are listed, by id."""
    audit: list[dict[str, Any]]
    totals: dict[str, Any]
    queue: list[str]
    counts: dict[str, Any]
    histories: dict[str, list[str]]
    """The kinds of the entries of each history of a comment with any."""


async def read(chief: Insisting, store: Store) -> Read:
    """Reads everything, most of it as anybody would; histories and the queue straight from the store."""
    comments = {
        one["id"]: one
        for status in STATUS_OF.values()
        async for one in _pages(chief, f"/v1/comments?status={status}&limit=1000")
    }
    audit = [one async for one in _pages(chief, "/v1/audit?limit=1000")]
    stats = await chief.get("/v1/stats?bucket=day")
    counts = await chief.get("/v1/queue/counts")
    return Read(
        events=list(_events(store)),
        comments=comments,
        audit=audit[::-1],
        totals=stats["totals"],
        queue=[*_queue(store, escalated=False), *_queue(store, escalated=True)],
        counts=counts,
        histories=_histories(store, list(comments)),
    )


async def _pages(client: Insisting, path: str) -> Any:
    cursor = ""
    while cursor is not None:
        page = await client.get(path + (f"&cursor={cursor}" if cursor else ""))
        for one in page["items"]:
            yield one
        cursor = page["next_cursor"]


def _events(store: Store) -> Iterator[Event]:
    events, cursor = Events(store), ""
    while page := events.after(SITE, cursor, 5000):
        yield from page
        cursor = page[-1].id


def _queue(store: Store, *, escalated: bool) -> list[str]:
    waiting, after = [], None
    while True:
        page, after = Queue(store).browse(
            SITE, order="priority", limit=1000, after=after, shelf=Shelf(escalated=escalated)
        )
        waiting += [one.id for one in page]
        if after is None:
            return waiting


def _histories(store: Store, ids: list[str]) -> dict[str, list[str]]:
    found = {}
    for at in range(0, len(ids), 5000):
        some = ids[at : at + 5000]
        texts = store.together(
            lambda line, some=some: [line.lrange(f"{{{SITE}}}:history:{one}", 0, -1) for one in some]
        )
        found |= {
            one: [text[9:].partition('"')[0] for text in kept] for one, kept in zip(some, texts, strict=True) if kept
        }
    return found


def compare(book: Book, there: Read) -> Faults:
    """Everything in the book against everything that is there."""
    faults = Faults()
    for one in book.held_twice:
        faults.note("claimed twice", one)
    of_comment: dict[str, list[Event]] = defaultdict(list)
    for event in there.events:
        of_comment[event.comment_id or ""].append(event)
    statuses = {one: _status(events, faults) for one, events in of_comment.items() if one}
    _compare_comments(book, statuses, there, faults)
    _compare_acts(book, of_comment, faults)
    _compare_campaigns(book, of_comment, faults)
    _compare_log(book, there, faults)
    _compare_histories(there, of_comment, faults)
    _compare_totals(book, there, faults)
    return faults


def _status(events: list[Event], faults: Faults) -> str:
    """Where a comment's events leave it; what an event tells of must be a change from what the ones before told."""
    status, wanted = "", ""
    for event in events:
        kind = STATUS_OF.get(event.type)
        if kind is not None:
            if kind == status:
                faults.note("doubled", f"{event.type} of a comment that was {kind}: {_told(events)}")
            status = kind
        elif not status:
            faults.note("order", f"{event.type} before the arrival: {_told(events)}")
        elif wanted and wanted != status and event.type != "comment.escalated":
            faults.note("lost", f"a decision led to {wanted}, but the comment is {status}: {_told(events)}")
        elif status == "erased":
            faults.note("order", f"{event.type} after the erasure: {_told(events)}")
        if kind is None:
            wanted = LEADS_TO[event.data["action"]] if event.type == "decision.made" else ""
            status = "erased" if event.type == "comment.erased" else status
        elif wanted == status:
            wanted = ""
    return status


def _told(events: Iterable[Event]) -> str:
    return " ".join(f"{one.comment_id}:{one.type}@{one.id}" for one in events)


def _compare_comments(book: Book, statuses: Mapping[str, str], there: Read, faults: Faults) -> None:
    faults.differ("comments with events", Counter(book.verdicts.keys()), Counter(statuses.keys()))
    kept = {one: status for one, status in statuses.items() if status != "erased"}
    faults.differ(
        "listed comments", Counter(kept.items()), Counter((n, one["status"]) for n, one in there.comments.items())
    )
    untouched = book.verdicts.keys() - {act.on for act in book.acts}
    for one in untouched & there.comments.keys():
        verdict = there.comments[one]["verdict"]
        if verdict != book.verdicts[one] and there.comments[one].get("reasons", [{}])[-1].get("code") != "campaign":
            faults.note("lost", f"the verdict on {one}: {book.verdicts[one]} was answered, {verdict} is kept")
    pending = sorted(one for one, status in kept.items() if status == "pending")
    faults.differ("queue", Counter(pending), Counter(there.queue))
    if there.counts["pending"] != len(pending):
        faults.note("counts", f"the queue counts {there.counts['pending']} pending, {len(pending)} are")


def _key(event: Event) -> Key:
    """What an event is of."""
    data = event.data
    said = {"decision.made": data.get("action", ""), "comment.edited": str(data.get("revision", ""))}
    by = data["by"] if event.type.startswith("decision.") else "site"
    return (event.type, event.comment_id or "", by, said.get(event.type, ""))


def _compare_acts(book: Book, of_comment: Mapping[str, list[Event]], faults: Faults) -> None:
    """Each acknowledged act has one event, in an order in which they may have happened."""
    acts: dict[str, list[Act]] = defaultdict(list)
    gone = Counter(book.gone)
    for act in book.acts:
        if act.what in MADE:
            acts[act.on].append(act)
    for one, events in of_comment.items():
        first = next((event for event in events if event.type in STATUS_OF), None)
        if one in book.verdicts and first is not None and STATUS_OF[first.type] != ARRIVES_AS[book.verdicts[one]]:
            faults.note("lost", f"{one} was answered {book.verdicts[one]}: {_told(events)}")
        made = [event for event in events if event.type in MADE and "campaign" not in event.data]
        keys = Counter((act.what, act.on, act.by, act.said) for act in acts.get(one, ()))
        there = Counter(map(_key, made))
        faults.differ("events", keys + ((there - keys) & gone), there)
        _compare_order(book.arrivals.get(one), acts.get(one, []), made, faults)
    for one in acts.keys() - of_comment.keys():
        faults.note("lost", f"all events of {one}")


def _compare_order(arrival: Act | None, acts: list[Act], made: list[Event], faults: Faults) -> None:
    """An event does not stand behind one of an act that was only asked for when the first one's was answered."""
    left: dict[Key, list[Act]] = defaultdict(list)
    for act in sorted(acts, key=lambda act: act.began):
        left[act.what, act.on, act.by, act.said].append(act)
    latest = arrival.began if arrival else 0.0
    for event in made:
        alike = left[_key(event)]
        if alike:
            act = alike.pop(0)
            if act.ended < latest:
                faults.note("order", f"{event.type}@{event.id} stands behind what came later: {_told(made)}")
            latest = max(latest, act.began)


def _compare_campaigns(book: Book, of_comment: Mapping[str, list[Event]], faults: Faults) -> None:
    """A decision on a campaign reached each member that was named, once; taken back, it was taken back once."""
    decided = Counter(act.on for act in book.acts if act.what == "campaign.decided")
    reached = set()
    for one, events in of_comment.items():
        standing: Counter[str] = Counter()
        for event in events:
            campaign = event.data.get("campaign") if event.type in {"decision.made", "decision.undone"} else None
            if campaign is None:
                continue
            standing[campaign] += 1 if event.type == "decision.made" else -1
            reached.add((campaign, one))
            if standing[campaign] not in (0, 1):
                faults.note("doubled", f"what {campaign} decided: {_told(events)}")
            if not decided[campaign]:
                faults.note("doubled", f"{campaign} was never decided: {_told(events)}")
    for campaign, one in set(book.reached) - reached:
        faults.note("lost", f"{campaign} reached {one}, says an answer, and there is no event of it")


def _compare_log(book: Book, there: Read, faults: Faults) -> None:
    """The audit log has one line for each act of a moderator or an administrator, and for each erasure."""
    lines = [one for one in there.audit if not one["act"].startswith("key.")]
    events: Counter[tuple[str, str]] = Counter()
    for event in there.events:
        if event.type in {"decision.made", "decision.undone", "comment.erased"}:
            events[event.type, event.comment_id or ""] += 1
    of_comments = {"decision.made", "decision.undone", "comment.erased"}
    logged = Counter(("decision.made" if one["act"] in DECIDED else one["act"], one["on"]) for one in lines)
    faults.differ(
        "audit log of comments", events, Counter({key: n for key, n in logged.items() if key[0] in of_comments})
    )
    others = Counter(act.what for act in book.acts if act.what not in MADE)
    faults.differ("audit log", others, Counter(one["act"] for one in lines if one["act"] not in of_comments | DECIDED))


def _compare_histories(there: Read, of_comment: Mapping[str, list[Event]], faults: Faults) -> None:
    """A comment's history has one entry for each decision, undo and edit."""
    kinds = {"decision.made": "decision", "decision.undone": "undo", "comment.edited": "edit"}
    for one in there.comments:
        told = Counter(kinds[event.type] for event in of_comment.get(one, ()) if event.type in kinds)
        kept = Counter(kind for kind in there.histories.get(one, ()) if kind in kinds.values())
        if told != kept:
            faults.differ(f"history of {one}", told, kept)


def _compare_totals(book: Book, there: Read, faults: Faults) -> None:
    """The figures are what happened."""
    told = Counter(event.type for event in there.events)
    actions = Counter(event.data["action"] for event in there.events if event.type == "decision.made")
    verdicts = Counter(book.verdicts.values())
    happened = {
        "comments": len(book.verdicts),
        "undone": told["decision.undone"],
        "edited": told["comment.edited"],
        "erased": told["comment.erased"],
        "reported": told["comment.reported"],
        "appealed": told["comment.appealed"],
        "verdicts": {verdict: verdicts[verdict] for verdict in ARRIVES_AS},
        "decisions": {action: actions[action] for action in LEADS_TO},
    }
    for name, n in happened.items():
        if there.totals[name] != n:
            faults.note("counts", f"/v1/stats counts {name} {there.totals[name]}, {n} happened")


def followed_wrongly(followed: list[str], events: Iterable[Event]) -> Iterator[str]:
    """What a reader with a cursor missed, saw twice, or saw in another order."""
    there = [event.id for event in events]
    if followed == there:
        return
    saw = Counter(followed)
    yield from (f"{one} was missed" for one in there if not saw[one])
    yield from (f"{one} came {n} times" for one, n in saw.items() if n > 1)
    yield from (f"{one} is nowhere" for one in saw.keys() - set(there))
    yield "the order is another"


def delivered_wrongly(got: list[tuple[str, str]], events: Iterable[Event], types: frozenset[str]) -> Iterator[str]:
    """Events of these types that never came, and comments whose events first came in another order.

    :param got: ids of events and of their comments, as they came.
    """
    first = {one: at for at, (one, _) in reversed(list(enumerate(got)))}
    wanted = [event for event in events if event.type in types]
    yield from (f"{one.id} {one.type} of {one.comment_id} never came" for one in wanted if one.id not in first)
    by_comment: Callable[[Event], str] = lambda event: event.comment_id or ""  # noqa: E731
    for one, of in groupby(sorted(wanted, key=by_comment), by_comment):
        came = [first[event.id] for event in of if event.id in first]
        if one and came != sorted(came):
            yield f"events of {one} came in another order"
