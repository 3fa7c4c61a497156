"""The usual way through a guided session, and every way round a part of it."""

from __future__ import annotations

import math

import pytest

from formcheck.coach.choice import ComfortRange, choice
from formcheck.coach.guidance import CueKind, Stage, Task
from formcheck.coach.machine import Coach
from formcheck.coach.moment import Choose, FramingHint, FramingVerdict, LiveState, Moment, Signal, Unrest
from formcheck.coach.records import Finished, RangeCalibrated, RestCalibrated, SessionStarted, StageChanged
from formcheck.exercise.library import load
from formcheck.exercise.session import FaultCode, NotMeasured, Rejection
from formcheck.motion.landmarks import Side
from tests.coaching import BOTH_LEGS_SPEC, FRAME_S, GONE, GOOD, KEPT, SPEC, Rehearsal, a_rep, one_leg, two_legs

FEET = FramingVerdict((FramingHint.FEET_IN_VIEW,))


def test_two_legs_from_the_choice_to_the_end() -> None:
    session = Rehearsal(two_legs(target=4))
    session.go_to(Stage.SUMMARY)
    stages = [(record.stage, record.side) for record in session.of(StageChanged)]
    leg = ["framing", "rest", "range", "set"]
    right, left = [(stage, "right") for stage in leg], [(stage, "left") for stage in leg]
    assert stages == [*right, ("switch", "right"), *left, ("summary", None)]
    assert [(count.side, count.done, count.target) for count in session.screen.counts] == [(Side.RIGHT, 4, 4), (Side.LEFT, 4, 4)]
    session.press(Signal.FINISH)
    assert session.stage is Stage.DONE
    (end,) = session.of(Finished)
    assert end.reason == "completed"
    assert {leg: values["count"] for leg, values in end.summary["legs"].items()} == {"right": 4, "left": 4}


def test_nothing_happens_before_a_choice() -> None:
    session = Rehearsal()
    session.wait(30)
    assert session.stage is Stage.CHOOSE and session.want.task is Task.IDLE and not session.records
    assert "clinician" in " ".join(session.screen.detail) and "comfortable" in session.screen.detail[0]


def test_the_very_first_moment_can_bring_the_choice() -> None:
    coach = Coach()
    guidance = coach.advance(Moment(0.0), [Choose(one_leg())])
    assert guidance.screen.stage is Stage.FRAMING and isinstance(guidance.records[0], SessionStarted)
    assert coach.summary.values["legs"]["right"]["count"] == 0


def test_a_second_choice_is_not_heard() -> None:
    session = Rehearsal()
    session.go_to(Stage.REST)
    session.press(Choose(two_legs()))
    assert session.stage is Stage.REST and len(session.of(SessionStarted)) == 1


# Framing


def test_framing_goes_on_after_one_and_a_half_good_seconds() -> None:
    session = Rehearsal(framing=FEET)
    session.begin()
    session.wait(20)
    assert session.stage is Stage.FRAMING and session.screen.progress == 0.0
    session.framing = GOOD
    assert session.until(Stage.REST) == pytest.approx(1.5, abs=FRAME_S + 1e-6)


def test_framing_says_what_to_change_after_a_second_and_not_again_at_once() -> None:
    session = Rehearsal(framing=FEET)
    session.begin()
    session.wait(0.9)
    assert "framing.feet_in_view" not in session.codes()
    session.wait(6)
    assert session.codes().count("framing.feet_in_view") == 1
    session.wait(3)
    assert session.codes().count("framing.feet_in_view") == 2
    assert "feet" in session.screen.instruction


def test_one_bad_frame_is_flicker_and_nobody_there_is_not() -> None:
    session = Rehearsal()
    session.begin()
    session.wait(1.0)
    session.framing = FEET
    session.frame()
    session.framing = GOOD
    assert session.until(Stage.REST) < 0.7
    session = Rehearsal()
    session.begin()
    session.wait(1.0)
    session.framing = GONE
    session.frame()
    session.framing = GOOD
    assert session.until(Stage.REST) == pytest.approx(1.5, abs=2 * FRAME_S)


def test_the_less_important_hints_are_shown_below() -> None:
    session = Rehearsal(framing=FramingVerdict((FramingHint.STEP_BACK, FramingHint.FEET_IN_VIEW, FramingHint.TURN_TOWARDS)))
    session.begin()
    assert "back" in session.screen.instruction
    assert [word in line for word, line in zip(("feet", "Turn"), session.screen.detail, strict=True)] == [True, True]


def test_a_camera_in_trouble_is_named_while_framing_and_stops_it() -> None:
    session = Rehearsal(trouble="The camera was pulled out.")
    session.begin()
    session.wait(5)
    assert session.stage is Stage.FRAMING and session.screen.instruction == "The camera was pulled out."
    session.trouble = None
    assert session.until(Stage.REST) == pytest.approx(1.5, abs=2 * FRAME_S)


def test_framing_can_be_skipped() -> None:
    session = Rehearsal(framing=FEET)
    session.begin()
    session.press(Signal.SKIP)
    assert session.stage is Stage.REST


# Rest


def test_rest_takes_three_still_seconds_and_keeps_what_it_learnt() -> None:
    session = Rehearsal()
    session.go_to(Stage.REST)
    assert session.want.task is Task.REST
    session.still_s, session.keeps_still = 0.0, False
    session.wait(10)
    assert session.stage is Stage.REST
    session.keeps_still = True
    assert session.until(Stage.RANGE) == pytest.approx(3.0, abs=2 * FRAME_S)
    (rest,) = session.of(RestCalibrated)
    assert (rest.side, rest.skipped, rest.neutral_deg, rest.noise_deg, rest.trunk_deg) == (
        "right",
        False,
        {"right": 1.0},
        {"right": 0.3},
        2.0,
    )


def test_rest_says_what_moves_and_shows_it() -> None:
    session = Rehearsal()
    session.go_to(Stage.REST)
    session.unrest = (Unrest.FOOT_MOVES, Unrest.TRUNK_MOVES)
    session.wait(1.8)
    assert "unrest.foot_moves" not in session.codes() and "foot" in session.screen.instruction
    session.wait(1.0)
    assert session.codes().count("unrest.foot_moves") == 1 and "unrest.trunk_moves" not in session.codes()


def test_a_skipped_rest_stores_no_numbers() -> None:
    session = Rehearsal()
    session.go_to(Stage.REST)
    session.press(Signal.SKIP)
    (rest,) = session.of(RestCalibrated)
    assert rest.skipped and rest.neutral_deg == {} and math.isnan(rest.trunk_deg) and session.stage is Stage.RANGE


def test_an_answer_about_another_recording_is_not_listened_to() -> None:
    coach = Coach()
    coach.advance(Moment(0.0, framing=GOOD), [Choose(one_leg())])
    now_s = 0.0
    for _ in range(40):
        now_s += 0.05
        want = coach.advance(Moment(now_s, framing=GOOD)).want
    assert want.task is Task.REST
    stale = LiveState(run=want.run - 1, still_s=9.0, rest_ok=True)
    assert coach.advance(Moment(now_s + 0.05, framing=GOOD, engine=stale)).screen.stage is Stage.REST
    fresh = LiveState(run=want.run, still_s=9.0, rest_ok=True)
    assert coach.advance(Moment(now_s + 0.1, framing=GOOD, engine=fresh)).screen.stage is Stage.RANGE


# Comfortable range


def test_three_slow_repetitions_give_the_range_and_the_limit() -> None:
    session = Rehearsal()
    session.go_to(Stage.RANGE)
    assert session.want.task is Task.RANGE and session.want.limit_deg is None
    for range_deg in (18.0, 30.0, 22.0):
        session.rep(range_deg=range_deg)
    (found,) = session.of(RangeCalibrated)
    assert (found.side, found.source, found.range_deg, found.limit_deg) == ("right", "measured", 22.0, 27.0)
    assert session.stage is Stage.SET and session.want.limit_deg == 27.0
    assert session.screen.gauge is not None and session.screen.gauge.comfort_deg == 22.0
    assert session.count == 0, "the three do not count for the set"


def test_only_the_hips_own_part_of_a_movement_is_its_range() -> None:
    session = Rehearsal()
    session.go_to(Stage.RANGE)
    for _ in range(3):
        session.rep(range_deg=30.0, clean_deg=21.0)
    assert session.of(RangeCalibrated)[0].range_deg == 21.0


@pytest.mark.parametrize("spoiled", [{"faults": (FaultCode.FOOT_LIFTED,)}, {"faults": (FaultCode.TOO_FAST,)}, {"range_deg": math.nan}])
def test_a_spoiled_repetition_measures_nothing_and_says_so(spoiled: dict[str, object]) -> None:
    session = Rehearsal()
    session.go_to(Stage.RANGE)
    session.rep(**spoiled)
    assert session.count == 0 and "rejected.not_clean" in session.codes()


def test_six_movements_without_three_good_ones_go_on_without_a_range() -> None:
    session = Rehearsal()
    session.go_to(Stage.RANGE)
    for _ in range(6):
        session.rep(rejected=Rejection.PARTIAL)
    (found,) = session.of(RangeCalibrated)
    assert found.source == "not_measured" and math.isnan(found.range_deg) and math.isnan(found.limit_deg)
    assert session.stage is Stage.SET and session.want.limit_deg is None
    assert session.screen.gauge is not None and math.isnan(session.screen.gauge.comfort_deg)


def test_movements_of_the_other_leg_are_no_tries() -> None:
    session = Rehearsal()
    session.go_to(Stage.RANGE)
    for _ in range(8):
        session.rep(side=Side.LEFT)
    assert session.stage is Stage.RANGE and session.count == 0


def test_a_skipped_range_leaves_the_general_limit() -> None:
    session = Rehearsal()
    session.go_to(Stage.RANGE)
    session.rep()
    session.press(Signal.SKIP)
    assert session.stage is Stage.SET and session.of(RangeCalibrated)[0].source == "skipped" and session.want.limit_deg is None


def test_without_measuring_the_set_follows_the_rest() -> None:
    session = Rehearsal(one_leg(measure_range=False))
    session.go_to(Stage.SET)
    assert [record.stage for record in session.of(StageChanged)] == ["framing", "rest", "set"]


def test_a_limit_given_by_hand_holds_whatever_is_measured() -> None:
    session = Rehearsal(one_leg(limit_deg=15.0))
    session.go_to(Stage.SET)
    assert session.want.limit_deg == 15.0 and session.of(RangeCalibrated)[0].limit_deg == 15.0


@pytest.mark.parametrize(("range_deg", "limit_deg"), [(20.0, 25.0), (40.0, 45.0), (34.0, 39.1), (60.0, 45.0), (1.0, 6.0)])
def test_the_limit_is_the_range_and_a_margin_never_beyond_the_hard_one(range_deg: float, limit_deg: float) -> None:
    assert ComfortRange(Side.LEFT, range_deg).limit_deg == pytest.approx(limit_deg)


# The kept range


def test_a_kept_range_is_offered_and_taken_by_itself() -> None:
    session = Rehearsal()
    session.go_to(Stage.OFFER)
    assert session.screen.remaining_s == pytest.approx(8.0, abs=0.2)
    assert session.until(Stage.SET) == pytest.approx(8.0, abs=2 * FRAME_S)
    (found,) = session.of(RangeCalibrated)
    assert (found.source, found.range_deg) == ("kept", KEPT.range_deg) and session.want.limit_deg == 27.0


@pytest.mark.parametrize("signal", [Signal.CONFIRM, Signal.SKIP])
def test_a_kept_range_is_taken_with_a_key(signal: Signal) -> None:
    session = Rehearsal()
    session.go_to(Stage.OFFER)
    session.press(signal)
    assert session.stage is Stage.SET and session.of(RangeCalibrated)[0].source == "kept"


def test_a_kept_range_can_be_measured_again() -> None:
    session = Rehearsal()
    session.go_to(Stage.OFFER)
    session.press(Signal.RECALIBRATE)
    assert session.stage is Stage.RANGE
    session.measure()
    assert session.of(RangeCalibrated)[0].source == "measured"


def test_the_range_of_one_leg_is_not_offered_for_the_other() -> None:
    session = Rehearsal(two_legs(kept=(KEPT,)))
    session.go_to(Stage.SWITCH)
    session.until(Stage.RANGE)
    assert session.want.side is Side.LEFT


# Switch, skip, recalibrate, camera, mute, finish


def test_between_the_legs_there_is_a_countdown() -> None:
    session = Rehearsal(two_legs(rest_s=20.0))
    session.go_to(Stage.SWITCH)
    assert session.screen.asks_discomfort and session.want.task is Task.IDLE and "left leg" in session.screen.instruction
    assert "switch.ten" not in session.codes()
    session.wait(10.5)
    assert "switch.ten" in session.codes() and session.screen.remaining_s == pytest.approx(9.5, abs=0.2)
    assert session.until(Stage.FRAMING) == pytest.approx(9.5, abs=0.2)
    assert session.want.side is Side.LEFT and not session.screen.asks_discomfort


@pytest.mark.parametrize("signal", [Signal.CONFIRM, Signal.SKIP])
def test_the_countdown_can_be_skipped(signal: Signal) -> None:
    session = Rehearsal(two_legs())
    session.go_to(Stage.SWITCH)
    session.press(signal)
    assert session.stage is Stage.FRAMING and session.want.side is Side.LEFT


def test_no_rest_at_all_can_be_chosen() -> None:
    session = Rehearsal(two_legs(rest_s=0.0))
    session.go_to(Stage.SWITCH)
    session.frame()
    assert session.stage is Stage.FRAMING


def test_a_skipped_leg_keeps_its_count_and_the_session_is_not_called_complete() -> None:
    session = Rehearsal(two_legs(target=5))
    session.go_to(Stage.SET)
    session.rep()
    session.rep()
    session.press(Signal.SKIP)
    assert session.stage is Stage.SWITCH and session.screen.counts[0].done == 2
    session.go_to(Stage.SUMMARY)
    session.press(Signal.CONFIRM)
    assert session.of(Finished)[0].reason == "finished" and session.stage is Stage.DONE


def test_recalibrating_takes_the_rest_anew_and_keeps_the_count() -> None:
    session = Rehearsal(one_leg(target=6))
    session.go_to(Stage.SET)
    session.rep()
    session.rep()
    run = session.want.run
    session.press(Signal.RECALIBRATE)
    assert session.stage is Stage.REST and session.want.run == run + 1
    session.until(Stage.SET)
    assert session.count == 2 and session.want.limit_deg == 25.0
    session.rep()
    assert session.count == 3


def test_recalibrating_the_rest_begins_it_again() -> None:
    session = Rehearsal()
    session.go_to(Stage.REST)
    session.wait(2)
    run = session.want.run
    session.press(Signal.RECALIBRATE)
    assert session.stage is Stage.REST and session.want.run == run + 1


def test_recalibrating_while_the_range_is_measured_begins_it_anew() -> None:
    session = Rehearsal()
    session.go_to(Stage.RANGE)
    session.rep(range_deg=40.0)
    session.press(Signal.RECALIBRATE)
    session.until(Stage.RANGE)
    assert session.count == 0
    for _ in range(3):
        session.rep(range_deg=10.0)
    assert session.of(RangeCalibrated)[0].range_deg == 10.0


@pytest.mark.parametrize("stage", [Stage.REST, Stage.RANGE, Stage.SET, Stage.OFFER])
def test_another_camera_takes_place_and_rest_anew_and_keeps_the_count(stage: Stage) -> None:
    session = Rehearsal(one_leg(target=6))
    session.go_to(stage)
    if stage is Stage.SET:
        session.rep()
    session.press(Signal.CAMERA_CHANGED)
    assert session.stage is Stage.FRAMING
    session.until(Stage.REST)
    session.until(stage)
    assert session.screen.counts[0].done == (1 if stage is Stage.SET else 0)


def test_mute_silences_everything_and_shows_it_still() -> None:
    session = Rehearsal()
    session.go_to(Stage.RANGE)
    session.press(Signal.MUTE)
    said = len(session.said)
    session.rep()
    assert session.screen.muted and len(session.said) > said
    assert not any(cue.aloud for _, cue in session.said[said:])
    assert any(hint.text == "sound on" for hint in session.screen.hints)
    session.press(Signal.MUTE)
    session.rep()
    assert session.said[-1][1].aloud


@pytest.mark.parametrize("stage", [Stage.FRAMING, Stage.REST, Stage.OFFER, Stage.RANGE, Stage.SET, Stage.SWITCH])
def test_finishing_goes_to_the_summary_with_what_there_is(stage: Stage) -> None:
    session = Rehearsal(two_legs())
    session.go_to(stage)
    session.press(Signal.FINISH)
    assert session.stage is Stage.SUMMARY and session.screen.asks_discomfort and session.want.task is Task.IDLE
    session.press(Signal.FINISH)
    assert session.stage is Stage.DONE and [end.reason for end in session.of(Finished)] == ["finished"]


def test_finishing_before_a_choice_just_ends() -> None:
    session = Rehearsal()
    session.press(Signal.FINISH)
    assert session.stage is Stage.DONE and not session.of(Finished)


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage not in (Stage.CHOOSE, Stage.DONE, Stage.STOPPED)])
def test_closing_the_window_writes_the_end_once(stage: Stage) -> None:
    session = Rehearsal(two_legs())
    session.go_to(stage)
    session.press(Signal.CLOSE)
    session.press(Signal.CLOSE, Signal.FINISH)
    (end,) = session.of(Finished)
    assert session.stage is Stage.DONE and end.reason == ("completed" if stage is Stage.SUMMARY else "closed")


def test_after_the_end_nothing_moves_it() -> None:
    session = Rehearsal()
    session.go_to(Stage.SUMMARY)
    session.press(Signal.FINISH)
    before = len(session.records), len(session.said)
    for signal in (signal for signal in Signal if signal is not Signal.MUTE):
        session.press(signal)
    session.wait(3)
    assert session.stage is Stage.DONE and (len(session.records), len(session.said)) == before


def test_both_legs_at_once_are_one_set() -> None:
    session = Rehearsal(choice(BOTH_LEGS_SPEC, target=2))
    session.go_to(Stage.SUMMARY)
    assert [(count.side, count.done) for count in session.screen.counts] == [(None, 2)]
    assert Stage.SWITCH.value not in [record.stage for record in session.of(StageChanged)]


def test_a_gauge_without_an_angle_says_why() -> None:
    session = Rehearsal()
    session.go_to(Stage.SET)
    note = NotMeasured(SPEC.reps.angle, "view", "You are turned too far from the camera.", 0.0, 1.0)
    state = LiveState(run=session.want.run, not_measured=(note,))
    gauge = session.coach.advance(Moment(session.time_s + FRAME_S, None, GOOD, state)).screen.gauge
    assert gauge is not None and math.isnan(gauge.angle_deg) and gauge.reason == note.reason
    gauge = session.coach.advance(Moment(session.time_s + 2 * FRAME_S, None, GOOD, LiveState(run=session.want.run))).screen.gauge
    assert gauge is not None and gauge.reason


def test_the_same_moments_give_the_same_answers() -> None:
    def play() -> Rehearsal:
        session = Rehearsal(two_legs())
        session.go_to(Stage.SUMMARY)
        return session

    one, other = play(), play()
    assert one.said == other.said and one.records == other.records and one.screen == other.screen


def test_the_summary_names_two_things_to_work_on_the_most_frequent_first() -> None:
    session = Rehearsal(one_leg(target=6))
    session.go_to(Stage.SET)
    for faults in ((FaultCode.TRUNK_LEAN, FaultCode.JERKY), (FaultCode.JERKY,), (FaultCode.FOOT_LIFTED,), (FaultCode.TRUNK_LEAN,)):
        session.rep(faults=faults)
    session.rep(rejected=Rejection.PARTIAL)
    session.rep()
    session.press(Signal.FINISH)
    summary = session.coach.summary
    assert summary.values["work_on"] == ["jerky", "trunk_lean"] and len(summary.work_on) == 2
    assert summary.values["legs"]["right"] == {"count": 5, "target": 6, "not_counted": 1, "range_deg": 20.0, "clean": 1}
    assert "1 of 5 repetitions" in summary.went_well[0]
    assert all("foot" not in line and "even" not in line for line in summary.went_well)
    assert len(summary.repetitions["right"]) == 5 and "jerky" in summary.repetitions["right"][0]


def test_what_was_not_measured_is_not_called_good() -> None:
    session = Rehearsal(one_leg(target=2))
    session.not_measured = (NotMeasured("foot_lifted", "feet", "The feet were hidden.", 0.0, 9.0),)
    session.go_to(Stage.SUMMARY)
    assert session.coach.summary.values["not_measured"] == ["foot_lifted"]
    assert not any("feet" in line for line in session.coach.summary.went_well)


@pytest.mark.parametrize(("range_pm_deg", "praised"), [(4.0, True), (11.0, False), (math.nan, False)])
def test_a_limit_was_kept_only_where_the_error_leaves_no_doubt(range_pm_deg: float, praised: bool) -> None:
    session = Rehearsal(one_leg(target=2))
    session.go_to(Stage.SET)
    for _ in range(2):
        session.rep(range_pm_deg=range_pm_deg)
    session.go_to(Stage.SUMMARY)
    assert ("You kept within your limit every time." in session.coach.summary.went_well) is praised


def test_feet_that_should_touch_are_praised_as_such() -> None:
    lying = load("side-lying-hip-external-rotation")
    session = Rehearsal(choice(lying, sides=(Side.RIGHT,), target=2))
    session.go_to(Stage.SUMMARY)
    assert "Your feet stayed together." in session.coach.summary.went_well


def test_a_summary_of_nothing_praises_nothing() -> None:
    session = Rehearsal()
    session.go_to(Stage.FRAMING)
    session.press(Signal.FINISH)
    summary = session.coach.summary
    assert summary.went_well == () and summary.work_on == () and summary.values["legs"]["right"]["range_deg"] is None
    assert Coach().summary.lines == ()


def test_counted_repetitions_are_said_as_numbers() -> None:
    session = Rehearsal(one_leg(target=3))
    session.go_to(Stage.SET)
    session.finish_leg()
    counts = [cue for _, cue in session.said if cue.kind is CueKind.COUNT and cue.code.startswith("count")]
    assert [cue.text for cue in counts] == ["1", "2", "3"]


def test_two_repetitions_heard_at_once_both_count() -> None:
    session = Rehearsal(one_leg(target=5))
    session.go_to(Stage.SET)
    start_s = session.time_s
    session.wait(9)
    session.reps = (a_rep(start_s, start_s + 4), a_rep(start_s + 4, start_s + 8))
    session.frame()
    assert session.count == 2
