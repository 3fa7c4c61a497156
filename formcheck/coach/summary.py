"""What a session comes to: per leg and repetition, what to work on, what went well."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from dataclasses import dataclass
from typing import Any

from formcheck.coach import words
from formcheck.coach.choice import side_name
from formcheck.coach.cues import rank
from formcheck.coach.state import SessionState
from formcheck.exercise.session import FaultCode, Rep
from formcheck.exercise.spec import FeetApartRule

__all__ = ["Summary", "summary_of"]

#: More than two things at once nobody can work on.
MOST_TO_WORK_ON = 2


@dataclass(frozen=True)
class Summary:
    """The end of a session in words and numbers.

    Attributes
    ----------
    legs
        One line for each leg.
    work_on, went_well
        Sentences; at most two to work on.
    repetitions
        A line for each repetition, by leg.
    values
        The same as JSON values.
    """

    legs: tuple[str, ...]
    work_on: tuple[str, ...]
    went_well: tuple[str, ...]
    repetitions: dict[str, tuple[str, ...]]
    values: dict[str, Any]

    @property
    def lines(self) -> tuple[str, ...]:
        """To show at the end: legs, then what to work on, then what went well, each under a headline that ends with a colon."""
        to_do = (words.WORK_ON_TITLE, *self.work_on) if self.work_on else ()
        good = (words.WENT_WELL_TITLE, *self.went_well) if self.went_well else ()
        return (*self.legs, *to_do, *good)


def summary_of(state: SessionState) -> Summary:
    """Sum up a session as far as it went; empty before a choice."""
    choice = state.choice
    if choice is None:
        return Summary((), (), (), {}, {})
    reps = {side: list(state.tally.reps.get(side, ())) for side in choice.sides}
    every = [rep for done in reps.values() for rep in done]
    counted = Counter(code.value for rep in every for code in rep.faults)
    codes = sorted(counted, key=lambda code: (-counted[code], rank(code)))[:MOST_TO_WORK_ON]
    # What was asked of the breath is of no repetition; what goes wrong in one comes first.
    codes += [code for code in state.questions.asked_codes if len(codes) < MOST_TO_WORK_ON]
    work_on = tuple(words.work_on(code, counted[code]) for code in codes)
    if every and not work_on:
        work_on = (words.NOTHING_TO_WORK_ON,)
    refused = {side: len(state.tally.rejected.get(side, ())) for side in choice.sides}
    legs = tuple(
        words.leg_line(side, state.tally.count(side), choice.target, _usual_deg(done), refused[side]) for side, done in reps.items()
    )
    lines = {side_name(side): tuple(_rep_line(place, rep) for place, rep in enumerate(done, 1)) for side, done in reps.items()}
    values = {
        "legs": {side_name(side): _leg_values(done, state.tally.count(side), choice.target, refused[side]) for side, done in reps.items()},
        "faults": dict(sorted(counted.items())),
        "work_on": codes,
        "discomfort_before": state.discomfort_before,
        "discomfort_after": state.discomfort_after,
        "not_measured": sorted(state.unmeasured),
        "elapsed_s": round(state.now_s, 2),
    }
    return Summary(legs, work_on, _went_well(state, every), lines, values)


def _went_well(state: SessionState, every: list[Rep]) -> tuple[str, ...]:
    """What was looked for in every repetition and never seen; of it the most important two, and how many were clean."""
    assert state.choice is not None
    if not every:
        return ()
    looked_for = {rule.code for rule in state.choice.spec.faults if rule.code.value not in state.unmeasured}
    seen = {code for rep in every for code in rep.faults}
    together = any(isinstance(rule, FeetApartRule) for rule in state.choice.spec.faults)
    good = []
    for code, text in words.WENT_WELL.items():
        if code in looked_for and code not in seen and (code is not FaultCode.OVER_ROTATION or _surely_within(state, every)):
            good.append(words.feet_together_well() if together and code == "foot_lifted" else text)
    clean = sum(not rep.faults for rep in every)
    return (words.clean_reps(clean, len(every)), *good[:2]) if clean else tuple(good[:2])


def _surely_within(state: SessionState, every: list[Rep]) -> bool:
    """Whether every repetition stayed within the limit by more than it may be off; a limit that is not known is not kept."""
    limit = min(state.limits_seen, default=math.nan)
    return all(rep.range_deg + rep.range_pm_deg <= limit for rep in every)


def _rep_line(place: int, rep: Rep) -> str:
    return words.rep_line(place, rep.range_deg, rep.out_s, rep.back_s, tuple(code.value for code in rep.faults))


def _usual_deg(reps: list[Rep]) -> float:
    known = [rep.range_deg for rep in reps if math.isfinite(rep.range_deg)]
    return statistics.median(known) if known else math.nan


def _leg_values(reps: list[Rep], count: int, target: int, refused: int) -> dict[str, Any]:
    usual = _usual_deg(reps)
    return {
        "count": count,
        "target": target,
        "not_counted": refused,
        "range_deg": round(usual, 2) if math.isfinite(usual) else None,
        "clean": sum(not rep.faults for rep in reps),
    }
