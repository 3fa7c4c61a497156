"""One clip compared: its angles, its repetitions and its mistakes."""

from __future__ import annotations

from dataclasses import dataclass, field

from formcheck.exercise import library
from formcheck.exercise.session import SessionReport
from formcheck.motion.view import Posture
from formcheck.validation.angles import AngleResult, angle_results
from formcheck.validation.breath import BreathResult, breath_result
from formcheck.validation.faults import FaultScore, fault_scores
from formcheck.validation.repetitions import RepResult, paired, rep_results
from formcheck.validation.truth import Truth

__all__ = ["AS_FILMED", "GROUPS", "Comparison", "compare", "group_of"]

#: The condition of a clip that was not changed.
AS_FILMED = "as-filmed"
#: Views that are judged apart, and what each means.
GROUPS = {
    "ahead": "seated, the camera within 15° of straight ahead",
    "turned": "seated, the camera further to the side",
    "standing": "standing",
    "lying": "side-lying",
}
_AHEAD_DEG = 15.0


@dataclass(frozen=True)
class Comparison:
    """Everything compared on one clip with one model in one condition.

    Attributes
    ----------
    group
        One of `GROUPS`.
    angle, angles
        Name of the angle that is counted; agreement of every angle and side.
    counts, true_counts
        Repetitions by side.
    reps
        The repetitions found, one by one.
    faults, confusions
        Score by code; sentences, one for each fault missed or wrong.
    refused
        Why nothing was measured, or None.
    angle_off
        Why the counted angle was not shown though the repetitions were counted, or None.
    breath
        The breath against the true one; None where one of them is not known.
    """

    clip: str
    model: str
    condition: str = AS_FILMED
    group: str = "ahead"
    angle: str = ""
    angles: tuple[AngleResult, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    true_counts: dict[str, int] = field(default_factory=dict)
    reps: tuple[RepResult, ...] = ()
    faults: dict[str, FaultScore] = field(default_factory=dict)
    confusions: tuple[str, ...] = ()
    refused: str | None = None
    angle_off: str | None = None
    breath: BreathResult | None = None

    @property
    def counts_exact(self) -> bool:
        """Every side has its true number of repetitions."""
        sides = {*self.true_counts, *self.counts}
        return all(self.counts.get(side, 0) == self.true_counts.get(side, 0) for side in sides)

    @property
    def counted(self) -> dict[str, AngleResult]:
        """The counted angle by side."""
        return {item.side: item for item in self.angles if item.counted}


def group_of(truth: Truth) -> str:
    """The group of `GROUPS` that a clip belongs to, by the posture of its exercise and the place of its camera."""
    posture = library.load(truth.exercise).view.posture
    if posture is not Posture.SEATED:
        return posture.value
    return "turned" if abs(truth.azimuth_deg) > _AHEAD_DEG else "ahead"


def compare(truth: Truth, model: str, report: SessionReport, condition: str = AS_FILMED) -> Comparison:
    """Compare a report with the truth of its clip."""
    pairs = paired(truth, report)
    faults, confusions = fault_scores(truth, report, pairs)
    counts = report.counts
    angles = angle_results(truth, report)
    hidden = not any(item.absolute.frames for item in angles if item.counted)
    off = next((item.reason for item in report.not_measured if item.what == truth.angle), "not said") if hidden else None
    return Comparison(
        truth.name,
        model,
        condition,
        group_of(truth),
        truth.angle,
        angles,
        {side: counts[side] for side in ("left", "right", "both")},
        truth.counts,
        rep_results(truth, pairs),
        faults,
        tuple(confusions),
        None,
        off,
        breath_result(truth, report),
    )
