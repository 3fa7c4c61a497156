"""What a running session remembers, and how it speaks and writes: shared by the parts of the machine, seen by nobody else."""

from __future__ import annotations

from dataclasses import dataclass, field

from formcheck.coach import words
from formcheck.coach.breathing import BreathPacer
from formcheck.coach.choice import Choice, ComfortRange, side_name
from formcheck.coach.cues import Corrections, Ledger, Praise
from formcheck.coach.guidance import BreathMoment, Cue, CueKind, Hold, Stage, Task, Tone
from formcheck.coach.moment import LiveState, Moment
from formcheck.coach.questions import Questions
from formcheck.coach.records import CueGiven, Record, StageChanged
from formcheck.coach.tally import Tally
from formcheck.exercise.session import Fault
from formcheck.exercise.spec import FeetApartRule
from formcheck.motion.landmarks import Side

__all__ = ["RECORDING_STAGES", "SIGHT_STAGES", "WORK_STAGES", "SessionState"]

#: Stages in which movements are looked at, in which the person must be seen, and in which the analysis keeps a recording.
WORK_STAGES = frozenset({Stage.RANGE, Stage.SET})
SIGHT_STAGES = frozenset({Stage.REST, Stage.RANGE, Stage.SET})
RECORDING_STAGES = SIGHT_STAGES
TASK_OF: dict[Stage, Task] = {
    Stage.FRAMING: Task.WATCH,
    Stage.OFFER: Task.WATCH,
    Stage.REST: Task.REST,
    Stage.RANGE: Task.RANGE,
    Stage.SET: Task.SET,
}
NOTICE_S = 4.0
_STORED_CUES = frozenset({CueKind.SAFETY, CueKind.CORRECTION, CueKind.REJECTION, CueKind.PRAISE})


@dataclass
class SessionState:
    """Everything that changes while a session goes on."""

    choice: Choice | None = None
    stage: Stage = Stage.CHOOSE
    leg: int = 0
    run: int = 0
    now_s: float = 0.0
    time_s: float = 0.0
    dt_s: float = 0.0
    moment: Moment = field(default_factory=lambda: Moment(0.0))

    hold: Hold = Hold.NONE
    after_rest: Stage | None = None
    good_s: float = 0.0
    bad_s: float = 0.0
    remaining_s: float = 0.0

    tally: Tally = field(default_factory=Tally)
    range_tally: Tally = field(default_factory=Tally)
    range_deg: list[float] = field(default_factory=list)
    comfort: dict[Side | None, ComfortRange] = field(default_factory=dict)
    unmeasured: set[str] = field(default_factory=set)
    limits_seen: set[float] = field(default_factory=set)
    faults: list[tuple[int, Fault]] = field(default_factory=list)

    ledger: Ledger = field(default_factory=Ledger)
    corrections: Corrections = field(default_factory=Corrections)
    praise: Praise = field(default_factory=Praise)
    questions: Questions = field(default_factory=Questions)
    pacer: BreathPacer | None = None
    breath: BreathMoment | None = None

    muted: bool = False
    asks: bool = False
    discomfort_before: int | None = None
    discomfort_after: int | None = None
    advice: str | None = None
    ended: str | None = None
    notice: str | None = None
    notice_until_s: float = 0.0

    cues: list[Cue] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)

    @property
    def side(self) -> Side | None:
        """The leg at work; None for both at once, and before a choice."""
        return self.choice.sides[self.leg] if self.choice is not None else None

    @property
    def side_word(self) -> str | None:
        """left, right or both; None before a choice."""
        return side_name(self.side) if self.choice is not None else None

    @property
    def engine(self) -> LiveState | None:
        """What the analysis says of the running recording, or None when it speaks of another one."""
        engine = self.moment.engine
        return engine if engine.run == self.run and self.stage in RECORDING_STAGES else None

    @property
    def limit_deg(self) -> float | None:
        """The limit in force by choice or by the comfortable range, None for the exercise's own."""
        if self.choice is None or self.choice.limit_deg is not None:
            return self.choice.limit_deg if self.choice is not None else None
        comfort = self.comfort.get(self.side)
        return comfort.limit_deg if comfort is not None and self.stage is Stage.SET else None

    @property
    def work_tally(self) -> Tally:
        """The count of the stage: that of the set, or of the comfortable range."""
        return self.range_tally if self.stage is Stage.RANGE else self.tally

    @property
    def leg_complete(self) -> bool:
        """True when the leg at work has come to its target."""
        return self.choice is not None and self.tally.count(self.side) >= self.choice.target

    def start(self, choice: Choice) -> None:
        """Take over what was chosen."""
        self.choice = choice
        self.pacer = BreathPacer(choice.out_s, choice.back_s)
        self.corrections.feet_apart = any(isinstance(rule, FeetApartRule) for rule in choice.spec.faults)

    def say(
        self,
        kind: CueKind,
        code: str,
        text: str,
        tone: Tone = Tone.NONE,
        *,
        interrupts: bool = False,
        cool_down_s: float | None = None,
    ) -> bool:
        """Say something unless its cool-down lasts; True when it was said."""
        cue = self.ledger.give(self.now_s, kind, code, text, tone, interrupts=interrupts, cool_down_s=cool_down_s)
        self.take(cue)
        return cue is not None

    def take(self, cue: Cue | None) -> None:
        """Add a cue to the answer, and to the records when it is worth keeping."""
        if cue is None:
            return
        self.cues.append(cue)
        if cue.kind in _STORED_CUES:
            self.records.append(CueGiven(self.time_s, cue.kind.value, cue.code, cue.text))

    def show(self, notice: str) -> None:
        """Show a passing line."""
        self.notice, self.notice_until_s = notice, self.now_s + NOTICE_S

    def enter(self, stage: Stage) -> None:
        """Begin a stage. A recording stage begins a fresh run."""
        self.stage = stage
        self.good_s = self.bad_s = 0.0
        self.corrections.reset()
        self.breath = None
        if self.pacer is not None:
            self.pacer.stop()
        if stage in RECORDING_STAGES:
            self.fresh_run(None)
        at_work = stage not in (Stage.SUMMARY, Stage.STOPPED, Stage.DONE, Stage.CHOOSE)
        self.records.append(StageChanged(self.time_s, stage.value, self.side_word if at_work else None, self.run))

    def fresh_run(self, held_from_s: float | None) -> None:
        """Ask for a new recording: a stage began, or the clock went back."""
        self.run += 1
        self.tally.new_run(held_from_s)
        self.range_tally.new_run(held_from_s)

    def spoken_stage(self, text: str, tone: Tone = Tone.NOTICE) -> None:
        """Say what begins now."""
        self.say(CueKind.STAGE, f"stage.{self.stage.value}", text, tone)

    def title(self) -> str:
        """Headline of the stage."""
        if self.stage is Stage.SET and self.choice is not None:
            return words.set_title(self.side, self.tally.count(self.side), self.choice.target)
        return words.TITLES[self.stage]
