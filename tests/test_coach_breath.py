"""What is said and shown of the breath: seldom, after everything else, and nothing when in doubt."""

from __future__ import annotations

import math

import pytest

from formcheck.coach.guidance import ChestMove, CueKind, Stage
from formcheck.coach.moment import BreathState, Signal
from formcheck.coach.records import FaultSeen
from formcheck.exercise.session import Fault, FaultCode
from formcheck.motion.breath import BreathNow
from formcheck.motion.breath_signal import Doubt
from tests.coaching import Rehearsal, a_fault, one_leg, two_legs

RISING = tuple(place / 25 - 1 for place in range(50))
SEEN = BreathNow(0.0, 0.9, True, 0.9, 14.0, 0.0, Doubt.NONE)
STILL = BreathNow(0.0, 0.1, None, 0.9, 14.0, 9.0, Doubt.NONE)


def of_breath(code: FaultCode) -> Fault:
    return Fault(code, "hint", "both", None, 100.0, 109.0, 9.0, 8.0, "s", "A sentence of the exercise.")


HELD = BreathState(STILL, RISING, of_breath(FaultCode.BREATH_HOLD))
AGAINST = BreathState(SEEN, RISING, None, of_breath(FaultCode.BREATH_OUT_OF_STEP))
FLOWS = BreathState(SEEN, RISING)


def in_set(**given: object) -> Rehearsal:
    session = Rehearsal(one_leg(target=12, measure_range=False, **given))
    session.go_to(Stage.SET)
    return session


def asked(session: Rehearsal) -> list[str]:
    return session.codes(CueKind.CORRECTION)


def test_a_hold_is_asked_about_once_and_another_not_within_a_minute() -> None:
    session = in_set()
    session.breath = HELD
    session.wait(20.0)
    assert asked(session) == ["breath_hold"] and session.screen.correction is not None
    assert session.screen.correction.detail == "A sentence of the exercise."
    session.breath = FLOWS
    session.wait(3.0)
    assert session.screen.correction is None
    session.breath = HELD
    session.wait(10.0)
    assert asked(session) == ["breath_hold"] and session.screen.correction is None, "within a minute it is not even shown"
    session.breath = FLOWS
    session.wait(40.0)
    session.breath = HELD
    session.wait(5.0)
    assert asked(session) == ["breath_hold", "breath_hold"]
    assert [record.code for record in session.of(FaultSeen)] == ["breath_hold", "breath_hold"]
    assert session.coach.summary.work_on == ("Breath: let it flow, in and out.",)


def test_another_correction_comes_first_and_is_not_talked_over() -> None:
    session = in_set()
    session.live_faults = (a_fault(FaultCode.KNEE_DRIFT, session.time_s),)
    session.wait(1.0)
    session.breath = HELD
    session.wait(5.0)
    assert asked(session) == ["knee_drift"]
    session.live_faults = ()
    session.wait(2.0)
    assert asked(session) == ["knee_drift", "breath_hold"]
    session.live_faults = (a_fault(FaultCode.FOOT_LIFTED, session.time_s),)
    session.wait(1.0)
    assert asked(session)[-1] == "foot_lifted" and session.screen.correction is not None
    assert session.screen.correction.code == "foot_lifted"


def test_after_pain_nothing_is_asked() -> None:
    session = in_set()
    session.breath = HELD
    session.press(Signal.PAIN)
    session.wait(5.0)
    assert session.stage is Stage.STOPPED and asked(session) == []


def test_out_of_step_is_said_once_in_the_set_of_each_leg() -> None:
    session = Rehearsal(two_legs(measure_range=False))
    session.go_to(Stage.SET)
    session.breath = AGAINST
    session.wait(30.0)
    assert asked(session) == ["breath_out_of_step"] and session.screen.correction is None
    session.finish_leg()
    session.until(Stage.SET, 90.0)
    session.wait(30.0)
    assert asked(session) == ["breath_out_of_step"] * 2


def test_nothing_is_asked_outside_a_set() -> None:
    session = Rehearsal(one_leg())
    session.go_to(Stage.RANGE)
    session.breath = HELD
    session.wait(5.0)
    assert asked(session) == [] and session.screen.breath_seen is not None and session.screen.breath_seen.move is ChestMove.HELD


@pytest.mark.parametrize(
    ("breath", "move"),
    [
        (None, ChestMove.UNSEEN),
        (BreathState(BreathNow(0.0, doubt=Doubt.MOVED), (math.nan,) * 50), ChestMove.UNSEEN),
        (BreathState(BreathNow(0.0, math.nan, True, 0.9, math.nan, 0.0, Doubt.NONE)), ChestMove.UNSEEN),
        (FLOWS, ChestMove.IN),
        (BreathState(BreathNow(0.0, 0.9, False, 0.9, 14.0, 0.0, Doubt.NONE), RISING[::-1]), ChestMove.OUT),
        (BreathState(SEEN, (0.5,) * 50), ChestMove.PAUSE),
        (HELD, ChestMove.HELD),
    ],
)
def test_what_is_shown(breath: BreathState | None, move: ChestMove) -> None:
    session = in_set()
    session.breath = breath
    session.frame()
    seen = session.screen.breath_seen
    assert seen is not None and seen.move is move and seen.words
    session.press(Signal.PAUSE)
    assert session.screen.breath_seen is None


def test_switched_off_there_is_nothing_to_show() -> None:
    assert in_set(breath=False).screen.breath_seen is None


def test_the_pacer_keeps_the_chosen_tempo() -> None:
    session = in_set(out_s=4.0, back_s=3.0)
    session.said.clear()
    session.wait(20.0)
    at = [(round(time_s, 2), cue.code) for time_s, cue in session.said if cue.kind is CueKind.BREATH]
    ins = [time_s for time_s, code in at if code == "breath.in"]
    outs = [time_s for time_s, code in at if code == "breath.out"]
    assert outs[0] - ins[0] == pytest.approx(4.0, abs=0.1) and ins[1] - outs[0] == pytest.approx(3.0 + 1.0, abs=0.1)
