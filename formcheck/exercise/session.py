"""What one analysed session says: repetitions, faults, what could not be measured, and the frames in between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from formcheck.exercise.breath_report import BreathReport
from formcheck.motion.landmarks import PoseFrame, Side

__all__ = [
    "FAULT_CODES",
    "Fault",
    "FaultCode",
    "FrameResult",
    "NotMeasured",
    "Phase",
    "RangeChange",
    "Rejection",
    "Rep",
    "SessionReport",
    "Smoothness",
    "Timeline",
]


class Phase(StrEnum):
    """Where a leg is in its repetition."""

    REST = "rest"
    OUT = "out"
    HOLD = "hold"
    BACK = "back"
    UNSEEN = "unseen"


class Rejection(StrEnum):
    """Why a movement was not counted."""

    PARTIAL = "partial"
    WRONG_DIRECTION = "wrong_direction"
    LOST_SIGHT = "lost_sight"
    TOO_SHORT = "too_short"


class FaultCode(StrEnum):
    """The mistakes formcheck knows."""

    OVER_ROTATION = "over_rotation"
    JERKY = "jerky"
    TOO_FAST = "too_fast"
    FAST_RETURN = "fast_return"
    FOOT_LIFTED = "foot_lifted"
    TRUNK_LEAN = "trunk_lean"
    PELVIS_HIKE = "pelvis_hike"
    KNEE_DRIFT = "knee_drift"
    POSTURE_CHANGED = "posture_changed"
    BREATH_HOLD = "breath_hold"
    BREATH_OUT_OF_STEP = "breath_out_of_step"


FAULT_CODES: tuple[FaultCode, ...] = tuple(FaultCode)


@dataclass(frozen=True, slots=True)
class Smoothness:
    """How evenly one repetition moved. A value that could not be measured is NaN, with the reason.

    Attributes
    ----------
    peak_to_mean
        Peak speed over the mean speed between the 10 and 90 % crossings (1.19 for a minimum-jerk movement).
    mid_dip
        Lowest over highest speed between those crossings (0 a stop, below 0 a reversal).
    high_band_log10
        log10 of the velocity power above the movement's own band over that inside it.
    noise_ratio
        Velocity noise at rest over the peak speed expected of this movement, the q of the rules.
    reason
        None, or why the smoothness could not be judged.
    """

    peak_to_mean: float = float("nan")
    mid_dip: float = float("nan")
    high_band_log10: float = float("nan")
    noise_ratio: float = float("nan")
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Rep:
    """One movement out and back. ``side`` is None when both legs moved as one ("both").

    Angles are degrees of the exercise's shown angle, in the sign of that angle; times are seconds of the video. NaN: not measured.
    ``number`` counts all movements in order of start, the counted and the rejected, from 1.

    Attributes
    ----------
    peak_pm_deg, range_pm_deg
        Half width of the 95 % interval of the peak as an angle, and of the range as a change from rest.
    clean_range_deg
        Change from rest up to the moment at which another part began to help; the whole range when none did. NaN: not judged.
    clean_until_s, culprit
        That moment and what began; NaN and None when nothing did, or when it was not judged.
    isolation_frac
        Share of the repetition's movement, 0 to 1, that was made while everything that should be still was still. NaN: not judged.
    """

    number: int
    side: Side | None
    direction: str
    start_s: float
    peak_s: float
    end_s: float
    peak_deg: float
    peak_pm_deg: float
    range_deg: float
    out_s: float
    hold_s: float
    back_s: float
    peak_speed_deg_s: float
    smoothness: Smoothness
    rejected: Rejection | None = None
    faults: tuple[FaultCode, ...] = ()
    range_pm_deg: float = float("nan")
    clean_range_deg: float = float("nan")
    clean_until_s: float = float("nan")
    culprit: FaultCode | None = None
    isolation_frac: float = float("nan")

    @property
    def counted(self) -> bool:
        """True for a full repetition in the chosen direction."""
        return self.rejected is None

    @property
    def side_name(self) -> str:
        """Word for the side: left, right or both."""
        return self.side.value if self.side is not None else "both"


@dataclass(frozen=True, slots=True)
class Fault:
    """A mistake with its evidence: when, how much, against which limit."""

    code: FaultCode
    severity: str
    side: str
    rep: int | None
    start_s: float
    end_s: float
    measured: float
    limit: float
    unit: str
    message: str


@dataclass(frozen=True, slots=True)
class NotMeasured:
    """Something that was looked for and could not be measured, with a sentence that says why."""

    what: str
    code: str
    reason: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class RangeChange:
    """Today's range of one leg beside the comfortable range of a person's profile; degrees from rest.

    Attributes
    ----------
    side, direction
        "left", "right" or "both", and the name of the direction.
    comfortable_deg, comfortable_pm_deg, measured_on
        The range of the profile, the half width of its 95 % interval (NaN: not known), and the day it was measured, as 2026-05-03.
    today_deg, today_pm_deg
        The same of the repetitions of this session.
    difference_deg, pm_deg
        Today's minus the profile's, and what measuring twice may differ by; a larger difference is a change. NaN: not known.
    changed
        Whether it is one; None when it cannot be told.
    limit_deg, limit_capped
        The limit that follows from the profile, and whether it would be more than the most anybody gets.
    """

    side: str
    direction: str
    comfortable_deg: float
    comfortable_pm_deg: float
    measured_on: str
    today_deg: float
    today_pm_deg: float
    difference_deg: float
    pm_deg: float
    changed: bool | None
    limit_deg: float
    limit_capped: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class FrameResult:
    """Everything an overlay or a page draws of one moment.

    ``angle_deg`` holds the shown angle (change from rest) per side, NaN when unseen; ``counts`` the repetitions finished so far by
    "left", "right", "both" and "total"; ``faults`` those whose interval holds this moment. ``angle_pm_deg`` is the half width of the
    95 % interval of the angle, per side where it is known.
    """

    pose: PoseFrame
    angle_deg: Mapping[Side, float]
    phase: Mapping[Side, Phase]
    counts: Mapping[str, int]
    faults: tuple[Fault, ...]
    rep: Rep | None
    angle_pm_deg: Mapping[Side, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Timeline:
    """The measured curves of a session, a value a frame; NaN where not measured.

    Attributes
    ----------
    time_s
        (N,) seconds.
    values
        Column name with its unit (``hip_rotation_left_deg``, ``foot_lift_left_frac``) to (N,) floats: the rows of ``frames.csv``.
    shown_deg
        Per side (N,) degrees, change of the exercise's shown angle from rest, positive in the direction counted.
    phase
        Per side (N,) indices into ``tuple(Phase)``.
    person
        (N,) bool, somebody who passed the gates is in view.
    pm_deg
        Column name of ``values`` to (N,) half widths of its 95 % interval, degrees; only columns whose error is known.
    shown_pm_deg
        Per side (N,) half widths of the 95 % interval of ``shown_deg``.
    """

    time_s: npt.NDArray[np.float64]
    values: Mapping[str, npt.NDArray[np.float64]]
    shown_deg: Mapping[Side, npt.NDArray[np.float64]]
    phase: Mapping[Side, npt.NDArray[np.int8]]
    person: npt.NDArray[np.bool_]
    pm_deg: Mapping[str, npt.NDArray[np.float64]] = field(default_factory=dict)
    shown_pm_deg: Mapping[Side, npt.NDArray[np.float64]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class SessionReport:
    """The result of one session: the same pose frames and settings always give the same report.

    ``exercise`` is the id, ``title`` the words for people; ``limit_deg`` the over-rotation limit in force (change from rest, NaN when
    the exercise has none); ``target_reps`` (least, most) per leg; ``sides`` the legs that worked ("left", "right", "both"); ``view``
    what was measured of camera and body. ``limits_deg`` holds the limit of each leg ("left", "right", "both") that has one of its own,
    the lower one where both directions count; ``against_profile`` the comparison with a person's profile, if one was used. ``checked``
    holds the codes of the mistakes that were looked for in at least one counted repetition; ``directions`` the names of all directions
    of the exercise. ``advised_s`` is how long the way out and the way back should take, in seconds; NaN when nothing is advised.
    ``least_phase_s`` holds the seconds below which the way "out" and the way "back" are called hurried; one that is absent is not judged.
    ``breath`` is what was seen of the breath; None when the recording holds nothing of it, or it is not looked for in this exercise.
    """

    exercise: str
    title: str
    source: Mapping[str, Any]
    model: Mapping[str, Any]
    settings: Mapping[str, Any]
    reps: tuple[Rep, ...]
    faults: tuple[Fault, ...]
    timeline: Timeline
    measured_fraction: float
    view: Mapping[str, Any]
    not_measured: tuple[NotMeasured, ...]
    limit_deg: float
    target_reps: tuple[int, int]
    shown_angle: str
    sides: tuple[str, ...] = field(default=())
    limits_deg: Mapping[str, float] = field(default_factory=dict)
    against_profile: tuple[RangeChange, ...] = ()
    checked: tuple[str, ...] = ()
    directions: tuple[str, ...] = ()
    advised_s: tuple[float, float] = (float("nan"), float("nan"))
    least_phase_s: Mapping[str, float] = field(default_factory=dict)
    breath: BreathReport | None = None

    @property
    def counts(self) -> dict[str, int]:
        """Counted repetitions: left, right, both, and their total (a bilateral repetition counts once)."""
        counts = {"left": 0, "right": 0, "both": 0}
        for rep in self.reps:
            if rep.counted:
                counts[rep.side_name] += 1
        return counts | {"total": sum(counts.values())}

    def limit_of(self, side: str) -> float:
        """The over-rotation limit of a leg ("left", "right" or "both"): its own, else the general one. NaN: there is none."""
        return self.limits_deg.get(side, self.limit_deg)

    @property
    def counts_by_direction(self) -> dict[str, dict[str, int]]:
        """For each direction of the exercise the counted repetitions as in `counts`, and ``wrong_direction``: the full movements that
        were not counted because they went there.
        """
        names = dict.fromkeys((*self.directions, *(rep.direction for rep in self.reps)))
        found = {name: {"left": 0, "right": 0, "both": 0, "total": 0, "wrong_direction": 0} for name in names}
        for rep in self.reps:
            if rep.counted:
                found[rep.direction][rep.side_name] += 1
                found[rep.direction]["total"] += 1
            elif rep.rejected is Rejection.WRONG_DIRECTION:
                found[rep.direction]["wrong_direction"] += 1
        return found

    @property
    def partial(self) -> int:
        """Movements of the right kind that were too small to count."""
        return sum(rep.rejected is Rejection.PARTIAL for rep in self.reps)

    @property
    def fault_counts(self) -> dict[str, int]:
        """Number of faults of each kind, zeros included."""
        counts = {code.value: 0 for code in FAULT_CODES}
        for fault in self.faults:
            counts[fault.code.value] += 1
        return counts
