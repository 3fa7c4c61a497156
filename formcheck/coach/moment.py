"""What goes into the coach: one moment a displayed frame, and what the person does.

All seconds are on one clock, that of ``Moment.time_s``: the capture times of the frames.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from formcheck.coach.choice import Choice, ComfortRange
from formcheck.exercise.session import Fault, FrameResult, NotMeasured, Phase, Rep
from formcheck.motion.breath import BreathNow
from formcheck.motion.landmarks import Side

__all__ = [
    "BLOCKING_HINTS",
    "BreathState",
    "Choose",
    "Discomfort",
    "Earlier",
    "Event",
    "FramingHint",
    "FramingVerdict",
    "LiveState",
    "Moment",
    "RestBaseline",
    "Signal",
    "Unrest",
]


class FramingHint(StrEnum):
    """One thing to change before the camera can measure, in the order in which they are said."""

    NO_PICTURE = "no_picture"
    MORE_LIGHT = "more_light"
    NOBODY = "nobody"
    OTHER_PERSON = "other_person"
    HOLD_UPRIGHT = "hold_upright"
    STEP_BACK = "step_back"
    COME_CLOSER = "come_closer"
    MOVE_TO_MIDDLE = "move_to_middle"
    FEET_IN_VIEW = "feet_in_view"
    LEGS_IN_VIEW = "legs_in_view"
    SIT_DOWN = "sit_down"
    STAND_UP = "stand_up"
    LIE_DOWN = "lie_down"
    TURN_TOWARDS = "turn_towards"
    CAMERA_LOWER = "camera_lower"
    CAMERA_HIGHER = "camera_higher"
    LESS_LIGHT = "less_light"


#: Hints with which nothing at all can be measured: a set that is going on waits. The others are asked for before it only.
BLOCKING_HINTS = frozenset({FramingHint.NO_PICTURE, FramingHint.NOBODY, FramingHint.LEGS_IN_VIEW})


@dataclass(frozen=True, slots=True)
class FramingVerdict:
    """Whether camera and person are where they should be. ``hints`` says what to change, most important first; none: all is well."""

    hints: tuple[FramingHint, ...] = ()

    @property
    def ok(self) -> bool:
        """True when nothing needs to change."""
        return not self.hints

    @property
    def in_sight(self) -> bool:
        """True when the working legs can be followed, be the rest as it may."""
        return not BLOCKING_HINTS.intersection(self.hints)


class Unrest(StrEnum):
    """Why the person does not count as still."""

    NOT_SEEN = "not_seen"
    CAMERA_MOVES = "camera_moves"
    LEG_MOVES = "leg_moves"
    FOOT_MOVES = "foot_moves"
    TRUNK_MOVES = "trunk_moves"
    TOO_NOISY = "too_noisy"


@dataclass(frozen=True, slots=True)
class RestBaseline:
    """What three still seconds taught. Degrees of the counted angle per side; NaN where that leg was not seen.

    Attributes
    ----------
    neutral_deg
        The angle at rest.
    noise_deg
        Standard deviation of the angle at rest: what camera and model add.
    trunk_deg
        Sideways lean of the trunk at rest.
    """

    neutral_deg: Mapping[Side, float] = field(default_factory=dict)
    noise_deg: Mapping[Side, float] = field(default_factory=dict)
    trunk_deg: float = float("nan")


def _nothing_measured() -> dict[Side, float]:
    return dict.fromkeys(Side, float("nan"))


def _unseen() -> dict[Side, Phase]:
    return dict.fromkeys(Side, Phase.UNSEEN)


@dataclass(frozen=True, slots=True)
class BreathState:
    """What the newest reading says of the breath.

    Attributes
    ----------
    now
        The breath at the newest sample.
    trace
        Its level over the last seconds up to then, the oldest first, five values a second; NaN where not measured.
    held
        The breath is being held, long enough to ask about it; None: it is not, or that cannot be told.
    out_of_step
        Over the repetitions of this set that were seen, the breath went the other way round; None: it did not, or that cannot be told.
    """

    now: BreathNow
    trace: tuple[float, ...] = ()
    held: Fault | None = None
    out_of_step: Fault | None = None


@dataclass(frozen=True, slots=True)
class LiveState:
    """What the analysis of the running recording says at this moment.

    Attributes
    ----------
    run
        The ``Want.run`` that this answers. A state of another run is not listened to.
    reps
        All finished movements of this run so far, the counted and the rejected. The list may be revised from one moment to the next.
    faults
        All faults of this run so far; ``Fault.rep`` is the number of the movement, None while it goes on.
    live_faults
        Faults going on at this very moment; ``start_s`` is their onset.
    angle_deg, phase, angle_speed_deg_s
        Per side, as in `FrameResult`: degrees from rest, NaN unseen; the speed in degrees a second.
    still_s
        For how long the person has been still up to now, seconds.
    rest_ok
        True once the stillness is good enough to take a baseline from; `rest` is then set.
    unrest
        Why it is not still, most important first.
    rest
        The baseline of a rest run, when there is one.
    limit_deg
        Per side, the over-rotation limit in force, degrees from rest; NaN where the exercise has none.
    not_measured
        What was looked for and could not be measured.
    breath
        The breath, as the newest reading has it; None when it was not looked at lately.
    """

    run: int = 0
    reps: tuple[Rep, ...] = ()
    faults: tuple[Fault, ...] = ()
    live_faults: tuple[Fault, ...] = ()
    angle_deg: Mapping[Side, float] = field(default_factory=_nothing_measured)
    phase: Mapping[Side, Phase] = field(default_factory=_unseen)
    angle_speed_deg_s: Mapping[Side, float] = field(default_factory=_nothing_measured)
    still_s: float = 0.0
    rest_ok: bool = False
    unrest: tuple[Unrest, ...] = ()
    rest: RestBaseline | None = None
    limit_deg: Mapping[Side, float] = field(default_factory=_nothing_measured)
    not_measured: tuple[NotMeasured, ...] = ()
    breath: BreathState | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """Everything known at one displayed frame.

    Attributes
    ----------
    time_s
        Capture time of the newest frame, seconds. It should increase; a jump is understood as sleep or a changed clock. Not finite: no
        time passes.
    frame
        The newest frame as analysed; None when no new frame came.
    framing
        What the framing check says of it.
    engine
        What the analysis says.
    trouble
        A sentence that names what is wrong with the camera, or None. The session waits while it is set.
    """

    time_s: float
    frame: FrameResult | None = None
    framing: FramingVerdict = FramingVerdict((FramingHint.NO_PICTURE,))
    engine: LiveState = LiveState()
    trouble: str | None = None


class Signal(StrEnum):
    """What the person presses. PAIN is heard in every stage.

    PAUSE pauses, and resumes when paused. SKIP ends what is asked for now: framing, rest, comfortable range, a countdown, or this leg.
    RECALIBRATE takes the rest anew and keeps the count. CONFIRM says yes to what is offered. FINISH goes to the summary with what there
    is, and from there to the end. CAMERA_CHANGED tells that another camera was chosen. CLOSE: the window is being closed.
    """

    PAUSE = "pause"
    RESUME = "resume"
    RECALIBRATE = "recalibrate"
    MUTE = "mute"
    SKIP = "skip"
    CONFIRM = "confirm"
    FINISH = "finish"
    PAIN = "pain"
    CAMERA_CHANGED = "camera_changed"
    CLOSE = "close"


@dataclass(frozen=True)
class Earlier:
    """What a session had come to when it broke off.

    Attributes
    ----------
    done
        Repetitions that were counted, by leg.
    comfort
        The comfortable ranges that were measured, or taken, in it.
    ready
        Legs whose set had begun, or was about to: their range is not asked for again, known or not.
    discomfort_before
        What was answered before it, 0 to 10; None: nothing was.
    """

    done: Mapping[Side | None, int] = field(default_factory=dict)
    comfort: tuple[ComfortRange, ...] = ()
    ready: frozenset[Side | None] = frozenset()
    discomfort_before: int | None = None


@dataclass(frozen=True, slots=True)
class Choose:
    """Begin a session with these settings. Heard in the stage of choosing only.

    ``earlier``: it began before, broke off, and goes on.
    """

    choice: Choice
    earlier: Earlier | None = None


@dataclass(frozen=True, slots=True)
class Discomfort:
    """An answer to how much discomfort there is: 0 none to 10 the worst. Heard in every stage.

    Raises
    ------
    ValueError
        Not a whole number from 0 to 10.
    """

    level: int

    def __post_init__(self) -> None:
        if isinstance(self.level, bool) or not isinstance(self.level, int) or not 0 <= self.level <= 10:
            raise ValueError(f"discomfort must be a whole number from 0 to 10, got {self.level!r}")


Event = Signal | Choose | Discomfort
