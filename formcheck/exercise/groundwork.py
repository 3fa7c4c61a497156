"""What is found in a recording before anything is judged: its curves, the movements in them, and how well each is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from formcheck.errors import NotMeasurableError
from formcheck.exercise import notes, validity
from formcheck.exercise.channels import Channels
from formcheck.exercise.curves import ANGLE_CUTOFF_HZ, Curves, curves_of
from formcheck.exercise.faults import Evidence
from formcheck.exercise.modelled import for_model
from formcheck.exercise.movements import LegCurve, leg_curve
from formcheck.exercise.options import AnalysisOptions
from formcheck.exercise.preparation import Prepared, prepared
from formcheck.exercise.reps import Attempt, attempts_of
from formcheck.exercise.session import Rejection
from formcheck.exercise.smoothness import VELOCITY_CUTOFF_HZ, Evenness, evenness_of, rest_speed_noise_deg_s
from formcheck.exercise.spec import ExerciseSpec, JerkRule
from formcheck.exercise.uncertainty import Intervals, intervals_of
from formcheck.motion.filters import slope, smoothed
from formcheck.motion.framing import CameraView
from formcheck.motion.geometry import Float
from formcheck.motion.landmarks import Side
from formcheck.motion.recording import PoseRecording

__all__ = ["Groundwork", "groundwork"]

#: Where an exercise has no rule for jerks, its evenness is still measured, with these.
_MIN_PHASE_S, _SLOW_PHASE_S = 0.8, 4.0


@dataclass(frozen=True, eq=False)
class Groundwork:
    """All that a judgement is made of.

    Attributes
    ----------
    recording, spec, options
        What was given; the exercise as the pose model in use can judge it, the options with the exercise's own values filled in.
    ready, curves, legs
        The person alone and put right; the curves; per side the counted angle as change from rest.
    attempts, of_this_exercise
        All movements, and those that may be repetitions of this exercise, in order of start.
    camera, off
        Where the camera is, and the metrics that it cannot show from there.
    channels, intervals, speed_noise_deg_s
        What should stay as it was; the errors of the angles; per side the noise of the speed at rest.
    """

    recording: PoseRecording
    spec: ExerciseSpec
    options: AnalysisOptions
    ready: Prepared
    curves: Curves
    legs: dict[Side, LegCurve]
    attempts: list[Attempt]
    camera: CameraView
    off: Mapping[str, validity.Off]
    channels: Channels
    intervals: Intervals
    speed_noise_deg_s: dict[Side, float]

    @property
    def of_this_exercise(self) -> list[Attempt]:
        """The movements that may be repetitions."""
        return [attempt for attempt in self.attempts if attempt.other_exercise is None]

    def direction_of(self, attempt: Attempt) -> str:
        """Name of the direction of a movement."""
        return next((name for name, sign in self.spec.directions.items() if sign == attempt.movement.sign), "other")

    def evenness(self, attempt: Attempt) -> Evenness:
        """How even a movement is, against the noise of this recording."""
        jerk = next((rule for rule in self.spec.faults if isinstance(rule, JerkRule)), None)
        return evenness_of(
            self.curves.time_s[attempt.first : attempt.first + len(attempt.change_deg)],
            attempt.change_deg,
            attempt.tempo,
            max(self.speed_noise_deg_s[leg] for leg in attempt.legs),
            jerk.min_phase_s if jerk else _MIN_PHASE_S,
            jerk.slow_phase_s if jerk else _SLOW_PHASE_S,
        )

    def evidence(self, number: int, attempt: Attempt, even: Evenness) -> Evidence:
        """What the rules look at for the movement of this number."""
        limit = self.options.limit_of(attempt.side.value if attempt.side is not None else "both", self.direction_of(attempt))
        hidden = validity.reasons_of_faults(self.spec, self.off)
        return Evidence(self.curves.time_s, number, attempt, even, self.channels, limit, hidden)


def groundwork(recording: PoseRecording, spec: ExerciseSpec, options: AnalysisOptions | None = None) -> Groundwork:
    """Find the movements in a recording.

    Raises
    ------
    NotMeasurableError
        Nobody is in view, or never in a posture and view in which this exercise can be measured: with the reason.
    UsageError
        The options do not fit the exercise.
    """
    options = (options or AnalysisOptions()).checked(spec)
    if len(recording) < 2:
        raise NotMeasurableError("the recording holds fewer than two pictures; nothing can be measured in it.")
    model = str(recording.source["model_name"]) if recording.source.get("model_name") is not None else None
    spec = for_model(spec, model)
    ready = prepared(recording, options.mirrored)
    curves = curves_of(ready.measured, spec)
    notes.refuse_unmeasurable(curves, spec, ready.framing)
    camera = validity.camera_of(curves, ready.framing, spec.view.posture)
    off = validity.metrics_off(spec, camera, ready.framing)
    validity.refuse_uncountable(off)
    curves = validity.shown(curves, off)
    legs = {side: leg_curve(curves.time_s, curves.angle_deg[side], ANGLE_CUTOFF_HZ) for side in Side}
    attempts = attempts_of(curves, legs, spec, options.signs(spec), options.sides)
    if options.side == "both":
        attempts = [_of_both(a, spec) for a in attempts]
    channels = Channels(curves, _resting(legs, [a for a in attempts if a.other_exercise is None]))
    intervals = intervals_of(curves, legs, spec, model)
    noise = {side: rest_speed_noise_deg_s(curves.time_s, _speed(leg), leg.still) for side, leg in legs.items()}
    return Groundwork(recording, spec, options, ready, curves, legs, attempts, camera, off, channels, intervals, noise)


def _of_both(attempt: Attempt, spec: ExerciseSpec) -> Attempt:
    """With both legs asked for, one leg alone is a part of what should be done by two."""
    alone = attempt.side is not None and spec.reps.both_legs == "together" and attempt.rejected is None
    return replace(attempt, rejected=Rejection.PARTIAL) if alone else attempt


def _resting(legs: dict[Side, LegCurve], attempts: list[Attempt]) -> npt.NDArray[np.bool_]:
    """(N,) True where no leg is in a movement and every leg that is seen is still."""
    still = np.ones(len(next(iter(legs.values())).time_s), bool)
    for leg in legs.values():
        still &= leg.still | np.isnan(leg.change_deg)
    for attempt in attempts:
        still[attempt.movement.start : attempt.movement.stop] = False
    return still


def _speed(leg: LegCurve) -> Float:
    return slope(leg.time_s, smoothed(leg.time_s, leg.change_deg, VELOCITY_CUTOFF_HZ))
