"""Choosing before a session: a short list of rows, moved through and changed with the arrow keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from formcheck.coach.choice import Choice, ComfortRange, choice
from formcheck.exercise.spec import ExerciseSpec
from formcheck.motion.landmarks import Side

__all__ = ["Chooser", "ChooserKey", "Choosing", "Row", "Wishes"]

ChooserKey = str
_LEGS: dict[str, tuple[Side | None, ...]] = {
    "right, then left": (Side.RIGHT, Side.LEFT),
    "left, then right": (Side.LEFT, Side.RIGHT),
    "right leg only": (Side.RIGHT,),
    "left leg only": (Side.LEFT,),
    "both at once": (None,),
}
#: Names for the time of a way out and of a way back; the guide asks for slow and controlled.
_TEMPOS = {"calm, 2 s each way": 2.0, "slow, 3 s each way": 3.0, "very slow, 4 s each way": 4.0}
_NOT_SAID = "not said"


@dataclass(frozen=True, slots=True)
class Row:
    """One row to show: what is chosen, its value, and whether it is the one the arrow keys change."""

    name: str
    value: str
    active: bool


class Choosing(Protocol):
    """What is chosen before a session, and how keys change it."""

    @property
    def spec(self) -> ExerciseSpec:
        """The exercise that is chosen."""
        ...

    @property
    def rows(self) -> tuple[Row, ...]:
        """What to show, from top to bottom."""
        ...

    def press(self, key: ChooserKey) -> None:
        """Take a key."""
        ...

    def choice(self, kept: tuple[ComfortRange, ...] = ()) -> Choice:
        """What is chosen, with the comfortable ranges that are kept."""
        ...


@dataclass(frozen=True)
class Wishes:
    """What was asked for on the command line; None leaves it to the exercise.

    ``kept`` are comfortable ranges of earlier, by exercise id and direction.
    """

    legs: tuple[Side | None, ...] | None = None
    target: int | None = None
    direction: str | None = None
    rest_s: float | None = None
    limit_deg: float | None = None
    discomfort: int | None = None
    measure_range: bool = True
    breath: bool = True


class Chooser:
    """The rows and what the keys do to them. Pure: keys in, rows and a choice out.

    Parameters
    ----------
    specs
        The exercises to choose from, the first one chosen.
    wishes
        What is chosen already.
    """

    def __init__(self, specs: Sequence[ExerciseSpec], wishes: Wishes) -> None:
        self._specs = list(specs)
        self._wishes = wishes
        self._row = 0
        self._exercise = 0
        self._discomfort = wishes.discomfort
        self._legs: list[str] = []
        self._directions: list[str] = []
        self._tempos: list[str] = []
        self._leg = self._direction = self._tempo = self._reps = 0
        self._fit()

    @property
    def spec(self) -> ExerciseSpec:
        """The exercise that is chosen."""
        return self._specs[self._exercise]

    @property
    def rows(self) -> tuple[Row, ...]:
        """What to show, from top to bottom."""
        values = [
            ("Exercise", self.spec.title),
            ("Legs", self._legs[self._leg]),
            ("Direction", self._directions[self._direction]),
            ("Repetitions", f"{self._reps} each" if len(_LEGS[self._legs[self._leg]]) > 1 else str(self._reps)),
            ("Tempo", self._tempos[self._tempo]),
            ("Discomfort now", _NOT_SAID if self._discomfort is None else f"{self._discomfort} of 10"),
        ]
        return tuple(Row(name, value, place == self._row) for place, (name, value) in enumerate(values))

    def press(self, key: ChooserKey) -> None:
        """Take "up", "down", "left" or "right", or a digit (discomfort); anything else is left alone."""
        if key in ("up", "down"):
            self._row = (self._row + (1 if key == "down" else -1)) % len(self.rows)
        elif key in ("left", "right"):
            self._change(1 if key == "right" else -1)
        elif key.isdigit() and len(key) == 1:
            self._discomfort = int(key)

    def choice(self, kept: tuple[ComfortRange, ...] = ()) -> Choice:
        """What is chosen.

        Raises
        ------
        UsageError
            A wish of the command line does not fit this exercise.
        """
        wishes = self._wishes
        tempo_s = _TEMPOS.get(self._tempos[self._tempo])
        given: dict[str, object] = {
            "sides": _LEGS[self._legs[self._leg]],
            "target": self._reps,
            "direction": self._directions[self._direction],
            "discomfort_before": self._discomfort,
            "kept": kept,
            "limit_deg": wishes.limit_deg,
            "measure_range": wishes.measure_range,
            "breath": wishes.breath,
        }
        if tempo_s is not None:
            given |= {"out_s": tempo_s, "back_s": tempo_s}
        if wishes.rest_s is not None:
            given["rest_s"] = wishes.rest_s
        return choice(self.spec, **given)  # type: ignore[arg-type]

    def _change(self, by: int) -> None:
        if self._row == 0:
            self._exercise = (self._exercise + by) % len(self._specs)
            self._fit()
        elif self._row == 1:
            self._leg = (self._leg + by) % len(self._legs)
        elif self._row == 2:
            self._direction = (self._direction + by) % len(self._directions)
        elif self._row == 3:
            least, most = self.spec.target.min_reps, self.spec.target.max_reps
            self._reps = min(max(self._reps + by, min(least, self._reps)), most)
        elif self._row == 4:
            self._tempo = (self._tempo + by) % len(self._tempos)
        else:
            before = -1 if self._discomfort is None else self._discomfort
            after = (before + 1 + by) % 12 - 1
            self._discomfort = None if after < 0 else after

    def _fit(self) -> None:
        """Fill the rows with what this exercise allows; what was wished for comes first."""
        spec, wishes = self.spec, self._wishes
        both = spec.reps.both_legs
        fits = {
            name: legs
            for name, legs in _LEGS.items()
            if not (both == "together" and legs != (None,)) and not (both == "never" and legs == (None,))
        }
        self._legs = list(fits)
        wished = [name for name, legs in fits.items() if legs == wishes.legs]
        self._leg = self._legs.index(wished[0]) if wished else 0
        self._directions = list(spec.directions)
        direction = wishes.direction if wishes.direction in spec.directions else spec.default_direction
        self._direction = self._directions.index(direction)
        self._reps = wishes.target if wishes.target is not None else choice(spec, sides=fits[self._legs[0]]).target
        if self._exercise:
            # A wish that was not made for this exercise is fitted to it; one that was is held against it.
            self._reps = min(max(self._reps, 1), spec.target.max_reps)
        own = f"as advised, {spec.target.out_s:g} s out, {spec.target.back_s:g} s back"
        self._tempos = [own, *_TEMPOS]
        self._tempo = 0
