"""What makes a session wait, and that it goes on where it was, without repetitions being made."""

from __future__ import annotations

import math

import pytest

from formcheck.coach.guidance import Hold, Stage
from formcheck.coach.moment import FramingHint, FramingVerdict, Signal
from formcheck.coach.records import FaultSeen, Paused, RepFinished, Resumed
from formcheck.exercise.session import FaultCode, Rejection
from formcheck.motion.landmarks import Side
from tests.coaching import FRAME_S, GONE, GOOD, Rehearsal, a_fault, a_rep, one_leg, two_legs

AT_WORK = [Stage.RANGE, Stage.SET]
SEEN_STAGES = [Stage.REST, *AT_WORK]
TROUBLE = "The camera was pulled out. Plug it in again."


def at(stage: Stage) -> Rehearsal:
    """A session in a stage; in a set after one repetition."""
    session = Rehearsal(two_legs(target=9) if stage is not Stage.SWITCH else two_legs(target=1))
    session.go_to(stage)
    if stage is Stage.SET:
        session.rep()
    return session


def made_meanwhile(session: Rehearsal, start_s: float) -> None:
    """The analysis tells of a movement from a time up to now."""
    session.reps = (*session.reps, a_rep(start_s, session.time_s - FRAME_S, session.want.side))


# Lost sight


@pytest.mark.parametrize("stage", SEEN_STAGES)
def test_out_of_sight_waits_after_a_second_and_goes_on_by_itself(stage: Stage) -> None:
    session = at(stage)
    session.keeps_still = False
    session.framing = GONE
    session.wait(0.9)
    assert session.screen.hold is Hold.NONE
    session.wait(0.2)
    assert session.screen.hold is Hold.LOST and session.want.held and "hold.lost" in session.codes()
    assert "count is kept" in session.screen.instruction
    session.wait(300)
    assert session.stage is stage and session.screen.hold is Hold.LOST
    session.framing = GOOD
    session.wait(0.8)
    assert session.screen.hold is Hold.LOST
    session.wait(0.4)
    assert session.screen.hold is Hold.NONE and session.stage is stage and "found" in session.codes() and not session.want.held
    assert [paused.why for paused in session.of(Paused)] == ["lost"] and len(session.of(Resumed)) == 1


def test_a_hand_before_the_knee_is_no_loss() -> None:
    session = at(Stage.SET)
    for _ in range(5):
        session.framing = GONE
        session.wait(0.8)
        session.framing = GOOD
        session.wait(0.2)
    assert session.screen.hold is Hold.NONE and not session.of(Paused)


def test_a_hint_that_does_not_block_does_not_stop_a_set() -> None:
    session = at(Stage.SET)
    session.framing = FramingVerdict((FramingHint.TURN_TOWARDS, FramingHint.LESS_LIGHT))
    session.wait(10)
    assert session.screen.hold is Hold.NONE
    session.rep()
    assert session.count == 2


def test_where_nobody_needs_to_be_seen_nobody_is_lost() -> None:
    for stage in (Stage.OFFER, Stage.SWITCH):
        session = at(stage)
        session.framing = GONE
        session.wait(3)
        assert session.screen.hold is Hold.NONE and session.stage is stage


@pytest.mark.parametrize("stage", AT_WORK)
def test_a_movement_that_reaches_into_a_wait_does_not_count(stage: Stage) -> None:
    session = at(stage)
    before = session.count
    start_s = session.time_s
    session.framing = GONE
    session.wait(3)
    made_meanwhile(session, start_s)
    session.frame()
    session.framing = GOOD
    session.wait(2)
    assert session.count == before and session.of(RepFinished)[-1].rejected == "held"
    session.rep()
    assert session.count == before + 1


def test_a_movement_finished_before_the_wait_counts_though_told_of_in_it() -> None:
    session = at(Stage.SET)
    start_s = session.time_s
    session.wait(4)
    movement = a_rep(start_s, session.time_s)
    session.press(Signal.PAUSE)
    session.wait(0.3)
    session.reps = (*session.reps, movement)
    session.frame()
    assert session.screen.hold is Hold.PAUSED and session.count == 2


def test_why_a_movement_did_not_count_is_not_said_into_a_pause() -> None:
    session = at(Stage.SET)
    movement = a_rep(session.time_s - 0.5, session.time_s, rejected=Rejection.TOO_SHORT)
    session.press(Signal.PAUSE)
    session.reps = (*session.reps, movement)
    session.wait(0.2)
    assert session.of(RepFinished)[-1].rejected == "too_short"
    assert "rejected.too_short" not in session.codes() and session.screen.notice is None


# Camera


@pytest.mark.parametrize("stage", [*SEEN_STAGES, Stage.OFFER])
def test_a_camera_in_trouble_is_named_and_waited_for(stage: Stage) -> None:
    session = at(stage)
    session.keeps_still = False
    session.trouble = TROUBLE
    session.frame()
    assert session.screen.hold is Hold.CAMERA and session.screen.instruction == TROUBLE and session.want.held
    assert any(hint.action == "switch_camera" for hint in session.screen.hints)
    session.wait(120)
    assert session.stage is stage and session.screen.hold is Hold.CAMERA
    session.trouble = None
    session.wait(1.2)
    assert session.screen.hold is Hold.NONE and session.stage is stage


def test_a_camera_that_fails_while_nobody_is_there_is_named_and_so_is_the_empty_chair() -> None:
    session = at(Stage.SET)
    session.framing = FramingVerdict((FramingHint.NO_PICTURE,))
    session.wait(1.5)
    assert session.screen.hold is Hold.LOST
    session.trouble = TROUBLE
    session.frame()
    assert session.screen.hold is Hold.CAMERA and session.screen.instruction == TROUBLE
    session.trouble, session.framing = None, GONE
    session.wait(0.5)
    assert session.screen.hold is Hold.CAMERA, "the pose model may need a moment"
    session.wait(1)
    assert session.screen.hold is Hold.LOST
    session.framing = GOOD
    session.wait(1.2)
    assert session.screen.hold is Hold.NONE and session.count == 1


@pytest.mark.parametrize("stage", [Stage.SET, Stage.SWITCH])
def test_trouble_is_named_whatever_else_is_waited_for(stage: Stage) -> None:
    session = at(stage)
    session.press(Signal.PAUSE)
    session.trouble = TROUBLE
    session.frame()
    assert session.screen.hold is Hold.PAUSED and TROUBLE in session.screen.detail


def test_taking_the_kept_range_under_camera_trouble_counts_nothing() -> None:
    session = at(Stage.OFFER)
    session.trouble = TROUBLE
    session.frame()
    session.press(Signal.CONFIRM)
    assert session.stage is Stage.SET and session.screen.hold is Hold.CAMERA
    start_s = session.time_s
    session.wait(4)
    made_meanwhile(session, start_s)
    session.frame()
    assert session.count == 0


def test_measuring_the_range_again_under_camera_trouble_counts_nothing() -> None:
    session = at(Stage.OFFER)
    session.trouble = TROUBLE
    session.frame()
    session.press(Signal.RECALIBRATE)
    assert session.stage is Stage.RANGE and session.screen.hold is Hold.CAMERA
    start_s = session.time_s
    session.wait(4)
    made_meanwhile(session, start_s)
    session.frame()
    assert session.count == 0 and session.of(RepFinished)[-1].rejected == "held"


# Gaps


@pytest.mark.parametrize("stage", SEEN_STAGES)
@pytest.mark.parametrize("passed_s", [1.5, 20.0, -0.5, -30.0])
def test_a_short_gap_waits_and_goes_on_by_itself(stage: Stage, passed_s: float) -> None:
    session = at(stage)
    session.keeps_still = False
    counted = session.screen.counts[0].done
    session.frame(passed_s=passed_s)
    assert session.screen.hold is Hold.GAP and session.stage is stage
    start_s = session.time_s
    while session.screen.hold is Hold.GAP:
        session.frame()
    assert session.screen.hold is Hold.RESUMING and session.time_s - start_s == pytest.approx(3.0, abs=0.2)
    session.wait(3.2)
    assert session.screen.hold is Hold.NONE and session.screen.counts[0].done == counted and session.stage is stage


@pytest.mark.parametrize("passed_s", [61.0, 8 * 3600.0, 1e300, -3600.0])
def test_a_long_gap_waits_for_a_key(passed_s: float) -> None:
    session = at(Stage.SET)
    before_s = session.screen.elapsed_s
    session.frame(passed_s=passed_s)
    session.time_s = session.time_s if abs(session.time_s) < 1e9 else 5000.0
    session.wait(30)
    assert session.screen.hold is Hold.GAP and "Space" in session.screen.instruction and session.count == 1
    session.press(Signal.PAUSE)
    session.wait(3.2)
    assert session.screen.hold is Hold.NONE and session.count == 1
    assert session.screen.elapsed_s == pytest.approx(before_s + 33.2, abs=0.5), "time that jumped does not pass"
    session.rep()
    assert session.count == 2


def test_a_second_short_gap_does_not_lift_a_long_one() -> None:
    session = at(Stage.SET)
    session.frame(passed_s=100.0)
    session.frame(passed_s=2.0)
    session.wait(10)
    assert session.screen.hold is Hold.GAP


def test_a_movement_over_a_gap_does_not_count() -> None:
    session = at(Stage.SET)
    start_s = session.time_s
    session.wait(1)
    session.frame(passed_s=4.0)
    session.frame()
    made_meanwhile(session, start_s)
    session.wait(8)
    assert session.count == 1


def test_a_clock_that_goes_back_begins_another_recording_and_keeps_the_count() -> None:
    session = at(Stage.SET)
    run = session.want.run
    session.frame(passed_s=-50.0)
    assert session.want.run == run + 1
    session.wait(8)
    assert session.screen.hold is Hold.NONE
    session.rep(faults=(FaultCode.JERKY,))
    assert session.count == 2 and "jerky" in session.codes()


def test_a_clock_that_goes_back_does_not_silence_what_was_said_before() -> None:
    session = at(Stage.SET)
    session.live_faults = (a_fault(FaultCode.OVER_ROTATION, session.time_s),)
    session.wait(1)
    session.frame(passed_s=-90.0)
    session.press(Signal.RESUME)
    session.wait(12)
    session.rep(faults=(FaultCode.OVER_ROTATION,))
    assert session.codes().count("over_rotation") == 2


def test_a_mistake_made_while_it_waits_is_not_stored() -> None:
    session = at(Stage.SET)
    session.press(Signal.PAUSE)
    start_s = session.time_s
    session.wait(3)
    session.faults = (a_fault(FaultCode.FOOT_LIFTED, start_s + 1, start_s + 2, rep=2),)
    session.frame()
    assert not session.of(FaultSeen)
    session.press(Signal.PAUSE)
    session.wait(4)
    session.faults = (*session.faults, a_fault(FaultCode.JERKY, session.time_s - 0.5, session.time_s, rep=3))
    session.wait(1)
    assert [fault.code for fault in session.of(FaultSeen)] == ["jerky"]


def test_a_clock_that_goes_back_while_paused_counts_nothing_of_the_pause() -> None:
    session = at(Stage.SET)
    session.press(Signal.PAUSE)
    session.frame(passed_s=-50.0)
    start_s = session.time_s
    session.wait(5)
    made_meanwhile(session, start_s)
    session.frame()
    assert session.count == 1 and session.screen.hold is Hold.PAUSED
    session.press(Signal.PAUSE)
    session.wait(3.2)
    session.rep()
    assert session.count == 2


@pytest.mark.parametrize("time_s", [math.nan, math.inf, -math.inf])
def test_a_time_that_is_no_number_does_not_pass(time_s: float) -> None:
    session = at(Stage.SET)
    before_s, now_s = session.screen.elapsed_s, session.time_s
    for _ in range(50):
        session.time_s = time_s
        session.frame(passed_s=0.0)
    session.time_s = now_s
    session.frame()
    assert session.screen.hold is Hold.NONE and session.screen.elapsed_s == pytest.approx(before_s + FRAME_S)


def test_five_frames_a_second_are_no_gap() -> None:
    session = at(Stage.SET)
    for _ in range(100):
        session.frame(passed_s=0.2)
    assert session.screen.hold is Hold.NONE


def test_a_gap_in_framing_only_begins_the_good_time_anew() -> None:
    session = Rehearsal()
    session.begin()
    session.wait(1.4)
    session.frame(passed_s=30.0)
    assert session.stage is Stage.FRAMING and session.screen.hold is Hold.NONE
    assert session.until(Stage.REST) > 1.0


def test_a_gap_in_the_countdown_does_not_use_it_up() -> None:
    session = at(Stage.SWITCH)
    left_s = session.screen.remaining_s
    assert left_s is not None
    session.frame(passed_s=50.0)
    session.wait(3.2)
    assert session.stage is Stage.SWITCH and session.screen.hold is Hold.NONE
    assert session.screen.remaining_s == pytest.approx(left_s, abs=0.3)


# Pause


@pytest.mark.parametrize("stage", [Stage.FRAMING, Stage.REST, Stage.OFFER, Stage.RANGE, Stage.SET, Stage.SWITCH])
@pytest.mark.parametrize("signal", [Signal.PAUSE, Signal.RESUME, Signal.CONFIRM])
def test_a_pause_at_any_stage_holds_it_and_goes_on_after_a_countdown(stage: Stage, signal: Signal) -> None:
    session = at(stage)
    session.press(Signal.PAUSE)
    session.wait(100)
    assert session.screen.hold is Hold.PAUSED and session.stage is stage and any(hint.action == "resume" for hint in session.screen.hints)
    session.press(signal)
    assert session.screen.hold is Hold.RESUMING and session.screen.remaining_s == pytest.approx(3.0, abs=0.1)
    session.wait(3.1)
    assert session.screen.hold is Hold.NONE and session.stage is stage


@pytest.mark.parametrize("seconds", [0.05, 0.5, 1.0, 2.0, 3.9])
def test_a_pause_in_the_middle_of_a_movement_does_not_count_it(seconds: float) -> None:
    session = at(Stage.SET)
    start_s = session.time_s
    session.wait(seconds)
    session.press(Signal.PAUSE)
    session.wait(1)
    session.press(Signal.PAUSE)
    session.wait(5)
    session.reps = (*session.reps, a_rep(start_s, start_s + 4 + seconds))
    session.frame()
    assert session.count == 1


def test_stillness_during_a_pause_is_no_rest() -> None:
    session = at(Stage.REST)
    run = session.want.run
    session.press(Signal.PAUSE)
    session.wait(30)
    session.press(Signal.PAUSE)
    session.wait(3.1)
    assert session.screen.hold is Hold.NONE and session.want.run == run + 1
    assert session.until(Stage.RANGE) == pytest.approx(3.0, abs=0.2)


def test_a_resume_can_be_paused_again_or_cut_short() -> None:
    session = at(Stage.SET)
    session.press(Signal.PAUSE, Signal.RESUME, Signal.PAUSE)
    session.wait(10)
    assert session.screen.hold is Hold.PAUSED
    session.press(Signal.RESUME)
    session.press(Signal.RESUME)
    assert session.screen.hold is Hold.NONE


def test_nobody_is_sent_into_a_set_that_the_camera_cannot_see() -> None:
    session = at(Stage.SET)
    session.press(Signal.PAUSE)
    session.framing = GONE
    session.wait(1)
    session.press(Signal.RESUME)
    session.wait(20)
    assert session.screen.hold is Hold.RESUMING and session.screen.remaining_s == pytest.approx(3.0)
    session.framing = GOOD
    session.wait(3.2)
    assert session.screen.hold is Hold.NONE


@pytest.mark.parametrize("signal", [Signal.SKIP, Signal.RECALIBRATE, Signal.FINISH, Signal.CAMERA_CHANGED])
@pytest.mark.parametrize("framing", [GOOD, GONE])
def test_keys_that_lead_elsewhere_end_the_wait(signal: Signal, framing: FramingVerdict) -> None:
    session = at(Stage.SET)
    session.framing = framing
    session.press(Signal.PAUSE)
    session.wait(2)
    session.press(signal)
    assert session.stage is not Stage.SET and session.screen.hold is Hold.NONE and session.screen.counts[0].done == 1


def test_a_pause_at_the_summary_is_taken_back_at_once() -> None:
    session = Rehearsal(one_leg())
    session.go_to(Stage.SUMMARY)
    session.press(Signal.PAUSE)
    session.press(Signal.PAUSE)
    assert session.screen.hold is Hold.NONE


def test_nothing_is_corrected_while_it_waits_nor_at_once_after() -> None:
    session = at(Stage.SET)
    session.press(Signal.PAUSE)
    session.live_faults = (a_fault(FaultCode.FOOT_LIFTED, session.time_s),)
    session.wait(5)
    session.press(Signal.PAUSE)
    session.press(Signal.PAUSE)
    session.wait(0.8)
    session.press(Signal.RESUME)
    session.press(Signal.RESUME)
    session.wait(0.9)
    assert "foot_lifted" not in session.codes() and session.screen.correction is None
    session.wait(0.3)
    assert session.codes().count("foot_lifted") == 1


def test_the_wrong_leg_after_a_wait_is_still_told_apart() -> None:
    session = at(Stage.SET)
    session.press(Signal.PAUSE)
    session.press(Signal.RESUME)
    session.wait(3.2)
    session.rep(side=Side.LEFT)
    assert session.count == 1 and "rejected.other_leg" in session.codes()
