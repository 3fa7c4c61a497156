"""Pain and discomfort: what ends a set, at every stage and in every wait."""

from __future__ import annotations

import pytest

from formcheck.coach.guidance import CueKind, Hold, Stage, Task, Tone
from formcheck.coach.moment import Discomfort, Event, Signal
from formcheck.coach.records import DiscomfortGiven, Finished, PainStop
from formcheck.errors import UsageError
from tests.coaching import GONE, Rehearsal, one_leg, two_legs

RUNNING = [Stage.FRAMING, Stage.REST, Stage.OFFER, Stage.RANGE, Stage.SET, Stage.SWITCH]


def hold(session: Rehearsal, why: Hold) -> None:
    """Make a session wait."""
    if why is Hold.PAUSED:
        session.press(Signal.PAUSE)
    elif why is Hold.RESUMING:
        session.press(Signal.PAUSE)
        session.press(Signal.RESUME)
    elif why is Hold.LOST:
        session.framing = GONE
        session.wait(1.5)
    elif why is Hold.CAMERA:
        session.trouble = "The camera was pulled out."
        session.frame()
    elif why is Hold.GAP:
        session.frame(passed_s=20.0)
    assert session.screen.hold is why


def stopped(session: Rehearsal, reason: str) -> None:
    """Everything has ended, with advice alone."""
    screen = session.screen
    assert session.guidance is not None
    assert session.stage is Stage.STOPPED and screen.hold is Hold.NONE and screen.advice
    assert [(cue.kind, cue.tone, cue.interrupts) for cue in session.guidance.cues] == [(CueKind.SAFETY, Tone.STOP, True)]
    assert session.want.task is Task.IDLE and not session.want.held
    assert screen.gauge is None and screen.correction is None and screen.count is None and not screen.asks_discomfort
    assert [end.reason for end in session.of(Finished)] == [reason]


@pytest.mark.parametrize("stage", RUNNING)
def test_pain_stops_every_stage_at_once(stage: Stage) -> None:
    session = Rehearsal(two_legs())
    session.go_to(stage)
    session.press(Signal.PAIN)
    stopped(session, "pain")
    (pain,) = session.of(PainStop)
    assert (pain.stage, pain.side, pain.time_s) == (stage.value, "right", session.time_s)


@pytest.mark.parametrize("why", [Hold.PAUSED, Hold.RESUMING, Hold.LOST, Hold.CAMERA, Hold.GAP])
@pytest.mark.parametrize("stage", [Stage.REST, Stage.RANGE, Stage.SET])
def test_pain_is_heard_while_the_session_waits(stage: Stage, why: Hold) -> None:
    session = Rehearsal()
    session.go_to(stage)
    hold(session, why)
    session.press(Signal.PAIN)
    stopped(session, "pain")


def test_pain_is_heard_before_a_choice_and_blocks_it() -> None:
    session = Rehearsal()
    session.press(Signal.PAIN)
    assert session.stage is Stage.STOPPED and session.screen.advice
    session.begin()
    assert session.stage is Stage.STOPPED


def test_pain_is_heard_when_the_clock_stands_still_or_is_broken() -> None:
    for passed_s in (0.0, -5.0, 1e9, float("nan")):
        session = Rehearsal()
        session.go_to(Stage.SET)
        session.frame([Signal.PAIN], passed_s)
        assert session.stage is Stage.STOPPED and session.guidance is not None and session.guidance.cues[-1].kind is CueKind.SAFETY


def test_pain_at_the_summary_gives_advice_and_keeps_the_summary() -> None:
    session = Rehearsal()
    session.go_to(Stage.SUMMARY)
    session.press(Signal.PAIN)
    assert session.stage is Stage.SUMMARY and session.screen.advice and session.screen.detail and session.of(PainStop)[0].side is None
    assert session.said[-1][1].kind is CueKind.SAFETY
    session.press(Discomfort(9), Signal.FINISH)
    (end,) = session.of(Finished)
    assert end.reason == "pain"


def test_nothing_more_is_said_or_counted_after_a_stop() -> None:
    session = Rehearsal(one_leg(target=9))
    session.go_to(Stage.SET)
    session.rep()
    session.press(Signal.PAIN)
    said, records = len(session.said), len(session.records)
    for signal in (Signal.PAUSE, Signal.RESUME, Signal.SKIP, Signal.RECALIBRATE, Signal.CAMERA_CHANGED, Signal.PAIN):
        session.press(signal)
    session.rep(side=session.choice.sides[0])
    session.frame(passed_s=300.0)
    assert session.stage is Stage.STOPPED and (len(session.said), len(session.records)) == (said, records)
    assert session.screen.counts[0].done == 1 and session.screen.advice


@pytest.mark.parametrize("signal", [Signal.FINISH, Signal.CONFIRM, Signal.CLOSE])
def test_from_a_stop_there_is_only_the_end(signal: Signal) -> None:
    session = Rehearsal()
    session.go_to(Stage.SET)
    session.press(Signal.PAIN)
    session.press(signal)
    assert session.stage is Stage.DONE and [end.reason for end in session.of(Finished)] == ["pain"] and session.screen.advice


def test_pain_wins_over_all_else_of_the_same_moment() -> None:
    session = Rehearsal(one_leg(target=1))
    session.go_to(Stage.SET)
    session.reps = ()
    session.press(Signal.MUTE, Signal.RECALIBRATE, Signal.PAIN, Signal.SKIP, Discomfort(9))
    stopped(session, "pain")


@pytest.mark.parametrize("stage", RUNNING)
@pytest.mark.parametrize(
    ("before", "now", "stops"),
    [
        (None, 7, True),
        (None, 6, False),
        (None, 10, True),
        (4, 7, True),
        (3, 6, True),
        (3, 5, False),
        (0, 3, True),
        (0, 2, False),
        (6, 6, False),
    ],
)
def test_much_or_growing_discomfort_ends_the_session_with_advice(stage: Stage, before: int | None, now: int, stops: bool) -> None:
    session = Rehearsal(two_legs(discomfort_before=before))
    session.go_to(stage)
    session.press(Discomfort(now))
    assert session.of(DiscomfortGiven)[-1].when == stage.value
    if stops:
        stopped(session, "discomfort")
    else:
        assert session.stage is stage and session.screen.advice is None


@pytest.mark.parametrize(("level", "stops"), [(6, False), (7, True), (10, True)])
@pytest.mark.parametrize("asked", [True, False])
def test_much_discomfort_before_is_a_day_to_rest(level: int, stops: bool, asked: bool) -> None:
    session = Rehearsal(one_leg() if asked else one_leg(discomfort_before=level))
    if asked:
        session.press(Discomfort(level))
    session.begin()
    assert session.stage is (Stage.STOPPED if stops else Stage.FRAMING)
    assert (session.screen.advice is not None) is stops
    assert [(given.level, given.when) for given in session.of(DiscomfortGiven)] == [(level, "before")]


def test_discomfort_after_the_session_gives_advice_and_is_stored() -> None:
    session = Rehearsal(one_leg(discomfort_before=1))
    session.go_to(Stage.SUMMARY)
    assert session.screen.asks_discomfort
    session.press(Discomfort(4))
    assert session.stage is Stage.SUMMARY and session.screen.advice and not session.screen.asks_discomfort
    session.press(Signal.FINISH)
    (end,) = session.of(Finished)
    assert (end.summary["discomfort_before"], end.summary["discomfort_after"], end.reason) == (1, 4, "discomfort")


def test_little_discomfort_after_is_stored_without_advice() -> None:
    session = Rehearsal(one_leg(discomfort_before=1))
    session.go_to(Stage.SUMMARY)
    session.press(Discomfort(1))
    assert session.screen.advice is None and session.coach.summary.values["discomfort_after"] == 1


@pytest.mark.parametrize("after", [[Signal.PAIN], []])
def test_an_answer_after_a_stop_or_the_end_changes_nothing(after: list[Event]) -> None:
    session = Rehearsal()
    session.go_to(Stage.SET if after else Stage.SUMMARY)
    session.press(*(after or [Signal.FINISH]))
    said = len(session.said)
    session.press(Discomfort(9))
    assert session.stage is (Stage.STOPPED if after else Stage.DONE) and len(session.said) == said


@pytest.mark.parametrize("level", [-1, 11, 3.0, True, "3", None])
def test_an_answer_off_the_scale_is_refused(level: object) -> None:
    with pytest.raises(ValueError, match="0 to 10"):
        Discomfort(level)  # type: ignore[arg-type]
    if level is not None:
        with pytest.raises(UsageError, match="0 \\(none\\) to 10"):
            one_leg(discomfort_before=level)


@pytest.mark.parametrize("stage", [*RUNNING, Stage.SUMMARY])
def test_the_key_for_pain_is_shown_first(stage: Stage) -> None:
    session = Rehearsal(two_legs())
    session.go_to(stage)
    assert session.screen.hints[0].action == "pain" and session.screen.hints[0].keys == ("P", "Esc")
