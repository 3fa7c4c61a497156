"""What is said of a movement: why it does not count, one correction at a time, praise now and then; and the count itself."""

from __future__ import annotations

import statistics
from dataclasses import replace
from itertools import pairwise

import pytest

from formcheck.coach.breathing import BreathPacer
from formcheck.coach.cues import COOL_DOWN_S, CORRECTION_ORDER, Corrections, Ledger, Praise, rank
from formcheck.coach.guidance import Breath, CueKind, Stage, Tone
from formcheck.coach.moment import Signal
from formcheck.coach.records import CueGiven, FaultSeen, RepFinished
from formcheck.coach.tally import Tally
from formcheck.exercise.session import FaultCode, Phase, Rejection, Smoothness
from formcheck.motion.landmarks import Side
from tests.coaching import BOTH_LEGS_SPEC, Rehearsal, a_fault, a_rep, one_leg

LATE_S = 0.3


def at_set(**given: object) -> Rehearsal:
    session = Rehearsal(one_leg(**({"target": 15} | given)))
    session.go_to(Stage.SET)
    return session


def lasting(session: Rehearsal, *codes: FaultCode, seconds: float = 2.0, late_s: float = LATE_S) -> float:
    """Mistakes that set in now, are reported late, and last; the time of their onset."""
    onset_s = session.time_s
    session.wait(late_s)
    session.live_faults = tuple(a_fault(code, onset_s) for code in codes)
    session.wait(seconds - late_s)
    return onset_s


def mend(session: Rehearsal, seconds: float = 3.0) -> None:
    session.live_faults = ()
    session.wait(seconds)


# Rejections


@pytest.mark.parametrize("rejected", list(Rejection))
@pytest.mark.parametrize("stage", [Stage.RANGE, Stage.SET])
def test_a_repetition_that_does_not_count_says_why_at_once(stage: Stage, rejected: Rejection) -> None:
    session = Rehearsal(one_leg(target=9))
    session.go_to(stage)
    session.reps = (a_rep(session.time_s - 3, session.time_s, rejected=rejected),)
    guidance = session.frame()
    (cue,) = [cue for cue in guidance.cues if cue.kind is not CueKind.BREATH]
    assert (cue.kind, cue.code) == (CueKind.REJECTION, f"rejected.{rejected}")
    assert guidance.screen.notice == cue.text and session.count == 0
    assert session.of(RepFinished)[-1].rejected == rejected.value and session.of(RepFinished)[-1].number is None


def test_the_wrong_leg_says_whose_turn_it_is() -> None:
    session = at_set()
    session.rep(side=Side.LEFT)
    assert session.count == 0 and "right leg" in (session.screen.notice or "")


def test_one_leg_alone_in_a_set_of_both_says_so() -> None:
    session = Rehearsal(replace(one_leg(), spec=BOTH_LEGS_SPEC, sides=(None,), direction=BOTH_LEGS_SPEC.default_direction))
    session.go_to(Stage.SET)
    session.rep(side=Side.LEFT)
    assert session.count == 0 and "together" in (session.screen.notice or "")


def test_a_passing_line_passes() -> None:
    session = at_set()
    session.rep(rejected=Rejection.PARTIAL)
    assert session.screen.notice
    session.wait(4)
    assert session.screen.notice is None


def test_a_movement_is_stored_once_with_what_was_measured() -> None:
    session = at_set()
    session.rep(range_deg=23.0)
    session.wait(5)
    stored = [record for record in session.of(RepFinished) if record.stage == "set"]
    assert [(record.number, record.rejected, record.range_deg, record.side) for record in stored] == [(1, None, 23.0, "right")]


def test_a_rejected_movement_that_turns_out_to_count_counts_and_is_not_rejected_any_more() -> None:
    session = at_set()
    start_s = session.time_s
    session.wait(4)
    session.reps = (a_rep(start_s, start_s + 2, rejected=Rejection.PARTIAL),)
    session.wait(0.5)
    session.reps = (a_rep(start_s, start_s + 4),)
    session.frame()
    assert session.count == 1 and session.coach.summary.values["legs"]["right"]["not_counted"] == 0


# Corrections


@pytest.mark.parametrize("code", list(FaultCode))
def test_every_mistake_that_lasts_is_corrected_within_seven_tenths_of_a_second(code: FaultCode) -> None:
    session = at_set()
    onset_s = lasting(session, code)
    (cue,) = session.of(CueGiven)
    assert cue.code == code.value and cue.time_s - onset_s <= 0.7
    correction = session.screen.correction
    assert correction is not None and correction.text == cue.text and "That was too much." in correction.detail


@pytest.mark.parametrize("frame_s", [1 / 30, 1 / 20, 1 / 10])
def test_the_wait_leaves_room_for_an_analysis_that_is_half_a_second_late(frame_s: float) -> None:
    delays = []
    for late_s in (0.1, 0.2, 0.3, 0.4, 0.5):
        session = at_set()
        onset_s = session.time_s
        while not session.of(CueGiven):
            if session.time_s - onset_s >= late_s - 1e-9:
                session.live_faults = (a_fault(FaultCode.TRUNK_LEAN, onset_s),)
            session.frame(passed_s=frame_s)
            assert session.time_s < onset_s + 2
        delays.append(session.of(CueGiven)[0].time_s - onset_s)
    assert statistics.median(delays) <= 0.55 and max(delays) <= 0.75 and min(delays) >= 0.3 - 1e-6


def test_a_mistake_that_does_not_last_is_not_spoken_of() -> None:
    session = at_set()
    for _ in range(20):
        onset_s = session.time_s
        session.live_faults = (a_fault(FaultCode.FOOT_LIFTED, onset_s),)
        session.wait(0.2)
        session.live_faults = ()
        session.wait(0.8)
    assert not session.of(CueGiven) and session.screen.correction is None


def test_one_report_of_an_old_mistake_is_not_believed_at_once() -> None:
    session = at_set()
    session.live_faults = (a_fault(FaultCode.FOOT_LIFTED, session.time_s - 5),)
    session.frame()
    assert not session.of(CueGiven)


def test_good_form_is_never_corrected() -> None:
    session = at_set(target=12)
    while session.stage is Stage.SET:
        session.rep()
    assert CueKind.CORRECTION not in [cue.kind for _, cue in session.said] and not session.of(FaultSeen)


@pytest.mark.parametrize(("more", "less"), [pair for pair in zip(FaultCode, list(FaultCode)[1:], strict=False)])
def test_the_more_important_of_two_is_corrected(more: FaultCode, less: FaultCode) -> None:
    first, second = sorted((more, less), key=lambda code: rank(code.value))
    session = at_set()
    lasting(session, second, first)
    assert [cue.code for cue in session.of(CueGiven)] == [first.value]


def test_the_order_is_foot_too_far_too_fast_jerky_trunk() -> None:
    wanted = ["foot_lifted", "over_rotation", "too_fast", "jerky", "trunk_lean"]
    assert [code for code in CORRECTION_ORDER if code in wanted] == wanted
    assert {code.value for code in FaultCode} <= set(CORRECTION_ORDER)
    assert rank("unheard_of") == len(CORRECTION_ORDER)


def test_a_more_important_one_takes_the_place_and_a_less_important_one_waits() -> None:
    session = at_set()
    lasting(session, FaultCode.TRUNK_LEAN, seconds=1.0)
    onset_s = session.time_s
    session.live_faults = (*session.live_faults, a_fault(FaultCode.FOOT_LIFTED, onset_s))
    session.wait(0.5)
    assert session.screen.correction is not None and session.screen.correction.code == "foot_lifted"
    session.live_faults = session.live_faults[:1]
    session.wait(1.0)
    assert session.screen.correction.code == "foot_lifted", "two seconds at least"
    session.wait(2.0)
    assert session.screen.correction is not None and session.screen.correction.code == "trunk_lean"
    assert session.codes(CueKind.CORRECTION) == ["trunk_lean", "foot_lifted"]


def test_a_correction_stops_when_mended_but_can_be_read() -> None:
    session = at_set()
    lasting(session, FaultCode.FOOT_LIFTED, seconds=0.6)
    session.live_faults = ()
    session.wait(1.0)
    assert session.screen.correction is not None
    session.wait(1.2)
    assert session.screen.correction is None


def test_a_correction_is_shown_as_long_as_the_mistake_lasts_and_said_every_ten_seconds() -> None:
    session = at_set()
    lasting(session, FaultCode.FOOT_LIFTED, seconds=25.0)
    times = [cue.time_s for cue in session.of(CueGiven)]
    assert len(times) == 3 and all(later - sooner >= 10.0 - 1e-6 for sooner, later in pairwise(times))
    assert session.screen.correction is not None


def test_the_same_mistake_again_within_the_cool_down_is_shown_but_not_said() -> None:
    session = at_set()
    lasting(session, FaultCode.FOOT_LIFTED)
    mend(session)
    lasting(session, FaultCode.FOOT_LIFTED)
    assert session.screen.correction is not None and len(session.of(CueGiven)) == 1


def test_foot_and_too_far_cut_off_what_is_said_and_the_others_do_not() -> None:
    for code in FaultCode:
        session = at_set()
        lasting(session, code)
        cue = next(cue for _, cue in session.said if cue.kind is CueKind.CORRECTION)
        assert cue.interrupts is (code in (FaultCode.FOOT_LIFTED, FaultCode.OVER_ROTATION)) and cue.tone is Tone.CORRECTION


def test_a_mistake_known_only_at_the_end_is_corrected_at_once_and_mended_by_a_better_one() -> None:
    session = at_set()
    start_s = session.time_s
    session.wait(4)
    session.reps = (a_rep(start_s, session.time_s, faults=(FaultCode.JERKY,)),)
    session.faults = (a_fault(FaultCode.JERKY, start_s, session.time_s, rep=1),)
    guidance = session.frame()
    assert "jerky" in [cue.code for cue in guidance.cues]
    assert guidance.screen.correction is not None and guidance.screen.correction.detail.startswith("That was too much.")
    session.rep()
    assert session.screen.correction is None
    assert [fault.code for fault in session.of(FaultSeen)] == ["jerky"], "stored once"


def test_a_mistake_of_a_finished_movement_is_not_shown_for_ever() -> None:
    session = at_set()
    session.rep(faults=(FaultCode.JERKY,))
    session.wait(4)
    assert session.screen.correction is not None
    session.wait(2)
    assert session.screen.correction is None


def test_what_was_said_during_a_movement_is_not_said_again_at_its_end() -> None:
    session = at_set()
    start_s = session.time_s
    lasting(session, FaultCode.OVER_ROTATION, seconds=1.0)
    mend(session, 11.0)
    session.reps = (a_rep(start_s, session.time_s, faults=(FaultCode.OVER_ROTATION,)),)
    session.wait(1)
    assert session.codes(CueKind.CORRECTION) == ["over_rotation"] and session.screen.correction is None


def test_numbers_are_given_only_where_they_were_measured() -> None:
    session = at_set()
    session.live_faults = (replace(a_fault(FaultCode.OVER_ROTATION, session.time_s), measured=float("nan")),)
    session.wait(1)
    assert session.screen.correction is not None and session.screen.correction.detail == "That was too much."
    session.live_faults = (a_fault(FaultCode.FOOT_LIFTED, session.time_s),)
    session.wait(1)
    assert "31°" in session.screen.correction.detail and "25°" in session.screen.correction.detail


def test_feet_that_should_touch_are_told_so() -> None:
    corrections, ledger = Corrections(feet_apart=True), Ledger()
    fault = a_fault(FaultCode.FOOT_LIFTED, 0.0)
    assert corrections.advance(0.5, 0.5, [fault], (), (), ledger) is None
    cue = corrections.advance(0.6, 0.6, [fault], (), (), ledger)
    assert cue is not None and "together" in cue.text


# Praise


def test_three_clean_ones_in_a_row_are_praised_and_not_again_for_a_while() -> None:
    session = at_set()
    session.rep()
    session.rep()
    assert "praise" not in session.codes()
    session.rep()
    assert session.codes().count("praise") == 1 and session.screen.notice
    for _ in range(3):
        session.rep()
    assert session.codes().count("praise") == 1
    for _ in range(4):
        session.rep()
    assert session.codes().count("praise") == 2
    texts = [cue.text for _, cue in session.said if cue.code == "praise"]
    assert len(set(texts)) == 2, "not the same words again"


@pytest.mark.parametrize("spoiled", [{"faults": (FaultCode.JERKY,)}, {"rejected": Rejection.PARTIAL}])
def test_a_row_is_broken_by_a_mistake_and_by_one_that_does_not_count(spoiled: dict[str, object]) -> None:
    session = at_set()
    for given in ({}, {}, spoiled, {}, {}):
        session.rep(**given)
    assert "praise" not in session.codes()
    session.rep()
    assert "praise" in session.codes()


def test_evenness_is_praised_only_where_it_was_judged() -> None:
    unjudged = Smoothness(reason="too noisy")
    for smoothness, even in ((unjudged, False), (Smoothness(), False), (Smoothness(1.2, 0.8, -3.0, 0.01), True)):
        praise, ledger = Praise(), Ledger()
        cues = [praise.hear(10.0 * place, a_rep(0, 4, smoothness=smoothness), ledger) for place in range(3)]
        assert cues[2] is not None and ("Even" in cues[2].text) is even


def test_the_last_repetition_is_thanked_for_once() -> None:
    session = Rehearsal(one_leg(target=3))
    session.go_to(Stage.SUMMARY)
    assert "praise" not in session.codes() and session.codes()[-1] == "leg_done.right" and session.screen.notice is None


# The count


def test_a_count_never_goes_down_whatever_the_analysis_takes_back() -> None:
    session = at_set()
    session.rep()
    session.rep()
    for reps in ((), session.reps[:1], (replace(session.reps[0], rejected=Rejection.PARTIAL),)):
        session.reps = reps
        session.frame()
        assert session.count == 2


def test_a_movement_whose_ends_move_is_still_the_same() -> None:
    tally = Tally()
    assert [new.number for new in tally.hear(1, [a_rep(0, 4)], Side.RIGHT)] == [1]
    assert tally.hear(1, [a_rep(0.3, 4.4, range_deg=25.0)], Side.RIGHT) == []
    assert tally.reps[Side.RIGHT][0].range_deg == 25.0, "the later reading is better"
    assert tally.hear(1, [a_rep(0, 2), a_rep(2, 4)], Side.RIGHT) == [], "one movement is not made two"
    assert [new.number for new in tally.hear(1, [a_rep(0, 4), a_rep(4.4, 8)], Side.RIGHT)] == [2]
    assert [new.number for new in tally.hear(2, [a_rep(0, 4)], Side.RIGHT)] == [3], "another recording has other movements"


def test_a_tally_begins_empty_and_keeps_legs_apart() -> None:
    tally = Tally()
    assert tally.count(Side.LEFT) == tally.count(None) == 0 and tally.hear(1, [], Side.LEFT) == []
    tally.hear(1, [a_rep(0, 4, Side.LEFT)], Side.LEFT)
    tally.hear(2, [a_rep(0, 4, None)], None)
    assert (tally.count(Side.LEFT), tally.count(Side.RIGHT), tally.count(None)) == (1, 0, 1)


@pytest.mark.parametrize(
    ("start_s", "end_s", "counts"), [(0, 10, True), (0, 10.1, False), (11, 13, False), (19.9, 22, False), (20, 22, True)]
)
def test_a_wait_reaches_from_its_beginning_to_its_end(start_s: float, end_s: float, counts: bool) -> None:
    tally = Tally()
    tally.black_out(10.0)
    tally.light_up(20.0)
    (new,) = tally.hear(1, [a_rep(start_s, end_s)], Side.RIGHT)
    assert (new.rejected is None) is counts


# The ledger and the breath


@pytest.mark.parametrize("kind", list(CueKind))
def test_every_kind_of_cue_has_a_cool_down_and_keeps_it(kind: CueKind) -> None:
    ledger, wait_s = Ledger(), COOL_DOWN_S[kind]
    assert ledger.give(0.0, kind, "x", "words") is not None
    assert ledger.give(wait_s - 0.01, kind, "x", "words") is None
    assert ledger.give(wait_s - 0.01, kind, "y", "words") is not None
    assert ledger.give(wait_s, kind, "x", "words") is not None


def test_the_breath_goes_round_by_itself_in_the_chosen_tempo() -> None:
    pacer = BreathPacer(2.0, 3.0)
    began = [(round(step * 0.1, 1), moment.breath) for step in range(1, 131) for moment, new in [pacer.advance(0.1, Phase.REST)] if new]
    assert [breath for _, breath in began] == [Breath.IN, Breath.OUT] * 2 + [Breath.IN]
    assert [later - sooner for (sooner, _), (later, _) in pairwise(began)] == pytest.approx([2, 4, 2, 4], abs=0.11)


def test_the_breath_follows_the_leg_and_never_hurries_it() -> None:
    pacer = BreathPacer(2.0, 2.0)
    moment, began = pacer.advance(0.05, Phase.OUT)
    assert (moment.breath, began) == (Breath.IN, True)
    moment, began = pacer.advance(0.5, Phase.BACK)
    assert (moment.breath, began, moment.fill) == (Breath.OUT, True, pytest.approx(1.0))
    moment, began = pacer.advance(0.5, Phase.BACK)
    assert not began and 0 < moment.part < 1
    pacer.stop()
    moment, began = pacer.advance(0.0, Phase.UNSEEN)
    assert (moment.breath, moment.part, began) == (Breath.REST, 0.0, False)


def test_breath_sounds_come_with_the_leg_and_stop_with_the_pause() -> None:
    session = at_set()
    session.wait(0.8)
    session.phase = Phase.OUT
    session.wait(1)
    session.phase = Phase.BACK
    session.wait(1)
    tones = [cue.tone for _, cue in session.said if cue.kind is CueKind.BREATH]
    assert tones[-2:] == [Tone.BREATH_IN, Tone.BREATH_OUT]
    session.press(Signal.PAUSE)
    said = len(session.said)
    session.wait(20)
    assert len(session.said) == said and session.screen.breath is None


def test_frames_far_apart_do_not_lose_the_breath() -> None:
    pacer = BreathPacer(1.0, 1.0)
    for _ in range(50):
        moment, _ = pacer.advance(7.3, Phase.REST)
        assert 0 <= moment.part <= 1 and 0 <= moment.fill <= 1
