"""The breath against a known one: followed, late, silent, held, and told wrongly."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from formcheck.exercise.analyzer import analyse
from formcheck.exercise.breathing import breathing_of
from formcheck.exercise.library import load
from formcheck.exercise.session import SessionReport
from formcheck.validation.breath import BreathResult, breath_result
from formcheck.validation.comparison import compare
from formcheck.validation.tables import markdown
from formcheck.validation.truth import TrueRep, Truth
from tests.breaths import Curve, held, sine, traces
from tests.builders import example_recording, example_report
from tests.test_exercise_breathing import a_set_of, filmed, rule

DURATION_S = 60.0


def report_of(curve: Curve) -> SessionReport:
    """What is said of a chest that moves so, with eight repetitions from the sixth second on."""
    recording = filmed(traces(DURATION_S, curve))
    reps = a_set_of(8)
    found = breathing_of(recording, rule(), reps)
    assert found is not None
    report = replace(example_report(example_recording(DURATION_S)), reps=tuple(reps), faults=found.faults, breath=found.report)
    line = report.timeline
    return replace(report, timeline=replace(line, time_s=recording.time_s, values={**line.values, "breath": found.level}))


def truth_of(curve: Curve) -> Truth:
    time = np.arange(0.0, DURATION_S, 1 / 30)
    reps = tuple(
        TrueRep(one.number, "right", True, one.start_s, one.peak_s, one.end_s, "hip_rotation", 20.0, 20.0, ()) for one in a_set_of(8)
    )
    columns = {"time_s": time, "breath": curve(time) / 0.005}
    return Truth("a", Path("a.mp4"), "hip-internal-rotation", "inward", reps, columns)


def result(said: Curve, true: Curve) -> BreathResult:
    found = breath_result(truth_of(true), report_of(said))
    assert found is not None
    return found


def test_a_breath_that_is_the_truth() -> None:
    found = result(sine(12, first_s=6.2), sine(12, first_s=6.2))
    assert found.measured_fraction > 0.95 and found.correlation > 0.98 and found.phase_error_deg < 5
    assert found.rate_error_per_min == pytest.approx(0, abs=0.3) and found.rate_per_min == pytest.approx(12, abs=0.3)
    assert (found.step, found.true_step) == ("in_step", "in_step")
    assert (found.holds_found, found.holds_true, found.holds_wrong) == (0, 0, 0) and np.isnan(found.mark_error_s)


def test_a_breath_half_a_second_late_is_late_by_its_phase() -> None:
    assert result(sine(12, first_s=6.7), sine(12, first_s=6.2)).phase_error_deg == pytest.approx(36, abs=5)


def test_another_rate_and_the_other_step_are_told() -> None:
    assert result(sine(16), sine(13)).rate_error_per_min == pytest.approx(3, abs=0.4)
    found = result(sine(12, first_s=8.5), sine(12, first_s=6.0))
    assert (found.step, found.true_step) == ("out_of_step", "in_step") and found.correlation < -0.9


def test_holds_are_found_missed_and_invented() -> None:
    steady, stopped = sine(14), held(sine(14), 24.0, 38.0)
    found = result(stopped, stopped)
    assert (found.holds_found, found.holds_true, found.holds_wrong) == (1, 1, 0) and abs(found.mark_error_s) < 1.5
    missed = result(steady, stopped)
    assert (missed.holds_found, missed.holds_true, missed.holds_wrong) == (0, 1, 0)
    assert result(stopped, steady).holds_wrong == 1
    late = result(held(sine(14), 30.0, 44.0), stopped)
    assert (late.holds_found, late.holds_true, late.holds_wrong) == (0, 1, 0) and late.mark_error_s > 3


def test_silence_has_no_figures_but_its_share() -> None:
    found = result(lambda time: np.zeros(len(time)), sine(14))
    assert found.measured_fraction == 0.0 and found.step is None
    assert all(np.isnan(value) for value in (found.correlation, found.phase_error_deg, found.rate_per_min, found.rate_error_per_min))


def test_without_a_true_breath_or_samples_there_is_nothing_to_compare() -> None:
    truth = truth_of(sine(14))
    bare = replace(truth, columns={"time_s": truth.columns["time_s"]})
    assert breath_result(bare, report_of(sine(14))) is None
    assert breath_result(truth, replace(report_of(sine(14)), breath=None)) is None


def test_the_tables_hold_the_breath() -> None:
    truth, report = truth_of(held(sine(14), 24.0, 38.0)), report_of(held(sine(14), 24.0, 38.0))
    page = markdown([compare(truth, "lite", report)])
    assert "## Breath" in page and "1 of 1" in page
    assert "## Breath" not in markdown([compare(truth, "lite", replace(report, breath=None))])


@pytest.mark.slow
@pytest.mark.model
@pytest.mark.parametrize(("clip", "step", "holds"), [("breath-hold", None, 1), ("breath-out-of-step", "out_of_step", 0)])
def test_a_bundled_clip(clip: str, step: str | None, holds: int) -> None:
    import threading

    from formcheck.capture.bundles import bundle
    from formcheck.poses import measure_poses
    from formcheck.progress import Stage, StageClock

    truth = Truth.load(Path(__file__).resolve().parent.parent / f"samples/{clip}.truth.json")
    measured = measure_poses(truth.video, bundle("lite"), StageClock(None), Stage("measuring", 0.0, 1.0), threading.Event())
    found = breath_result(truth, analyse(measured.recording, load(truth.exercise)))
    assert found is not None
    assert found.measured_fraction > 0.8 and found.correlation > 0.85 and found.phase_error_deg < 20
    assert abs(found.rate_error_per_min) < 1.5 and found.step == step
    assert (found.holds_found, found.holds_true, found.holds_wrong) == (holds, holds, 0)
