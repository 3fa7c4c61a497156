"""The movement that is going on at the end of a recording: what is already wrong with it, before it is over."""

from __future__ import annotations

from formcheck.exercise.faults import faults_of
from formcheck.exercise.groundwork import Groundwork
from formcheck.exercise.reps import Attempt
from formcheck.exercise.session import Fault, Rejection
from formcheck.exercise.spec import JerkRule, PhaseRule

__all__ = ["faults_so_far", "under_way"]

#: What can only be said of a whole movement.
_WHOLE = (JerkRule, PhaseRule)
#: A movement that reaches so near to the last frame is still going on.
_LAST_FRAMES = 2


def under_way(work: Groundwork) -> tuple[Attempt, ...]:
    """The movements that have not come back when the recording ends."""
    last = len(work.curves.time_s) - _LAST_FRAMES
    return tuple(
        attempt
        for attempt in work.of_this_exercise
        if attempt.movement.open_stop and attempt.movement.stop >= last and attempt.rejected in (None, Rejection.PARTIAL)
    )


def faults_so_far(work: Groundwork) -> tuple[Fault, ...]:
    """Mistakes of the movements under way that can be told before they are over: of limits, feet, trunk, pelvis and the other knee.

    A fault that lasts ends with the recording. ``rep`` is the number the movement has so far.
    """
    rules = [rule for rule in work.spec.faults if not isinstance(rule, _WHOLE)]
    going_on = {id(attempt) for attempt in under_way(work)}
    found: list[Fault] = []
    for number, attempt in enumerate(work.of_this_exercise, 1):
        if id(attempt) in going_on:
            found += faults_of(rules, work.evidence(number, attempt, work.evenness(attempt)))[0]
    return tuple(found)
