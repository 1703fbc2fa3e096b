"""Judging which running jobs hang, so that their worker is restarted. Nothing is changed here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz_engine.queueing.jobs import Standing, Work
    from cnnviz_engine.settings import Settings

Reason = Literal["unanswered", "overdue", "endless", "unstoppable"]

LONGEST = 15  # times the limit between two steps, which a job of an uploaded model takes in all


@dataclass(frozen=True)
class Verdict:
    """What is to be done about a worker.

    Attributes:
        hung: the jobs for which it is restarted; without any, it goes on.
        overdue: the one of them that took too long for an uploaded model, where one did.
    """

    hung: tuple[Work, ...] = ()
    overdue: Work | None = None


def judge(works: Sequence[Work], settings: Settings, now: float) -> Verdict:
    """Which of one worker's jobs hang; of several that are overdue, only the one placed first.

    The others may have waited all the time for its model to be built.

    Args:
        works: the worker's jobs.
        settings: the limits.
        now: on the monotonic clock, in seconds.
    """
    standings = {work: work.standing for work in works}
    reasons = {work: _reason(work, standings[work], settings, now) for work in works}
    late = [work for work in works if reasons[work] == "overdue"]
    first = min(late, key=lambda work: standings[work].placed_at or 0, default=None)
    hung = tuple(work for work in works if reasons[work] and (work is first or work not in late))
    return Verdict(hung, first)


def _reason(work: Work, standing: Standing, settings: Settings, now: float) -> Reason | None:
    placed_at, unanswered_since = standing.placed_at, standing.unanswered_since
    if standing.state != "running" or placed_at is None:
        return None
    if unanswered_since is not None and now - unanswered_since > settings.patience:
        return "unanswered"
    if work.pool == "sandbox" and _is_overdue(standing, settings.sandbox_seconds, now):
        return "overdue"
    if work.lane == "quick":  # has no steps at which to stop, and ends soon by itself
        return "endless" if now - placed_at > settings.quick_limit else None
    if standing.cancelled_at is None:
        return None
    asked_to_stop_at = max(standing.cancelled_at, placed_at)
    return "unstoppable" if now - asked_to_stop_at > settings.patience else None


def _is_overdue(standing: Standing, limit: float, now: float) -> bool:
    placed_at, last_step_at = standing.placed_at, standing.last_step_at
    if placed_at is None or last_step_at is None:
        return False
    return now - last_step_at > limit or now - placed_at > LONGEST * limit
