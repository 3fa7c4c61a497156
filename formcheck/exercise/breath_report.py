"""What a session says of the breath."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["BreathReport", "RepBreath", "Step"]

#: How the breath went with the movement: in as the turn began, the other way round, or neither.
Step = Literal["in_step", "out_of_step", "neither"]


@dataclass(frozen=True, slots=True)
class RepBreath:
    """The breath of one repetition.

    Attributes
    ----------
    number
        Of the repetition.
    score
        -1 to 1: what the chest moved in on the way out and out on the way back, less what it moved the other way, over all it moved.
    phase_deg
        Where the breath was as the turn began: 0 beginning to go in, 180 (or -180) beginning to go out.
    step
        What follows from the score.
    """

    number: int
    score: float
    phase_deg: float
    step: Step


@dataclass(frozen=True, slots=True)
class BreathReport:
    """The breath of a session. Numbers that could not be measured are NaN.

    Attributes
    ----------
    measured_fraction
        Share of the recording in which the breath could be told, 0 to 1.
    rate_per_min
        Breaths a minute, holds left out.
    reps
        The counted repetitions of which the breath could be told.
    step
        How the breath went with the movement over all of them; None when there were too few.
    phase_deg, steadiness, drift_deg
        Mean phase as the turns began, how constant it was (0 to 1), and how far it wandered from the first to the last repetition.
    breaths
        (start, turn, end) seconds of every whole breath: it goes in from start to turn, out from turn to end.
    holds
        (start, end) seconds of each stretch without breath.
    """

    measured_fraction: float
    rate_per_min: float
    reps: tuple[RepBreath, ...] = ()
    step: Step | None = None
    phase_deg: float = float("nan")
    steadiness: float = float("nan")
    drift_deg: float = float("nan")
    breaths: tuple[tuple[float, float, float], ...] = ()
    holds: tuple[tuple[float, float], ...] = ()

    @property
    def in_step_fraction(self) -> float:
        """Share of the repetitions seen in which the breath was in step; NaN when there were too few to say anything of."""
        return sum(rep.step == "in_step" for rep in self.reps) / len(self.reps) if self.step is not None else float("nan")
