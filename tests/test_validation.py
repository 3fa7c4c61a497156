"""The comparison with truth: figures that can be worked out by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from formcheck.cli import main
from formcheck.errors import InputError
from formcheck.exercise.session import FaultCode, NotMeasured, Timeline
from formcheck.motion.landmarks import Side
from formcheck.validation.agreement import Agreement, Coverage
from formcheck.validation.comparison import Comparison, compare, group_of
from formcheck.validation.document import page
from formcheck.validation.faults import FaultScore
from formcheck.validation.figures import figures_of
from formcheck.validation.record import as_record, read_record, worse
from formcheck.validation.repetitions import PhaseError, rep_results
from formcheck.validation.tables import markdown
from formcheck.validation.truth import TrueRep, Truth, clips_in
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
    assert np.isnan(Agreement.of(np.array([1.0, 2.0, 3.0]), np.array([0.0, 1.0, 2.0])).slope)
    assert Agreement.of(np.empty(0), np.empty(0)).frames == 0


def test_precision_and_recall() -> None:
    score = FaultScore(right=3, wrong=1, missed=2, declared=5)
    assert (score.precision, score.recall) == (0.75, 0.6)
    assert np.isnan(FaultScore().precision) and np.isnan(FaultScore(declared=2).recall)
    assert FaultScore(1, 2, 3, 4) + FaultScore(1, 1, 1, 1) == FaultScore(2, 3, 4, 5)


def test_a_report_that_is_the_truth(tmp_path: Path) -> None:
    found = compare(truth_of(tmp_path), "full", example_report(example_recording()))
    assert found.counts_exact and found.counts["right"] == 2
    result = found.counted["right"]
    assert result.change.rmse_deg == pytest.approx(0, abs=1e-6) and result.change.slope == pytest.approx(1)
    assert result.absolute.rmse_deg == pytest.approx(0, abs=1e-6) and np.isnan(result.covered.fraction)
    assert found.group == "ahead" and found.angle_off is None
    assert [(rep.start_error_s, rep.end_error_s, rep.peak_error_deg) for rep in found.reps] == [(0.0, 0.0, 0.0)] * 2
    assert found.faults == {"over_rotation": FaultScore(right=1)} and not found.confusions


def test_a_missed_a_wrong_and_a_declared_fault(tmp_path: Path) -> None:
    truth = truth_of(tmp_path)
    reps = (replace(truth.reps[0], faults=("jerky", "pelvis_hike")), replace(truth.reps[1], faults=()), truth.reps[2])
    truth = Truth(truth.name, truth.video, truth.exercise, truth.direction, reps, truth.columns)
    report = example_report(example_recording())
    hidden = NotMeasured("pelvis_hike", "not_measurable_here", "cannot be seen", 0.0, 20.0)
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
    text = page([compare(truth_of(tmp_path), "full", example_report(example_recording()))], "clips", "out/a.md", "images/a.png")
    assert all(f"## {name}\n" in text for name in ("Summary", "Coverage", "Angles", "Repetitions", "Tempo", "Faults", "Confusions"))
    assert "run.py validate clips --model full --write out/a.md" in text and "](images/a.png)" in text
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


def test_the_interval_is_counted_where_it_holds_the_truth(tmp_path: Path) -> None:
    report = example_report(example_recording())
    line = report.timeline
    column = "hip_rotation_right_deg"
    off = {column: line.values[column] + 2.0}
    half = np.where(line.time_s < line.time_s[-1] / 2, 3.0, 1.0)
    shown = {Side.RIGHT: np.where(half == 3.0, half, np.nan)}
    line = replace(line, values={**line.values, **off}, pm_deg={column: half}, shown_pm_deg=shown)
    result = compare(truth_of(tmp_path), "full", replace(report, timeline=line)).counted["right"]
    assert result.covered == Coverage(int((half == 3.0).sum()), len(half))
    assert result.absolute.bias_deg == pytest.approx(2.0) and result.change.bias_deg == pytest.approx(0.0)
    assert result.covered_change == Coverage(int((half == 3.0).sum()), int((half == 3.0).sum()))
    assert 0 < result.covered_moving.known < result.covered_change.known


def test_coverage_leaves_out_what_has_no_interval() -> None:
    nan = float("nan")
    found = Coverage.of(np.array([1.0, -1.0, nan, 5.0, 2.0]), np.array([1.0, 2.0, 1.0, nan, 1.9]))
    assert found == Coverage(2, 3) and (found + Coverage(1, 1)).fraction == 0.75
    assert np.isnan(Coverage.of(np.empty(0), np.empty(0)).fraction)


def test_other_angles_and_those_never_measured(tmp_path: Path) -> None:
    truth = truth_of(tmp_path)
    still = np.zeros(len(truth.columns["time_s"]))
    more = {"trunk_lean_lateral_deg": still + 3.0, "pelvis_obliquity_deg": still, "knee_flexion_right_deg": still}
    truth = replace(truth, columns={**truth.columns, **more})
    found = {item.name: item for item in compare(truth, "full", example_report(example_recording())).angles}
    assert set(found) == {"hip_rotation", "trunk_lean"}
    assert found["trunk_lean"].absolute.bias_deg == pytest.approx(-3.0) and found["trunk_lean"].change.rmse_deg == 0.0


def test_frames_that_were_not_filmed_are_not_compared(tmp_path: Path) -> None:
    report = example_report(example_recording())
    line = report.timeline
    half = {name: value[::2] for name, value in line.values.items()}
    thin = Timeline(line.time_s[::2], half, {}, {}, line.person[::2])
    result = compare(truth_of(tmp_path), "full", replace(report, timeline=thin)).counted["right"]
    assert result.absolute.frames == len(line.time_s[::2]) and result.absolute.rmse_deg == pytest.approx(0, abs=1e-9)
    gone = Timeline(line.time_s[:0], {name: value[:0] for name, value in line.values.items()}, {}, {}, line.person[:0])
    found = compare(truth_of(tmp_path), "full", replace(report, timeline=gone))
    assert found.counted["right"].absolute.frames == 0 and found.angle_off == "not said"


@given(stretch=st.floats(0.5, 2.0), off=st.floats(-0.5, 0.5))
def test_phases_of_a_minimum_jerk_movement(stretch: float, off: float) -> None:
    """Out 1 s, hold 0.5 s, back 1.5 s, all stretched: the truth's own phases are these, whatever was said of them is off by what it is."""
    time = np.arange(round(5 * stretch * 60)) / 60
    u = np.clip(np.stack([(time - 1.0) / stretch, (time - 1.0 - 1.5 * stretch) / (1.5 * stretch)]), 0, 1)
    away = 20 * (10 * u**3 - 15 * u**4 + 6 * u**5)
    end = 1.0 + 3.0 * stretch
    true = TrueRep(1, "right", True, 1.0, 1.0 + 1.25 * stretch, end, "hip_rotation", -20.0, -20.0, ())
    truth = Truth(
        "a", Path("a.mp4"), "hip-internal-rotation", "outward", (true,), {"time_s": time, "hip_rotation_right_deg": away[1] - away[0]}
    )
    rep = example_report(example_recording()).reps[0]
    rep = replace(rep, start_s=1.0, end_s=end, range_deg=21.0, out_s=stretch + off, hold_s=0.5 * stretch, back_s=float("nan"))
    (found,) = rep_results(truth, [(true, rep)])
    errors = {phase.phase: phase for phase in found.phases}
    assert errors["out"].true_s == pytest.approx(stretch, abs=0.03) and errors["out"].error_s == pytest.approx(off, abs=0.03)
    assert errors["hold"].error_s == pytest.approx(0, abs=0.06) and np.isnan(errors["back"].error_s)
    assert found.peak_error_deg == pytest.approx(1.0)


def test_a_phase_is_good_within_a_fifth_of_a_second_or_a_tenth() -> None:
    assert PhaseError("out", 1.0, -0.2).good and not PhaseError("out", 1.0, 0.21).good
    assert PhaseError("out", 4.0, 0.39).good and not PhaseError("out", 4.0, 0.41).good
    assert not PhaseError("out", 4.0, float("nan")).good


def test_views_are_judged_apart() -> None:
    groups = {clip.name: group_of(clip) for clip in clips_in(ROOT / "samples")}
    assert groups["hip-internal-rotation-jerky-fast"] == "ahead" and groups["hip-internal-rotation-foot-lift-oblique-30"] == "turned"
    assert {"standing", "lying"} < set(groups.values())


def test_figures_of_nothing_are_unknown() -> None:
    figures = figures_of([Comparison("a", "full", refused="dark", true_counts={"right": 2})])
    assert figures["clips"] == 1 and figures["refused"] == 1 and figures["counts_exact"] == 0
    assert np.isnan([value for name, value in figures.items() if name not in ("clips", "refused", "counts_exact", "legs")]).all()


def test_nothing_is_worse_than_itself(tmp_path: Path) -> None:
    comparisons = [compare(truth_of(tmp_path), "full", example_report(example_recording()))]
    assert worse(json.loads(json.dumps(as_record(comparisons))), comparisons) == []


def test_what_got_worse_is_said(tmp_path: Path) -> None:
    truth, report = truth_of(tmp_path), example_report(example_recording())
    record = as_record([compare(truth, "full", report)])
    line = report.timeline
    shrunk = {name: 0.7 * value for name, value in line.values.items()}
    reps = tuple(replace(rep, start_s=rep.start_s - 0.3, range_deg=14.0, faults=(FaultCode.JERKY,)) for rep in report.reps[:1])
    said = worse(record, [compare(truth, "full", replace(report, timeline=replace(line, values=shrunk), reps=reps))])
    for what in ("the count is wrong, and was right", "change_rmse_deg", "absolute_rmse_deg", "slope", "peak_error_deg", "start_error_s"):
        assert any(what in sentence for sentence in said), what
    assert any("jerky wrong 1" in sentence for sentence in said) and any("over_rotation missed 1" in sentence for sentence in said)
    gone = worse(record, [Comparison(truth.name, "full", refused="dark", angle=truth.angle, true_counts=truth.counts)])
    assert any("slope is not known any more" in sentence for sentence in gone)


def test_what_was_never_recorded_is_refused(tmp_path: Path) -> None:
    found = [compare(truth_of(tmp_path), "full", example_report(example_recording()))]
    record = as_record(found)
    with pytest.raises(InputError, match="hold none of b with full"):
        worse(record, [replace(found[0], clip="b")])
    with pytest.raises(InputError, match="hold none of a with lite, as-filmed"):
        worse(record, [replace(found[0], model="lite")])
    with pytest.raises(InputError, match="make them again"):
        worse({"models": {"full": {"as-filmed": {"a": {"figures": []}}}}}, found)


@pytest.fixture
def clip_folder(tmp_path: Path) -> Path:
    """A folder with one clip whose landmarks are kept, so that no video is needed."""
    folder, kept = tmp_path / "clips", tmp_path / "kept"
    folder.mkdir()
    kept.mkdir()
    truth_of(folder)
    recording = example_recording()
    recording.save(kept / "a.full.npz")
    recording.save(kept / "a.full.fps-15.npz")
    return folder


def test_the_command_writes_page_plot_and_record_and_checks_them(clip_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["validate", str(clip_folder), "--model", "full", "--landmarks", str(clip_folder.parent / "kept"), "--condition", "fps-15"]
    out = clip_folder.parent / "out" / "accuracy.md"
    out.parent.mkdir()
    assert main([*words, "--write", str(out)]) == 0
    assert "## Conditions" in out.read_text("utf-8") and "(images/accuracy.png)" in out.read_text("utf-8")
    with Image.open(out.parent / "images" / "accuracy.png") as picture:
        assert picture.width > 400 and len(picture.convert("RGB").getcolors(1 << 20) or []) > 10
    record = out.with_suffix(".json")
    capsys.readouterr()
    assert main([*words, "--quiet", "--json", "--check", str(record)]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["models"]["full"].keys() == {"as-filmed", "fps-15"} and "nothing is worse" in said.err
    data = json.loads(record.read_text("utf-8"))
    data["models"]["full"]["as-filmed"]["a"]["figures"]["counts_exact"] = 2
    record.write_text(json.dumps(data), "utf-8")
    assert main([*words, "--quiet", "--check", str(record)]) == 1
    assert "worse than recorded: a, full, as-filmed: the count is wrong" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        (["--condition", "fog"], 3, "fog: is not a condition; choose from fps-15"),
        (["--clips", "nobody"], 3, "nobody: no clip has this in its name"),
        (["--check", "none.json"], 3, "none.json: cannot be read"),
        (["--model", "huge"], 2, "huge"),
    ],
)
def test_what_cannot_be_validated_is_named(
    clip_folder: Path, capsys: pytest.CaptureFixture[str], more: list[str], code: int, said: str
) -> None:
    kept = ["--landmarks", str(clip_folder.parent / "kept")]
    assert main(["validate", str(clip_folder), "--model", "full", *kept, *more]) == code
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("text", ["{", "[]", '{"format": 1}', '{"format": 99, "models": {}}'])
def test_a_record_that_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text, "utf-8")
    with pytest.raises(InputError, match=r"a\.json"):
        read_record(tmp_path / "a.json")


def test_the_bundled_truths_load() -> None:
    clips = clips_in(ROOT / "samples")
    assert len(clips) == 16 and all(clip.video.exists() and clip.reps for clip in clips)
