"""The queue's health: what waits, for how long, and what arrives; of nobody by name."""

from dataclasses import dataclass

from service.console.plots.charts import stretches, volumes
from service.console.plots.plots import Plot
from service.figures import Overview, happenings
from service.moderation.figures import Times, timed
from service.store.queue import Figures
from service.store.stats import DAY_MS


@dataclass(frozen=True, slots=True)
class Health:
    """What the page shows; `now` in ms, and comments that arrived in hours and the day by the clock (UTC)."""

    now: int
    queue: Figures
    by_reason: dict[str, int]
    by_attribute: dict[str, int]
    time_to_claim: Times
    time_to_decision: Times
    this_hour: int
    last_hour: int
    today: int
    arrivals: Plot


def health(queue: Figures, day: Overview) -> Health:
    """The figures of the queue, and of the day that ends with this hour, hour by hour."""
    came = {at: happenings(counts)["comments"] for at, counts in day.buckets.items()}
    hours = list(came.values())
    midnight = queue.now // DAY_MS * DAY_MS
    return Health(
        now=queue.now,
        queue=queue,
        by_reason=_most_first(queue.by("reason")),
        by_attribute=_most_first(queue.by("attribute")),
        time_to_claim=timed(queue.times_to_claim),
        time_to_decision=timed(queue.times_to_decision),
        this_hour=hours[-1],
        last_hour=hours[-2],
        today=sum(n for at, n in came.items() if at >= midnight),
        arrivals=volumes("arrivals", stretches(day, queue.now)),
    )


def _most_first(by: dict[str, int]) -> dict[str, int]:
    return dict(sorted(by.items(), key=lambda one: (-one[1], one[0])))
