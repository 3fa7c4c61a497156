"""What comes out of the coach: what to show, say, store, and what the analysis should do.

A renderer needs nothing but the `Screen`; a voice nothing but the cues; a journal nothing but the records.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from formcheck.coach.records import Record
from formcheck.exercise.session import Phase
from formcheck.motion.landmarks import Side

__all__ = [
    "Breath",
    "BreathMoment",
    "BreathSeen",
    "ChestMove",
    "Correction",
    "Count",
    "Cue",
    "CueKind",
    "Gauge",
    "Guidance",
    "Hint",
    "Hold",
    "Screen",
    "Stage",
    "Task",
    "Tone",
    "Want",
]


class Stage(StrEnum):
    """Where in the session we are. STOPPED is after pain or too much discomfort: there is no way back to a set from it."""

    CHOOSE = "choose"
    FRAMING = "framing"
    REST = "rest"
    OFFER = "offer"
    RANGE = "range"
    SET = "set"
    SWITCH = "switch"
    SUMMARY = "summary"
    STOPPED = "stopped"
    DONE = "done"


class Hold(StrEnum):
    """What keeps a stage waiting where it was."""

    NONE = "none"
    PAUSED = "paused"
    RESUMING = "resuming"
    LOST = "lost"
    CAMERA = "camera"
    GAP = "gap"


class Breath(StrEnum):
    """What the breath pacer suggests."""

    IN = "in"
    OUT = "out"
    REST = "rest"


@dataclass(frozen=True, slots=True)
class BreathMoment:
    """One moment of the breath pacer: ``part`` 0 to 1 of this breath, ``fill`` 0 (empty) to 1 (full) for a ring that grows and shrinks."""

    breath: Breath
    part: float
    fill: float


class ChestMove(StrEnum):
    """What the chest is seen to do."""

    IN = "in"
    OUT = "out"
    PAUSE = "pause"
    HELD = "held"
    UNSEEN = "unseen"


@dataclass(frozen=True, slots=True)
class BreathSeen:
    """The breath as the camera sees it, beside what the pacer suggests.

    ``words`` say ``move``; ``trace`` is the level of the last ten seconds, -1 to 1 in usual breathing and plus is in, the oldest first, NaN
    where it was not measured.
    """

    move: ChestMove
    words: str
    trace: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Count:
    """Repetitions of the leg at work. ``target`` is where the set ends."""

    side: Side | None
    done: int
    target: int


@dataclass(frozen=True, slots=True)
class Gauge:
    """The angle as a gauge, degrees from rest, positive in the counted direction.

    ``angle_deg`` is NaN when not measured, with ``reason``; ``comfort_deg`` and ``limit_deg`` NaN when there is none. ``phase`` is what
    the leg does now.
    """

    angle_deg: float
    comfort_deg: float
    limit_deg: float
    phase: Phase
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """The one thing to do better now. ``text`` is short, to be heard; ``detail`` says more, to be read, with what was measured."""

    code: str
    text: str
    detail: str
    since_s: float


@dataclass(frozen=True, slots=True)
class Hint:
    """A key that does something now: the name of what it does (`Signal` value, or ``mirror``, ``switch_camera``) and the words for it.

    ``keys`` are names to show, the first is the usual one.
    """

    action: str
    keys: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Screen:
    """Everything to show at one moment. Texts are ready to show; None: nothing of that kind now.

    Attributes
    ----------
    stage, hold
        Where we are, and what keeps it waiting.
    title, instruction
        What this stage is, and what to do now.
    detail
        More lines to read: steps, what to change, the summary.
    count, gauge, breath
        The large count, the angle gauge and the phase ring, where the stage has them.
    breath_seen
        The breath as it is seen; None where it is not looked at.
    counts
        All legs of the session in their order, for a small display of both.
    correction
        The one thing to do better, until it is mended.
    notice
        A short passing line: why a repetition did not count, or praise.
    progress
        0 to 1 of what is being waited for, None when there is nothing to wait for.
    remaining_s
        Seconds of a countdown, None without one.
    asks_discomfort
        True while an answer 0 to 10 is asked for.
    advice
        Calm advice after pain or discomfort. Shown above all else.
    hints
        The keys that do something now.
    muted
        True when nothing should be heard.
    elapsed_s
        Seconds of the session that passed, without gaps.
    """

    stage: Stage
    hold: Hold = Hold.NONE
    title: str = ""
    instruction: str = ""
    detail: tuple[str, ...] = ()
    count: Count | None = None
    counts: tuple[Count, ...] = ()
    gauge: Gauge | None = None
    breath: BreathMoment | None = None
    breath_seen: BreathSeen | None = None
    correction: Correction | None = None
    notice: str | None = None
    progress: float | None = None
    remaining_s: float | None = None
    asks_discomfort: bool = False
    advice: str | None = None
    hints: tuple[Hint, ...] = ()
    muted: bool = False
    elapsed_s: float = 0.0


class CueKind(StrEnum):
    """Kinds of things said; each has its own cool-down, see `formcheck.coach.cues`."""

    SAFETY = "safety"
    CORRECTION = "correction"
    REJECTION = "rejection"
    PRAISE = "praise"
    COUNT = "count"
    STAGE = "stage"
    BREATH = "breath"


class Tone(StrEnum):
    """A sound that goes with a cue."""

    NONE = "none"
    COUNT = "count"
    BREATH_IN = "breath_in"
    BREATH_OUT = "breath_out"
    NOTICE = "notice"
    CORRECTION = "correction"
    DONE = "done"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Cue:
    """Something to say or sound once, now.

    Attributes
    ----------
    code
        What it is about; no cue of the same code comes again within ``cool_down_s``.
    text
        The words, empty for a sound alone.
    tone
        The sound that goes with it.
    interrupts
        True when it should cut off what is being said; otherwise it waits, or is dropped when something else is said.
    aloud
        False while muted.
    """

    kind: CueKind
    code: str
    text: str
    tone: Tone = Tone.NONE
    interrupts: bool = False
    aloud: bool = True
    cool_down_s: float = 0.0


class Task(StrEnum):
    """What the analysis should do."""

    IDLE = "idle"
    WATCH = "watch"
    REST = "rest"
    RANGE = "range"
    SET = "set"


@dataclass(frozen=True, slots=True)
class Want:
    """What the analysis should be doing now; said again every moment, so that none is missed.

    Attributes
    ----------
    task
        IDLE nothing; WATCH look for the framing check only; REST, RANGE and SET analyse a recording.
    run
        Grows when a fresh recording should begin. The latest rest baseline stays in force until another rest run gives one.
    side
        The leg at work, None for both at once.
    direction
        The direction that counts; "" before one is chosen.
    limit_deg
        The over-rotation limit in force, degrees from rest; None for the exercise's own.
    held
        True while the session waits: what moves now is not part of it.
    """

    task: Task = Task.IDLE
    run: int = 0
    side: Side | None = None
    direction: str = ""
    limit_deg: float | None = None
    held: bool = False


@dataclass(frozen=True, slots=True)
class Guidance:
    """The answer to one moment."""

    screen: Screen
    cues: tuple[Cue, ...] = ()
    records: tuple[Record, ...] = ()
    want: Want = Want()
