"""Taking turns: A B C, A B C, so that a machine that gets slower or faster on the way favours none of them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from formcheck.benchmark.measurement import Measurement

__all__ = ["BARE", "NAIVE", "Figure", "Work", "in_turns", "timed"]

#: What the others are held against. Their work gives seconds a frame, or megabytes where that is what is measured.
NAIVE, BARE = "naive", "pose"


@dataclass(frozen=True, slots=True)
class Figure:
    """One number that a work gives.

    Attributes
    ----------
    name, unit
        As in `Measurement`.
    scale
        From what the work gives, in seconds (or MB), to the unit.
    frames
        How many frames the number is for, when what it is held against is for one.
    naive, bare
        Which numbers of the same turn it is held against.
    is_shown
        Whether it becomes a measurement, or is there only to be held against.
    """

    name: str
    unit: str = "ms/frame"
    scale: float = 1e3
    frames: float = 1.0
    naive: str = NAIVE
    bare: str = BARE
    is_shown: bool = True


@dataclass(frozen=True, slots=True)
class Work:
    """Something to do once in every turn; it gives the numbers of its figures by name."""

    figures: tuple[Figure, ...]
    run: Callable[[], Mapping[str, float]]

    @classmethod
    def of(cls, figure: Figure, run: Callable[[], float]) -> Work:
        """A work that gives one number."""
        return cls((figure,), lambda: {figure.name: run()})


def in_turns(works: Sequence[Work], runs: int, model: str, told: Callable[[str], None] = lambda _: None) -> list[Measurement]:
    """Do all works one after the other, as often as is wanted, and hold each against the usual loop and the bare model of its turn.

    Parameters
    ----------
    runs
        How many turns, at least 1.
    model
        The pose model that is used.
    told
        Told what comes next.
    """
    turns: list[dict[str, float]] = []
    for number in range(1, runs + 1):
        turn: dict[str, float] = {}
        for work in works:
            told(f"{work.figures[0].name}, {model}, turn {number} of {runs}")
            turn |= work.run()
        turns.append(turn)
    return [_measurement(figure, turns, model) for work in works for figure in work.figures if figure.is_shown]


def _measurement(figure: Figure, turns: Sequence[Mapping[str, float]], model: str) -> Measurement:
    values = tuple(figure.scale * turn[figure.name] for turn in turns)
    ratios = {other: _ratio(figure, turns, other) for other in (figure.naive, figure.bare)}
    return Measurement(figure.name, model, figure.unit, median(values), values, ratios[figure.naive], ratios[figure.bare])


def _ratio(figure: Figure, turns: Sequence[Mapping[str, float]], other: str) -> float:
    found = [turn[figure.name] / (figure.frames * turn[other]) for turn in turns if turn.get(other, 0.0) > 0.0]
    return median(found) if found else math.nan


def timed(work: Callable[[], object]) -> float:
    """Seconds of wall clock that something takes."""
    start_s = time.perf_counter()
    work()
    return time.perf_counter() - start_s
