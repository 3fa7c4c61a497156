"""A made-up person before a made-up camera, for the coach: time, sight, movements and mistakes are what a test says they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from formcheck.coach.choice import Choice, ComfortRange, choice
from formcheck.coach.guidance import Cue, CueKind, Guidance, Screen, Stage, Want
from formcheck.coach.machine import Coach
from formcheck.coach.moment import (
    BreathState,
    Choose,
    Event,
    FramingHint,
    FramingVerdict,
    LiveState,
    Moment,
    RestBaseline,
    Unrest,
)
from formcheck.coach.records import Record
from formcheck.exercise.library import load
from formcheck.exercise.session import Fault, FaultCode, NotMeasured, Phase, Rejection, Rep, Smoothness
from formcheck.motion.landmarks import Side

FRAME_S = 1 / 20
GOOD = FramingVerdict()
GONE = FramingVerdict((FramingHint.NOBODY,))
EVEN = Smoothness(1.2, 0.8, -3.0, 0.01)
KEPT = ComfortRange(Side.RIGHT, 22.0)
SPEC = load("hip-internal-rotation")
BOTH_LEGS_SPEC = load("banded-seated-hip-abduction")


def one_leg(**given: object) -> Choice:
    """A session of the right leg alone."""
    return choice(SPEC, sides=(Side.RIGHT,), **({"target": 3} | given))


def a_rep(
    start_s: float,
    end_s: float,
    side: Side | None = Side.RIGHT,
    *,
    faults: tuple[FaultCode, ...] = (),
    rejected: Rejection | None = None,
    range_deg: float = 20.0,
    range_pm_deg: float = 4.0,
    clean_deg: float = float("nan"),
    smoothness: Smoothness = EVEN,
) -> Rep:
    """A movement of the analysis."""
    half = (end_s - start_s) / 2
    peak_s = start_s + half
    return Rep(
        1, side, "inward", start_s, peak_s, end_s, range_deg, 2.0, range_deg, half, 0.0, half, 20.0, smoothness, rejected, faults,
        clean_range_deg=clean_deg, range_pm_deg=range_pm_deg,
    )  # fmt: skip


def a_fault(code: FaultCode, start_s: float, end_s: float | None = None, rep: int | None = None, side: str = "right") -> Fault:
    """A mistake; one that goes on has no movement yet."""
    return Fault(code, "fault", side, rep, start_s, end_s if end_s is not None else start_s, 31.0, 25.0, "deg", "That was too much.")


@dataclass
class Rehearsal:
    """Drives a coach, and keeps all it said."""

    choice: Choice = field(default_factory=one_leg)
    time_s: float = 100.0
    framing: FramingVerdict = GOOD
    trouble: str | None = None
    still_s: float = 0.0
    keeps_still: bool = True
    unrest: tuple[Unrest, ...] = ()
    phase: Phase = Phase.REST
    live_faults: tuple[Fault, ...] = ()
    faults: tuple[Fault, ...] = ()
    not_measured: tuple[NotMeasured, ...] = ()
    reps: tuple[Rep, ...] = ()
    breath: BreathState | None = None
    coach: Coach = field(default_factory=Coach)
    want: Want = field(default_factory=Want)
    guidance: Guidance | None = None
    said: list[tuple[float, Cue]] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)

    @property
    def screen(self) -> Screen:
        assert self.guidance is not None
        return self.guidance.screen

    @property
    def stage(self) -> Stage:
        return self.coach.stage

    @property
    def count(self) -> int:
        """What the set of the leg has come to."""
        count = self.screen.count
        assert count is not None
        return count.done

    def codes(self, kind: CueKind | None = None) -> list[str]:
        """Codes of what was said, in order."""
        return [cue.code for _, cue in self.said if kind is None or cue.kind is kind]

    def of(self, kind: type) -> list:
        """Records of one kind."""
        return [record for record in self.records if isinstance(record, kind)]

    def state(self) -> LiveState:
        """What the analysis says now."""
        phase = dict.fromkeys(Side, self.phase)
        rest = RestBaseline({Side.RIGHT: 1.0}, {Side.RIGHT: 0.3}, 2.0)
        return LiveState(
            run=self.want.run,
            reps=self.reps,
            faults=self.faults,
            live_faults=self.live_faults,
            angle_deg=dict.fromkeys(Side, 12.0),
            phase=phase,
            still_s=self.still_s,
            rest_ok=self.still_s >= 3.0,
            unrest=self.unrest,
            rest=rest if self.still_s >= 3.0 else None,
            limit_deg=dict.fromkeys(Side, 30.0),
            not_measured=self.not_measured,
            breath=self.breath,
        )

    def frame(self, events: Sequence[Event] = (), passed_s: float = FRAME_S) -> Guidance:
        """One frame."""
        self.time_s += passed_s
        self.still_s = self.still_s + max(0.0, passed_s) if self.keeps_still and not self.unrest else 0.0
        before = self.want
        self.guidance = self.coach.advance(Moment(self.time_s, None, self.framing, self.state(), self.trouble), events)
        self.want = self.guidance.want
        if self.want.run != before.run:
            self.reps, self.faults, self.live_faults, self.still_s = (), (), (), 0.0
        self.said += [(self.screen.elapsed_s, cue) for cue in self.guidance.cues]
        self.records += self.guidance.records
        return self.guidance

    def press(self, *events: Event) -> Guidance:
        """Events, heard at one frame."""
        return self.frame(events)

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        for _ in range(round(seconds / FRAME_S)):
            self.frame()

    def until(self, stage: Stage, at_most_s: float = 60.0) -> float:
        """Wait for a stage; seconds that took."""
        start_s = self.time_s
        while self.stage is not stage:
            assert self.time_s - start_s < at_most_s, f"still {self.stage} after {at_most_s} s"
            self.frame()
        return self.time_s - start_s

    def rep(self, seconds: float = 4.0, late_s: float = 0.2, **given: object) -> None:
        """Make a movement, which the analysis tells of a little late."""
        start_s, stage = self.time_s, self.stage
        side = given.pop("side", self.want.side)
        self.wait(seconds)
        end_s = self.time_s
        self.wait(late_s)
        assert self.stage is stage
        self.reps = (*self.reps, a_rep(start_s, end_s, side, **given))  # type: ignore[arg-type]
        self.frame()
        if self.stage is stage:
            self.wait(0.5)

    def begin(self) -> None:
        """Choose."""
        self.press(Choose(self.choice))

    def go_to(self, stage: Stage) -> None:
        """Come to a stage in the usual way."""
        if stage is Stage.OFFER:
            self.choice = replace(self.choice, kept=(KEPT,))
        self.frame()
        ways = {Stage.CHOOSE: self.begin, Stage.RANGE: self.measure, Stage.SET: self.finish_leg}
        for _ in range(100):
            if self.stage is stage:
                return
            before = self.stage
            ways.get(before, lambda: None)()
            while self.stage is before:
                self.frame()
        raise AssertionError(f"never came to {stage}")

    def measure(self) -> None:
        """Movements until the comfortable range is known."""
        while self.stage is Stage.RANGE:
            self.rep()

    def finish_leg(self) -> None:
        """All repetitions of this leg."""
        while self.stage is Stage.SET:
            self.rep()


def two_legs(target: int = 3, **given: object) -> Choice:
    """Right, then left."""
    return choice(SPEC, target=target, **given)
