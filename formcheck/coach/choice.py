"""What is chosen before a session: exercise, legs, how many, how fast, and what is known of the person."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from formcheck.errors import UsageError
from formcheck.exercise.options import HARD_LIMIT_DEG
from formcheck.exercise.spec import ExerciseSpec
from formcheck.motion.landmarks import Side

__all__ = ["DEFAULT_REST_S", "DEFAULT_TARGET", "Choice", "ComfortRange", "choice", "side_name"]

#: In the middle of the guide's 10 to 15.
DEFAULT_TARGET = 12
#: Judgement: long enough to change legs without haste; it can be skipped, and a pause makes it longer.
DEFAULT_REST_S = 30.0
#: A phase under 1 s is hurried for a controlled movement (ACSM 2009: 1-2 s each way); beyond 6 s nobody moves evenly.
PHASE_RANGE_S = (1.0, 6.0)
REST_RANGE_S = (0.0, 600.0)
#: A limit is the comfortable range and what two raters differ by (5.4 degrees, Krause), or 15 % of a large range.
MARGIN_DEG = 5.0
MARGIN_FRAC = 0.15


def side_name(side: Side | None) -> str:
    """left, right, or both for None."""
    return side.value if side is not None else "both"


@dataclass(frozen=True, slots=True)
class ComfortRange:
    """How far one leg turns comfortably: the median of three slow repetitions, degrees from rest, positive in the counted direction."""

    side: Side | None
    range_deg: float

    @property
    def limit_deg(self) -> float:
        """Further than this is too far: the range and a margin, never beyond the hard limit."""
        return min(self.range_deg + max(MARGIN_DEG, MARGIN_FRAC * self.range_deg), HARD_LIMIT_DEG)


@dataclass(frozen=True)
class Choice:
    """Settings of one guided session, checked. Make it with `choice`, which fills in what the exercise says.

    Attributes
    ----------
    sides
        Legs in the order in which they work; None is both at once.
    target
        Repetitions per leg.
    out_s, back_s
        Chosen seconds of the way out and the way back.
    direction
        The direction that counts, a name of ``spec.directions``.
    rest_s
        Rest between two legs, seconds.
    kept
        Comfortable ranges kept from earlier, offered again.
    discomfort_before
        0 to 10, or None when not asked.
    limit_deg
        An over-rotation limit given by hand, degrees from rest, which holds whatever is measured; None: measured or general.
    measure_range
        Ask for three repetitions to measure the comfortable range, where none is kept; otherwise the set follows the rest at once.
    breath
        Look at the breath, where the exercise says how it should go.

    Raises
    ------
    UsageError
        A value that does not fit, with what would.
    """

    spec: ExerciseSpec
    sides: tuple[Side | None, ...]
    target: int
    out_s: float
    back_s: float
    direction: str
    rest_s: float = DEFAULT_REST_S
    kept: tuple[ComfortRange, ...] = ()
    discomfort_before: int | None = None
    limit_deg: float | None = None
    measure_range: bool = True
    breath: bool = True

    def __post_init__(self) -> None:
        self._check_sides()
        most = self.spec.target.max_reps
        if isinstance(self.target, bool) or not isinstance(self.target, int) or not 1 <= self.target <= most:
            least = self.spec.target.min_reps
            raise UsageError(
                f"target {self.target!r} does not fit {self.spec.id}: {least} to {most} repetitions are advised, {most} at most."
            )
        for name in ("out_s", "back_s"):
            _within(name, getattr(self, name), PHASE_RANGE_S)
        _within("rest_s", self.rest_s, REST_RANGE_S)
        if self.direction not in self.spec.directions:
            raise UsageError(f"direction {self.direction!r} is none of {', '.join(self.spec.directions)}.")
        level = self.discomfort_before
        if level is not None and (isinstance(level, bool) or not isinstance(level, int) or not 0 <= level <= 10):
            raise UsageError(f"discomfort {level!r} is not a whole number from 0 (none) to 10 (the worst).")
        if self.limit_deg is not None:
            _within("limit_deg", self.limit_deg, (1.0, 180.0))
        for kept in self.kept:
            _within("a kept comfortable range", kept.range_deg, (1.0, 180.0))

    def _check_sides(self) -> None:
        if not self.sides or len(set(self.sides)) != len(self.sides):
            raise UsageError("sides must name each leg once: left, right, or both.")
        if None in self.sides and len(self.sides) > 1:
            raise UsageError("sides: both legs at once is one set; name it alone.")
        together = self.spec.reps.both_legs
        if together == "together" and self.sides != (None,):
            raise UsageError(f"sides: {self.spec.id} is done with both legs at once; choose both.")
        if together == "never" and None in self.sides:
            raise UsageError(f"sides: {self.spec.id} is done with one leg at a time; choose left, right, or one after the other.")

    @property
    def watches_breath(self) -> bool:
        """Whether the breath is looked at."""
        return self.breath and self.spec.breath is not None

    def kept_for(self, side: Side | None) -> ComfortRange | None:
        """The comfortable range kept for a leg, or None."""
        return next((kept for kept in self.kept if kept.side is side), None)

    def as_settings(self) -> dict[str, Any]:
        """The settings as JSON values."""
        return {
            "exercise": self.spec.id,
            "sides": [side_name(side) for side in self.sides],
            "target": self.target,
            "out_s": self.out_s,
            "back_s": self.back_s,
            "direction": self.direction,
            "rest_s": self.rest_s,
            "kept_range_deg": {side_name(kept.side): kept.range_deg for kept in self.kept},
            "discomfort_before": self.discomfort_before,
            "limit_deg": self.limit_deg,
            "measure_range": self.measure_range,
            "breath": self.breath,
        }


def choice(spec: ExerciseSpec, *, sides: tuple[Side | None, ...] | None = None, **given: Any) -> Choice:
    """Settings for an exercise, with what it says itself where nothing is given: tempo, direction, target, legs (right, then left).

    Raises
    ------
    UsageError
        A value that does not fit, with what would.
    """
    if sides is None:
        sides = (None,) if spec.reps.both_legs == "together" else (Side.RIGHT, Side.LEFT)
    usual: dict[str, Any] = {
        "target": min(max(DEFAULT_TARGET, spec.target.min_reps), spec.target.max_reps),
        "out_s": spec.target.out_s,
        "back_s": spec.target.back_s,
        "direction": spec.default_direction,
    }
    return Choice(spec=spec, sides=sides, **(usual | given))


def _within(name: str, value: float, bounds: tuple[float, float]) -> None:
    least, most = bounds
    if not (math.isfinite(value) and least <= value <= most):
        raise UsageError(f"{name} {value:g} is out of range: {least:g} to {most:g}.")
