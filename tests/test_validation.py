"""The comparison with truth: figures that can be worked out by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from formcheck.cli import main
from formcheck.errors import InputError
from formcheck.exercise.session import FaultCode, NotMeasured
from formcheck.validation.comparison import Agreement, FaultScore, compare
from formcheck.validation.document import page
from formcheck.validation.tables import markdown
from formcheck.validation.truth import Truth, clips_in
from tests.builders import example_recording, example_report

ROOT = Path(__file__).resolve().parent.parent


def truth_of(folder: Path, **changes: object) -> Truth:
    """A truth that `example_report` meets exactly: three right repetitions of 20 degrees, the second too far, the third a part."""
    report = example_report(example_recording())
    reps = [
        {name: getattr(rep, name) for name in ("number", "start_s", "peak_s", "end_s", "peak_deg")}
        | {"side": "right", "counts": rep.counted, "angle": "hip_rotation_deg", "excursion_deg": rep.range_deg, "faults": list(rep.faults)}
        for rep in report.reps
    ]
    data = {"clip": "a.mp4", "exercise": "hip-internal-rotation", "direction": "inward", "repetitions": reps} | changes
    (folder / "a.truth.json").write_text(json.dumps(data), "utf-8")
    line = report.timeline
    rows = ["time_s,hip_rotation_right_deg", *(f"{t},{v}" for t, v in zip(line.time_s, line.values["hip_rotation_right_deg"], strict=True))]
    (folder / "a.truth.csv").write_text("\n".join(rows) + "\n", "utf-8")
    return Truth.load(folder / "a.truth.json")


def test_agreement_of_a_curve_with_a_scaled_and_shifted_one() -> None:
    truth = np.array([0.0, 10.0, 20.0, 30.0])
    found = Agreement.of(0.5 * truth + 1, truth)
    assert (found.slope, found.correlation, found.frames) == (pytest.approx(0.5), pytest.approx(1.0), 4)
    assert found.bias_deg == pytest.approx(1 - 0.5 * 15)
    assert found.rmse_deg == pytest.approx(np.sqrt(np.mean((1 - 0.5 * truth) ** 2)))


def test_agreement_leaves_out_what_is_not_known_and_refuses_too_little() -> None:
    nan = float("nan")
    assert Agreement.of(np.array([nan, 1.0, 2.0, 3.0]), np.array([0.0, 1.0, 2.0, 3.0])).rmse_deg == pytest.approx(0)
    assert np.isnan(Agreement.of(np.array([nan, 1.0]), np.array([0.0, 1.0])).rmse_deg)
    assert np.isnan(Agreement.of(np.array([1.0, 2.0, 3.0]), np.ones(3)).slope)
    assert Agreement.of(np.empty(0), np.empty(0)).frames == 0


def test_precision_and_recall() -> None:
    score = FaultScore(right=3, wrong=1, missed=2, declared=5)
    assert (score.precision, score.recall) == (0.75, 0.6)
    assert np.isnan(FaultScore().precision) and np.isnan(FaultScore(declared=2).recall)
    assert FaultScore(1, 2, 3, 4) + FaultScore(1, 1, 1, 1) == FaultScore(2, 3, 4, 5)


def test_a_report_that_is_the_truth(tmp_path: Path) -> None:
    found = compare(truth_of(tmp_path), "full", example_report(example_recording()))
    assert found.counts_exact and found.counts["right"] == 2
    assert found.change["right"].rmse_deg == pytest.approx(0, abs=1e-6) and found.change["right"].slope == pytest.approx(1)
    assert found.start_errors_s == found.end_errors_s == found.peak_errors_deg == (0.0, 0.0)
    assert found.faults == {"over_rotation": FaultScore(right=1)} and not found.confusions


def test_a_missed_a_wrong_and_a_declared_fault(tmp_path: Path) -> None:
    truth = truth_of(tmp_path)
    reps = (replace(truth.reps[0], faults=("jerky", "pelvis_hike")), replace(truth.reps[1], faults=()), truth.reps[2])
    truth = Truth(truth.name, truth.video, truth.exercise, truth.direction, reps, truth.columns)
    report = example_report(example_recording())
    hidden = NotMeasured("pelvis_hike", "not_measurable_here", "cannot be seen", 0.0, 1.0)
    found = compare(truth, "full", replace(report, not_measured=(hidden,)))
    assert found.faults["jerky"] == FaultScore(missed=1)
    assert found.faults["pelvis_hike"] == FaultScore(declared=1)
    assert found.faults["over_rotation"] == FaultScore(wrong=1)
    assert len(found.confusions) == 2


def test_a_lean_may_be_named_a_changed_posture(tmp_path: Path) -> None:
    truth = truth_of(tmp_path)
    truth = Truth("a", truth.video, truth.exercise, None, (replace(truth.reps[0], faults=("trunk_lean",)), *truth.reps[1:]), truth.columns)
    report = example_report(example_recording())
    reps = (replace(report.reps[0], faults=(FaultCode.POSTURE_CHANGED,)), *report.reps[1:])
    assert compare(truth, "full", replace(report, reps=reps)).faults["trunk_lean"] == FaultScore(right=1)


def test_a_wrong_count_is_told(tmp_path: Path) -> None:
    report = example_report(example_recording())
    found = compare(truth_of(tmp_path), "full", replace(report, reps=report.reps[:1]))
    assert not found.counts_exact and " NO |" in markdown([found])


def test_the_page_holds_every_table(tmp_path: Path) -> None:
    text = page([compare(truth_of(tmp_path), "full", example_report(example_recording()))])
    assert all(f"## {name}\n" in text for name in ("Summary", "Angles", "Repetitions", "Faults", "Confusions"))
    for block in text.split("\n\n"):
        rows = [line for line in block.splitlines() if line.startswith("|")]
        assert len({row.count("|") for row in rows}) <= 1


@pytest.mark.parametrize("spoil", ["json", "csv", "key"])
def test_a_broken_truth_is_an_input_error_that_names_it(tmp_path: Path, spoil: str) -> None:
    truth_of(tmp_path)
    if spoil == "json":
        (tmp_path / "a.truth.json").write_text("{", "utf-8")
    elif spoil == "csv":
        (tmp_path / "a.truth.csv").unlink()
    else:
        (tmp_path / "a.truth.json").write_text('{"clip": "a.mp4"}', "utf-8")
    with pytest.raises(InputError, match=r"a\.truth\."):
        clips_in(tmp_path)


def test_a_folder_without_truth(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", str(tmp_path)]) == 3
    assert main(["validate", str(tmp_path / "none")]) == 3
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2 and "holds no clip" in said[0] and "is not a folder" in said[1]


def test_the_bundled_truths_load() -> None:
    clips = clips_in(ROOT / "samples")
    assert len(clips) == 16 and all(clip.video.exists() and clip.reps for clip in clips)
