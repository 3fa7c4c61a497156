"""The breath against the repetitions: in step, the other way round, held, or the reason why nothing is said."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formcheck.exercise.analyzer import AnalysisOptions, analyse
from formcheck.exercise.breathing import SEVERITY, Breathing, breathing_of
from formcheck.exercise.library import ids, load
from formcheck.exercise.session import FaultCode, Rejection, Rep, Smoothness
from formcheck.exercise.spec import BreathSpec
from formcheck.motion.breath_traces import BreathTraces
from formcheck.motion.landmarks import Side
from formcheck.motion.recording import PoseRecording
from formcheck.report.schema import session_schema
from formcheck.report.session_json import session_dict
from formcheck.report.tables import frame_curves
from tests.breaths import Curve, held, sine, traces
from tests.builders import example_recording
from tests.people import a_set, film, length_s, seated

TURN = "hip-internal-rotation"


def rule() -> BreathSpec:
    breath = load(TURN).breath
    assert breath is not None
    return breath


@cache
def blank(duration_s: float) -> PoseRecording:
    return example_recording(duration_s)


def filmed(samples: BreathTraces) -> PoseRecording:
    """A recording with this breath in it."""
    duration_s = float(samples.time_s[-1]) if len(samples) else 10.0
    return replace(blank(duration_s), breath_time_s=samples.time_s, breath_flow_px=samples.flow_px)


def rep(number: int, start_s: float, length_s: float = 4.0, **changed: object) -> Rep:
    nan = float("nan")
    times = {"start_s": start_s, "peak_s": start_s + length_s / 2, "end_s": start_s + length_s}
    made = Rep(number, Side.RIGHT, "inward", **times, peak_deg=20, peak_pm_deg=nan, range_deg=20, out_s=2, hold_s=0, back_s=2,
               peak_speed_deg_s=30, smoothness=Smoothness())  # fmt: skip
    return replace(made, **changed)


def a_set_of(count: int, first_s: float = 6.0, every_s: float = 5.0) -> list[Rep]:
    return [rep(k + 1, first_s + k * every_s, 0.92 * every_s) for k in range(count)]


def judged(samples: BreathTraces, reps: list[Rep]) -> Breathing:
    found = breathing_of(filmed(samples), rule(), reps)
    assert found is not None
    return found


def breath_with(every_s: float, lag_s: float) -> Curve:
    """One breath a repetition, which begins to go in ``lag_s`` after the turn begins."""
    return sine(60 / every_s, first_s=6.0 + lag_s)


@settings(deadline=None, max_examples=15)
@given(lag_s=st.floats(-0.3, 0.3), count=st.integers(5, 9), seed=st.integers(0, 99))
def test_in_as_the_turn_begins_is_in_step_and_no_mistake(lag_s: float, count: int, seed: int) -> None:
    found = judged(traces(12 + 5.0 * count, breath_with(5.0, lag_s), seed=seed), a_set_of(count))
    assert found.report.step == "in_step" and found.faults == () and found.not_measured == ()
    assert found.report.in_step_fraction == 1.0 and len(found.report.reps) == count
    assert found.report.rate_per_min == pytest.approx(12, abs=0.5)
    assert set(found.checked) == {"breath_hold", "breath_out_of_step"}


@settings(deadline=None, max_examples=15)
@given(lag_s=st.floats(-0.3, 0.3), count=st.integers(5, 9), seed=st.integers(0, 99))
def test_out_as_the_turn_begins_is_said_once_and_kindly(lag_s: float, count: int, seed: int) -> None:
    found = judged(traces(12 + 5.0 * count, breath_with(5.0, lag_s + 2.5), seed=seed), a_set_of(count))
    (fault,) = found.faults
    assert fault.code is FaultCode.BREATH_OUT_OF_STEP and fault.severity == SEVERITY != "fault" and fault.rep is None
    assert (fault.start_s, fault.measured, fault.limit, fault.unit) == (6.0, count, 5, "repetitions")
    assert "perhaps" in fault.message.lower()
    assert found.report.step == "out_of_step" and found.report.in_step_fraction == 0.0
    assert abs(found.report.phase_deg) > 120 and found.report.steadiness > 0.8


def test_four_repetitions_are_too_few_to_say_anything_of_the_step() -> None:
    found = judged(traces(40.0, breath_with(5.0, 2.5)), a_set_of(4))
    assert found.report.step is None and found.faults == () and len(found.report.reps) == 4
    assert np.isnan(found.report.in_step_fraction)
    assert found.checked == ("breath_hold",) and found.not_measured == ()


@pytest.mark.parametrize("rate", [14.0, 16.0, 9.0, 20.0])
def test_a_breath_that_goes_its_own_way_is_neither(rate: float) -> None:
    found = judged(traces(60.0, sine(rate, first_s=1.7)), a_set_of(9))
    assert found.report.step == "neither" and found.faults == ()


def test_a_breath_that_wanders_through_the_set_is_no_habit_though_it_was_out_of_step_all_the_time() -> None:
    # 14 breaths a minute beside turns every 4.15 s: 33 degrees from the first to the fifth.
    reps = [rep(k + 1, 6.0 + 4.15 * k, 3.6) for k in range(5)]
    found = judged(traces(34.0, sine(14.0, first_s=6.0 + 1.95)), reps)
    assert all(one.step == "out_of_step" for one in found.report.reps) and len(found.report.reps) == 5
    assert abs(found.report.drift_deg) > 30 and found.report.step == "neither" and found.faults == ()


def test_a_quarter_beside_is_neither_in_step_nor_out_of_it() -> None:
    found = judged(traces(50.0, breath_with(5.0, 1.25)), a_set_of(7))
    assert found.report.step == "neither" and found.faults == ()


def test_a_hold_is_asked_about_with_its_length_and_its_repetitions_are_not_judged() -> None:
    found = judged(traces(70.0, held(breath_with(5.0, 0.25), 26.0, 40.0)), a_set_of(11))
    (fault,) = found.faults
    assert fault.code is FaultCode.BREATH_HOLD and fault.severity == SEVERITY and "?" in fault.message
    assert fault.start_s == pytest.approx(26.0, abs=1.5) and fault.measured == pytest.approx(14.0, abs=2.0)
    assert (fault.limit, fault.unit) == (8, "s")
    assert {one.number for one in found.report.reps}.isdisjoint({5, 6, 7})
    assert found.not_measured == ()


def test_a_longer_limit_asks_later() -> None:
    samples = traces(70.0, held(sine(14), 26.0, 38.0))
    patient = rule().model_copy(update={"hold_s": 20.0})
    found = breathing_of(filmed(samples), patient, [])
    assert found is not None and found.faults == () and len(found.report.holds) == 1


@pytest.mark.parametrize("moves", [{"sway": sine(20, 0.1)}, {"texture": 0.1}, {"head": sine(12, 0.03, first_s=6.0)}])
def test_what_could_not_be_seen_is_said_with_the_reason_and_nothing_else(moves: dict) -> None:
    found = judged(traces(50.0, breath_with(5.0, 2.5), **moves), a_set_of(8))
    assert found.faults == () and found.checked == () and found.report.reps == ()
    assert {item.what for item in found.not_measured} == {"breath_hold", "breath_out_of_step"}
    assert all(item.reason.endswith(".") and item.code.startswith("breath_") for item in found.not_measured)
    assert np.isnan(found.level).all()


def test_rejected_movements_are_not_judged() -> None:
    reps = [replace(one, rejected=Rejection.PARTIAL) for one in a_set_of(7)]
    assert judged(traces(50.0, breath_with(5.0, 2.5)), reps).report.reps == ()


def test_without_samples_or_without_a_rule_nothing_is_said() -> None:
    assert breathing_of(filmed(BreathTraces.none()), rule(), a_set_of(6)) is None
    assert breathing_of(filmed(traces(50.0, sine(14))), None, a_set_of(6)) is None


def test_no_repetition_at_all_still_tells_rate_and_holds() -> None:
    found = judged(traces(40.0, sine(14)), [])
    assert found.report.rate_per_min == pytest.approx(14, abs=0.5) and found.report.step is None and found.faults == ()


def test_the_breath_comes_at_every_frame() -> None:
    recording = filmed(traces(40.0, sine(14)))
    found = breathing_of(recording, rule(), [])
    assert found is not None and found.level.shape == recording.time_s.shape
    assert np.corrcoef(found.level[300:900], sine(14)(recording.time_s[300:900]))[0, 1] > 0.99


@pytest.mark.parametrize("name", ids())
def test_every_exercise_watches_the_breath_or_says_why_not(name: str) -> None:
    spec = load(name)
    gaps = {item.code for item in spec.not_measurable}
    both = {FaultCode.BREATH_HOLD, FaultCode.BREATH_OUT_OF_STEP}
    assert (spec.breath is None and both <= gaps) or (spec.breath is not None and not both & gaps)


def test_the_limits_of_the_phase_are_in_order() -> None:
    with pytest.raises(ValueError, match="not less than"):
        BreathSpec.model_validate(rule().model_dump() | {"in_step_deg": 120, "out_of_step_deg": 60})


def test_a_report_has_the_breath_and_its_mistakes_beside_the_others() -> None:
    legs = a_set(6, height_deg=24.0)
    recording = film(seated(legs, duration_s=length_s(legs)), noise_px=0.3)
    duration_s = float(recording.time_s[-1])
    plain = analyse(recording, load(TURN))
    assert plain.breath is None and "breath" not in plain.timeline.values
    starts = np.array([one.start_s for one in plain.reps if one.counted])
    assert len(starts) == 6
    # A breath that goes with the turns: it begins to go out as each begins.
    turns = np.interp(np.arange(0, duration_s, 0.01), starts, np.arange(6.0), left=np.nan, right=np.nan)
    step_s = float(np.median(np.diff(starts)))
    grid = np.arange(0, duration_s, 0.01)
    turns = np.where(grid < starts[0], (grid - starts[0]) / step_s, np.where(grid > starts[-1], 5 + (grid - starts[-1]) / step_s, turns))
    samples = traces(duration_s, lambda time: 0.005 * np.cos(2 * np.pi * (np.interp(time, grid, turns) - 0.05)))
    report = analyse(replace(recording, breath_time_s=samples.time_s, breath_flow_px=samples.flow_px), load(TURN))
    assert report.breath is not None and report.breath.step == "out_of_step"
    assert [fault.code for fault in report.faults if fault.rep is None] == [FaultCode.BREATH_OUT_OF_STEP]
    assert report.fault_counts["breath_out_of_step"] == 1 and "breath_out_of_step" in report.checked
    assert report.reps == plain.reps and len(report.timeline.values["breath"]) == len(recording)
    without = analyse(
        replace(recording, breath_time_s=samples.time_s, breath_flow_px=samples.flow_px), load(TURN), AnalysisOptions(breath=False)
    )
    assert without.breath is None and without.faults == plain.faults and without.settings["breath"] is False
    assert session_dict(report)["breath"]["step"] == "out_of_step" and session_dict(without)["breath"] is None
    jsonschema.validate(session_dict(report), session_schema())
    assert "breath" in frame_curves(report) and "breath" not in frame_curves(without)
