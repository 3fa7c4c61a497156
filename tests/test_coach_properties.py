"""What holds for any person, camera and clock: random frames, presses, movements and mistakes."""

from __future__ import annotations

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from formcheck.coach.choice import choice
from formcheck.coach.guidance import CueKind, Guidance, Hold, Stage, Task
from formcheck.coach.moment import Discomfort, Event, FramingHint, FramingVerdict, Signal, Unrest
from formcheck.coach.records import Finished, RepFinished, record_dict
from formcheck.exercise.session import FaultCode, Phase, Rejection
from formcheck.motion.landmarks import Side
from tests.coaching import BOTH_LEGS_SPEC, FRAME_S, KEPT, SPEC, Rehearsal, a_fault, a_rep

_SIGNALS = [signal for signal in Signal if signal not in (Signal.PAIN, Signal.CLOSE, Signal.FINISH)]
_EVENTS = st.one_of(st.sampled_from(_SIGNALS), st.integers(0, 5).map(Discomfort))
_ENDING = st.sampled_from([Signal.PAIN, Signal.FINISH, Signal.CLOSE, Discomfort(9)])
_FRAMING = st.lists(st.sampled_from(FramingHint), max_size=3).map(lambda hints: FramingVerdict(tuple(hints)))
_ODD_TIME = st.one_of(st.floats(0.0, 1.5), st.floats(-100.0, 200.0), st.sampled_from([0.0, 3600.0, -3600.0, math.nan, math.inf, 1e12]))
_ACTIONS = st.one_of(
    st.tuples(st.just("wait"), st.floats(0.0, 6.0)),
    st.tuples(st.just("press"), _EVENTS),
    st.tuples(st.just("time"), _ODD_TIME),
    st.tuples(st.just("framing"), st.one_of(st.just(FramingVerdict()), _FRAMING)),
    st.tuples(st.just("trouble"), st.sampled_from([None, None, "The camera is busy."])),
    st.tuples(
        st.just("move"), st.tuples(st.floats(0.2, 6.0), st.sampled_from([None, Side.LEFT, Side.RIGHT]), st.sampled_from([None, *Rejection]))
    ),
    st.tuples(st.just("move"), st.tuples(st.just(4.0), st.none(), st.none())),
    st.tuples(st.just("forget"), st.integers(0, 3)),
    st.tuples(st.just("faults"), st.sets(st.sampled_from(FaultCode), max_size=3)),
    st.tuples(st.just("unrest"), st.sampled_from([(), (Unrest.LEG_MOVES,)])),
    st.tuples(st.just("phase"), st.sampled_from(Phase)),
)
_CHOICES = st.sampled_from(
    [
        choice(SPEC, target=4, rest_s=12.0),
        choice(SPEC, target=2, kept=(KEPT,)),
        choice(SPEC, sides=(Side.LEFT,), target=9, measure_range=False, discomfort_before=2),
        choice(BOTH_LEGS_SPEC, target=3),
    ]
)


class Watched(Rehearsal):
    """A rehearsal in which every answer is looked at."""

    def frame(self, events=(), passed_s: float = FRAME_S) -> Guidance:  # type: ignore[no-untyped-def]
        before = {} if self.guidance is None else {count.side: count.done for count in self.screen.counts}
        hold = Hold.NONE if self.guidance is None else self.screen.hold
        run = self.want.run
        time_s = self.time_s
        guidance = super().frame(events, passed_s)
        if not math.isfinite(self.time_s):
            self.time_s = time_s
        self.look_at(guidance, before, run, hold)
        return guidance

    def look_at(self, guidance: Guidance, before: dict[Side | None, int], run: int, hold: Hold) -> None:
        screen = guidance.screen
        for count in screen.counts:
            assert count.done >= before.get(count.side, 0), "a count went down"
        assert guidance.want.run >= run
        assert guidance.want.held is (screen.hold is not Hold.NONE and guidance.want.task is not Task.IDLE) or not screen.counts
        counted = [record for record in guidance.records if isinstance(record, RepFinished) and record.rejected is None]
        assert all(math.isfinite(record.end_s) for record in counted)
        for record in guidance.records:
            assert record_dict(record)["kind"]
        if hold is not Hold.NONE and screen.hold is not Hold.NONE:
            kinds = {cue.kind for cue in guidance.cues}
            assert not kinds & {CueKind.CORRECTION, CueKind.PRAISE, CueKind.BREATH, CueKind.REJECTION}
            assert screen.correction is None and screen.breath is None
        if screen.progress is not None:
            assert 0.0 <= screen.progress <= 1.0
        if screen.remaining_s is not None:
            assert screen.remaining_s >= 0.0
        assert screen.title and (screen.instruction or screen.advice)

    def act(self, name: str, what: object) -> None:
        """One random thing."""
        if name == "wait":
            self.wait(what)  # type: ignore[arg-type]
        elif name == "press":
            self.press(what)  # type: ignore[arg-type]
        elif name == "time":
            self.frame(passed_s=what)  # type: ignore[arg-type]
        elif name == "move":
            self.move(*what)  # type: ignore[misc]
        elif name == "forget":
            self.reps = self.reps[: len(self.reps) - what]  # type: ignore[operator]
        elif name == "faults":
            self.live_faults = tuple(a_fault(code, self.time_s) for code in sorted(what))  # type: ignore[call-overload]
        else:
            setattr(self, name, what)

    def move(self, seconds: float, side: Side | None, rejected: Rejection | None) -> None:
        """A movement, by the leg whose turn it is unless told otherwise."""
        start_s, run = self.time_s, self.want.run
        self.wait(seconds)
        if self.want.run == run and self.time_s > start_s:
            faults = tuple(fault.code for fault in self.live_faults)
            self.reps = (*self.reps, a_rep(start_s, self.time_s, side or self.want.side, rejected=rejected, faults=faults))
        self.frame()


def no_cue_too_soon(session: Rehearsal) -> None:
    last: dict[str, float] = {}
    for now_s, cue in session.said:
        assert cue.cool_down_s > 0
        assert now_s - last.get(cue.code, -math.inf) >= cue.cool_down_s - 1e-9, f"{cue.code} again too soon"
        last[cue.code] = now_s


@given(_CHOICES, st.booleans(), st.lists(_ACTIONS, max_size=40))
@settings(max_examples=120, deadline=None)
def test_counts_never_go_down_and_no_cue_repeats_within_its_cool_down(settings_, well_begun, actions) -> None:
    session = Watched(settings_)
    if well_begun:
        session.go_to(Stage.SET)
    else:
        session.begin()
    for name, what in actions:
        session.act(name, what)
    no_cue_too_soon(session)
    done = {name: values["count"] for name, values in session.coach.summary.values["legs"].items()}
    stored = [record for record in session.of(RepFinished) if record.stage == "set" and record.rejected is None]
    for leg in {record.side for record in stored}:
        assert [record.number for record in stored if record.side == leg] == list(range(1, done[leg] + 1))
    assert all(done[leg] == 0 for leg in done if leg not in {record.side for record in stored})


@given(_CHOICES, st.lists(_ACTIONS, max_size=15), _ENDING, st.lists(st.one_of(_ACTIONS), max_size=8))
@settings(max_examples=60, deadline=None)
def test_an_ending_ends_whatever_came_before_and_comes_after(settings_, before, ending: Event, after) -> None:
    session = Watched(settings_)
    session.begin()
    for name, what in before:
        session.act(name, what)
    was = session.stage
    session.press(ending)
    if ending is Signal.PAIN or isinstance(ending, Discomfort):
        assert session.stage is (Stage.STOPPED if was not in (Stage.SUMMARY, Stage.DONE) else was)
        assert session.screen.advice or was is Stage.DONE
    elif ending is Signal.FINISH:
        assert session.stage is (Stage.SUMMARY if was not in (Stage.SUMMARY, Stage.DONE) else Stage.DONE)
    else:
        assert session.stage is Stage.DONE
    counts = session.screen.counts
    for name, what in after:
        session.act(name, what)
    assert session.stage in (Stage.SUMMARY, Stage.STOPPED, Stage.DONE) and session.screen.counts == counts
    assert session.want.task is Task.IDLE
    session.press(Signal.CLOSE)
    assert len(session.of(Finished)) == 1
    no_cue_too_soon(session)


@given(st.lists(st.tuples(st.floats(0.0, 5.0), st.sampled_from(["lost", "camera", "pause", "sleep", "back"])), max_size=6))
@settings(max_examples=40, deadline=None)
def test_no_wait_makes_or_loses_a_repetition(waits) -> None:
    session = Watched(choice(SPEC, sides=(Side.RIGHT,), target=30 if SPEC.target.max_reps >= 30 else SPEC.target.max_reps))
    session.go_to(Stage.SET)
    session.rep()
    for seconds, why in waits:
        run, start_s = session.want.run, session.time_s
        session.wait(seconds)
        _interrupt(session, why)
        if session.want.run == run:
            session.reps = (*session.reps, a_rep(start_s, session.time_s))
        session.frame()
        assert session.count == 1
        _restore(session)
        assert session.screen.hold is Hold.NONE and session.stage is Stage.SET and session.count == 1
    session.rep()
    assert session.count == 2


def _interrupt(session: Rehearsal, why: str) -> None:
    if why == "lost":
        session.framing = FramingVerdict((FramingHint.NOBODY,))
        session.wait(1.5)
    elif why == "camera":
        session.trouble = "The camera is frozen."
        session.wait(0.5)
    elif why == "pause":
        session.press(Signal.PAUSE)
        session.wait(0.5)
    else:
        session.frame(passed_s=500.0 if why == "sleep" else -20.0)
        session.wait(0.5)


def _restore(session: Rehearsal) -> None:
    session.framing, session.trouble = FramingVerdict(), None
    session.wait(1.2)
    if session.screen.hold in (Hold.PAUSED, Hold.GAP):
        session.press(Signal.RESUME)
    session.wait(3.5)
