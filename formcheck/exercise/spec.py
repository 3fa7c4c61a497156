"""What an exercise is: read from TOML, checked in full, frozen.

Every threshold carries its unit in its name; every table of thresholds names its ``source``, an entry of ``[sources]``. A *kind* of rule is
code (`formcheck.exercise.faults`); an exercise is data and needs none.
"""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from formcheck.exercise.session import FaultCode
from formcheck.motion.view import Posture

__all__ = [
    "ANGLES",
    "CHANNELS",
    "METRICS",
    "BreathSpec",
    "DeviationRule",
    "ExerciseSpec",
    "FaultRule",
    "FeetApartRule",
    "FootRule",
    "JerkRule",
    "LimitRule",
    "Metric",
    "MetricView",
    "PhaseRule",
    "RepSpec",
    "TargetSpec",
    "ViewSpec",
]

#: Angles that an exercise may be counted on, each per leg, in degrees.
ANGLES = ("hip_rotation", "hip_abduction", "hip_flexion", "knee_flexion", "shin_tilt", "leg_to_vertical")
#: Curves that a deviation rule may watch: name to unit.
CHANNELS = {
    "trunk_side_bend": "deg",
    "trunk_forward": "deg",
    "pelvis_hike": "deg",
    "trunk_shortening": "frac",
    "other_knee_shift": "frac",
}

#: What a view can be good or bad for: the counting itself, the angles, what is watched beside them, the timing and the evenness.
Metric = Literal[
    "count",
    "hip_rotation",
    "hip_abduction",
    "hip_flexion",
    "knee_flexion",
    "shin_tilt",
    "knee_opening",
    "leg_to_vertical",
    "foot_lift",
    "feet_apart",
    "trunk_side_bend",
    "trunk_forward",
    "trunk_shortening",
    "pelvis_hike",
    "knee_drift",
    "tempo",
    "jerk",
]
METRICS: tuple[Metric, ...] = get_args(Metric)

Degrees = Annotated[float, Field(gt=0, le=180)]
Seconds = Annotated[float, Field(gt=0, le=600)]
Fraction = Annotated[float, Field(gt=0, le=10)]
Sentence = Annotated[str, Field(min_length=3, max_length=400)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MetricView(_Table):
    """The views in which one metric can be measured; what is left out does not matter to it."""

    metric: Metric = Field(description="what is measured")
    max_yaw_deg: Degrees | None = Field(default=None, description="further than this from the front it is not measured")
    max_pitch_deg: Degrees | None = Field(default=None, description="from a camera that looks further up or down it is not measured")
    max_roll_deg: Degrees | None = Field(default=None, description="with a camera that is further from upright it is not measured")
    min_shank_px: Annotated[float, Field(gt=0, le=2000)] | None = Field(
        default=None, description="with a shank that looks shorter than this in the picture it is not measured"
    )
    min_distance_shanks: Annotated[float, Field(gt=0, le=100)] | None = Field(
        default=None, description="nearer to the camera than this, in lengths of the shank, it is not measured"
    )
    needs: tuple[Literal["head", "shoulder", "hip", "knee", "ankle", "foot"], ...] = Field(
        default=(), description="parts of the body that must be in the picture"
    )
    source: str


class ViewSpec(_Table):
    """Which body posture and which camera an exercise can be measured in.

    ``max_yaw_deg`` and ``max_angle_yaw_deg`` hold for every metric without a table of its own: the first for all, the second for angles.
    """

    posture: Posture = Field(description="posture of the whole body at rest")
    camera: Sentence = Field(description="where to put the camera, in plain words")
    max_yaw_deg: Degrees = Field(description="further than this from the front nothing is counted")
    max_angle_yaw_deg: Degrees = Field(description="further than this from the front angles are not shown, repetitions are still counted")
    source: str
    metrics: tuple[MetricView, ...] = Field(default=(), description="views of single metrics, where they differ from these")

    @model_validator(mode="after")
    def _within(self) -> ViewSpec:
        names = [item.metric for item in self.metrics]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice:
            raise ValueError(f"metric {twice!r} has two tables")
        for item in self.metrics:
            if item.max_yaw_deg is not None and item.max_yaw_deg > self._max_yaw_deg(item.metric):
                key = "max_angle_yaw_deg" if item.metric in ANGLES else "max_yaw_deg"
                raise ValueError(f"metric {item.metric!r}: max_yaw_deg {item.max_yaw_deg:g} is more than the view's own {key}")
        return self

    def of(self, metric: Metric) -> MetricView:
        """The views of one metric, with the limits that hold for all filled in."""
        item = next((item for item in self.metrics if item.metric == metric), None) or MetricView(metric=metric, source=self.source)
        return item if item.max_yaw_deg is not None else item.model_copy(update={"max_yaw_deg": self._max_yaw_deg(metric)})

    def _max_yaw_deg(self, metric: str) -> float:
        return min(self.max_angle_yaw_deg, self.max_yaw_deg) if metric in ANGLES else self.max_yaw_deg


class RepSpec(_Table):
    """What counts as a repetition."""

    angle: Literal["hip_rotation", "hip_abduction", "hip_flexion", "knee_flexion", "shin_tilt", "leg_to_vertical"]
    both_legs: Literal["together", "either", "never"] = Field(
        description="together: both legs move as one; either: one leg, or both at once; never: both at once is not this exercise"
    )
    min_peak_deg: Degrees = Field(description="a full repetition turns at least this far from rest")
    min_peak_frac: Annotated[float, Field(gt=0, lt=1)] = Field(description="and at least this part of the usual repetition")
    max_usual_deg: Degrees = Field(description="larger repetitions say nothing of the usual one")
    min_partial_deg: Degrees = Field(description="a smaller movement is no attempt and is not mentioned")
    min_duration_s: Seconds
    max_duration_s: Seconds
    max_pelvis_shift_frac: Fraction | None = Field(
        None, description="the pelvis stays within this, in shank lengths; left out: it may move (a squat)"
    )
    max_knee_flexion_deg: Degrees | None = Field(None, description="the moving knee stays straighter than this; left out: it may bend")
    min_rest_knee_flexion_deg: Degrees | None = Field(None, description="the knee is bent at least this much at rest; left out: any")
    source: str


class TargetSpec(_Table):
    """How many and how fast."""

    min_reps: Annotated[int, Field(ge=1, le=200)]
    max_reps: Annotated[int, Field(ge=1, le=200)]
    out_s: Seconds
    back_s: Seconds
    source: str

    @model_validator(mode="after")
    def _ordered(self) -> TargetSpec:
        if self.min_reps > self.max_reps:
            raise ValueError(f"min_reps {self.min_reps} is more than max_reps {self.max_reps}")
        return self


class _Rule(_Table):
    code: FaultCode
    message: Sentence
    source: str


class LimitRule(_Rule):
    """The counted angle goes further from rest than a limit."""

    kind: Literal["limit"]
    limit_deg: Degrees
    hold_s: Seconds


class JerkRule(_Rule):
    """The movement is uneven: a burst, a stop, a tremble, judged against the noise of this very clip."""

    kind: Literal["jerk"]
    min_phase_s: Seconds = Field(description="shorter phases are too fast to judge their evenness")
    slow_phase_s: Seconds = Field(description="longer phases are unsteady in everybody and get wider limits")


class PhaseRule(_Rule):
    """A phase is shorter than it should be."""

    kind: Literal["phase"]
    phase: Literal["any", "back"]
    min_s: Seconds
    min_back_to_out: Annotated[float, Field(gt=0, lt=1)] | None = None


class FootRule(_Rule):
    """A foot that should stay on the floor leaves it."""

    kind: Literal["foot"]
    foot: Literal["working", "other"]
    on_frac: Fraction
    off_frac: Fraction
    hold_s: Seconds


class FeetApartRule(_Rule):
    """The feet, which should stay together, come apart."""

    kind: Literal["feet_apart"]
    limit_frac: Fraction
    hold_s: Seconds


class DeviationRule(_Rule):
    """A part that should be still leaves its place at rest."""

    kind: Literal["deviation"]
    channel: Literal["trunk_side_bend", "trunk_forward", "pelvis_hike", "trunk_shortening", "other_knee_shift"]
    limit_deg: Degrees | None = None
    limit_frac: Fraction | None = None
    hold_s: Seconds

    @model_validator(mode="after")
    def _one_limit(self) -> DeviationRule:
        unit = CHANNELS[self.channel]
        wanted, other = (self.limit_deg, self.limit_frac) if unit == "deg" else (self.limit_frac, self.limit_deg)
        if wanted is None or other is not None:
            raise ValueError(f"channel {self.channel!r} is measured in {unit}: give limit_{unit} and nothing else")
        return self

    @property
    def limit(self) -> float:
        """The limit in the unit of the channel."""
        limit = self.limit_deg if self.limit_deg is not None else self.limit_frac
        assert limit is not None
        return limit


FaultRule = Annotated[
    LimitRule | JerkRule | PhaseRule | FootRule | FeetApartRule | DeviationRule,
    Field(discriminator="kind"),
]


class BreathSpec(_Table):
    """How the breath should go with the movement: in on the way out, out on the way back."""

    hold_s: Annotated[float, Field(ge=8, le=60)] = Field(description="no breath for this long is asked about; shorter is a pause")
    hold_message: Sentence
    min_reps: Annotated[int, Field(ge=5, le=200)] = Field(description="nothing is said of the step before this many repetitions were seen")
    in_step_deg: Degrees = Field(description="the breath begins to go in within this of the start of the turn, 360 being a whole breath")
    out_of_step_deg: Degrees = Field(description="further from it than this the breath goes out as the turn begins")
    min_steadiness: Annotated[float, Field(gt=0, lt=1)] = Field(description="length of the mean of the phases: 1 always the same, 0 any")
    out_of_step_steadiness: Annotated[float, Field(gt=0, lt=1)] = Field(description="the same for out of step, which is not said lightly")
    max_drift_deg: Degrees = Field(description="a phase that wanders further over the set belongs to a breath that goes its own way")
    step_message: Sentence
    source: str

    @model_validator(mode="after")
    def _ordered(self) -> BreathSpec:
        if self.in_step_deg >= self.out_of_step_deg:
            raise ValueError(f"in_step_deg {self.in_step_deg:g} is not less than out_of_step_deg {self.out_of_step_deg:g}")
        return self


class NotMeasurable(_Table):
    """A mistake that this exercise's view cannot show, and why."""

    code: FaultCode
    reason: Sentence


class ExerciseSpec(_Table):
    """Everything about one exercise."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
    title: Annotated[str, Field(min_length=3, max_length=80)]
    summary: Sentence
    steps: Annotated[tuple[Sentence, ...], Field(min_length=1)]
    mistakes: tuple[Sentence, ...] = ()
    directions: dict[Annotated[str, Field(pattern=r"^[a-z]+$")], Literal[1, -1]] = Field(
        description="name of each direction to the sign of the angle in it"
    )
    default_direction: str
    view: ViewSpec
    reps: RepSpec
    target: TargetSpec
    faults: tuple[FaultRule, ...] = ()
    not_measurable: tuple[NotMeasurable, ...] = ()
    breath: BreathSpec | None = Field(default=None, description="what is watched of the breath; left out: nothing")
    sources: dict[str, Sentence]

    @model_validator(mode="after")
    def _consistent(self) -> ExerciseSpec:
        if self.default_direction not in self.directions:
            raise ValueError(f"default_direction {self.default_direction!r} is none of {', '.join(self.directions)}")
        tables = [self.view, *self.view.metrics, self.reps, self.target, *self.faults, *([self.breath] if self.breath else [])]
        for table in tables:
            if table.source not in self.sources:
                raise ValueError(f"source {table.source!r} is not an entry of [sources]")
        codes = [rule.code for rule in self.faults if rule.code is not FaultCode.TOO_FAST]
        if len(set(codes)) != len(codes):
            raise ValueError("two rules have the same code")
        return self

    def rule(self, kind: type[LimitRule]) -> LimitRule | None:
        """The first rule of a kind, or None."""
        return next((rule for rule in self.faults if isinstance(rule, kind)), None)
