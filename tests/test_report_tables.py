"""reps.csv and frames.csv: every value in its place, nothing where nothing was measured, quick, and in constant memory."""

from __future__ import annotations

import csv
import time
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from formcheck.exercise.session import FaultCode, SessionReport, Timeline
from formcheck.report.tables import FRAME_COLUMNS, REP_COLUMNS, write_frames_csv, write_reps_csv
from tests.builders import example_recording, example_report


@pytest.fixture(scope="module")
def report() -> SessionReport:
    return example_report(example_recording())


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def long_report(report: SessionReport, rows: int, columns: int) -> SessionReport:
    values = {f"column_{k}_deg": np.linspace(-90, 90, rows) for k in range(columns)}
    line = Timeline(np.arange(rows) / 30, values, report.timeline.shown_deg, report.timeline.phase, np.ones(rows, bool))
    return replace(report, timeline=line)


def test_a_row_a_movement(report, tmp_path):
    path = tmp_path / "reps.csv"
    write_reps_csv(report, path)
    rows = read(path)
    assert tuple(rows[0]) == REP_COLUMNS
    assert [row["number"] for row in rows] == ["1", "2", "3"]
    assert [row["counted"] for row in rows] == ["true", "true", "false"]
    assert [row["rejected"] for row in rows] == ["", "", "partial"]
    assert [row["faults"] for row in rows] == ["", "over_rotation", ""]
    assert rows[0]["smoothness_mid_dip"] == "" and rows[0]["smoothness_reason"] == "too noisy to say"
    assert (rows[1]["peak_deg"], rows[1]["peak_pm_deg"], rows[1]["smoothness_peak_to_mean"]) == ("20.0", "2.5", "1.4")
    assert b"\r" not in path.read_bytes()


def test_odd_words_are_quoted_and_many_faults_joined(report, tmp_path):
    rep = replace(report.reps[0], direction='in, "out"\n', faults=(FaultCode.JERKY, FaultCode.TOO_FAST), peak_deg=float("nan"))
    write_reps_csv(replace(report, reps=(rep,)), tmp_path / "reps.csv")
    (row,) = read(tmp_path / "reps.csv")
    assert (row["direction"], row["faults"], row["peak_deg"]) == ('in, "out"\n', "jerky;too_fast", "")


def test_no_movement_gives_the_header_alone(report, tmp_path):
    write_reps_csv(replace(report, reps=()), tmp_path / "reps.csv")
    assert (tmp_path / "reps.csv").read_text() == ",".join(REP_COLUMNS) + "\n"


def test_a_row_a_frame_with_every_value_in_its_place(report, tmp_path):
    write_frames_csv(report, tmp_path / "frames.csv")
    rows = read(tmp_path / "frames.csv")
    line = report.timeline
    assert tuple(rows[0]) == (*FRAME_COLUMNS, *line.values)
    assert len(rows) == len(line.time_s)
    for index in (0, 1, len(rows) // 2, len(rows) - 1):
        assert rows[index]["frame"] == str(index)
        assert float(rows[index]["time_s"]) == pytest.approx(line.time_s[index], abs=5e-5)
        assert float(rows[index]["hip_rotation_right_deg"]) == pytest.approx(line.values["hip_rotation_right_deg"][index], abs=5e-4)
        assert rows[index]["pelvis_obliquity_deg"] == ""
        assert rows[index]["person"] == "1"


def test_errors_of_angles_have_columns_of_their_own(report, tmp_path):
    angle, pm = np.array([1.0, 2.0, np.nan]), np.array([0.5, np.nan, 0.25])
    line = Timeline(np.arange(3) / 4, {"hip_rotation_left_deg": angle}, {}, {}, np.ones(3, bool), pm_deg={"hip_rotation_left_deg": pm})
    write_frames_csv(replace(report, timeline=line), tmp_path / "f.csv")
    assert (tmp_path / "f.csv").read_text() == (
        "frame,time_s,person,hip_rotation_left_deg,hip_rotation_left_pm_deg\n0,0.0,1,1.0,0.5\n1,0.25,1,2.0,\n2,0.5,1,,0.25\n"
    )


def test_the_clean_range_stands_beside_the_range(report, tmp_path):
    rep = replace(
        report.reps[0], clean_range_deg=12.0, clean_until_s=2.5, culprit=FaultCode.FOOT_LIFTED, isolation_frac=0.5, range_pm_deg=2.0
    )
    write_reps_csv(replace(report, reps=(rep, report.reps[1])), tmp_path / "reps.csv")
    first, second = read(tmp_path / "reps.csv")
    names = ("range_deg", "range_pm_deg", "clean_range_deg", "clean_until_s", "isolation_frac", "culprit")
    assert [first[name] for name in names] == ["20.0", "2.0", "12.0", "2.5", "0.5", "foot_lifted"]
    assert [second[name] for name in names[1:]] == [""] * 5


def test_gaps_infinities_and_negative_zero(report, tmp_path):
    values = {"a_deg": np.array([np.nan, 1.23456, np.inf, -0.00001]), "b_frac": np.array([0.123456, np.nan, -1.0, 2.0])}
    line = Timeline(np.arange(4) / 240, values, {}, {}, np.array([False, True, True, False]))
    write_frames_csv(replace(report, timeline=line), tmp_path / "f.csv")
    assert (tmp_path / "f.csv").read_text() == (
        "frame,time_s,person,a_deg,b_frac\n0,0.0,0,,0.12346\n1,0.0042,1,1.235,\n2,0.0083,1,,-1.0\n3,0.0125,0,0.0,2.0\n"
    )


def test_no_frame_gives_the_header_alone(report, tmp_path):
    write_frames_csv(long_report(report, 0, 2), tmp_path / "f.csv")
    assert (tmp_path / "f.csv").read_text() == "frame,time_s,person,column_0_deg,column_1_deg\n"


@pytest.mark.parametrize("rows", [1023, 1024, 1025, 2049])
def test_no_row_is_lost_between_blocks(report, tmp_path, rows):
    write_frames_csv(long_report(report, rows, 1), tmp_path / "f.csv")
    assert [int(row["frame"]) for row in read(tmp_path / "f.csv")] == list(range(rows))


def test_a_minute_and_a_half_is_written_within_a_second(report, tmp_path):
    long = long_report(report, 2700, 40)
    start = time.perf_counter()
    write_frames_csv(long, tmp_path / "f.csv")
    assert time.perf_counter() - start < 1.0


@pytest.mark.slow
def test_memory_does_not_grow_with_the_length(report, tmp_path):
    def peak(rows: int) -> int:
        long = long_report(report, rows, 40)
        tracemalloc.start()
        write_frames_csv(long, tmp_path / "f.csv")
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    assert peak(20_000) < 1.3 * peak(2_700) + 200_000


def test_every_column_is_in_the_dictionary(report, root):
    text = (root / "docs" / "data-dictionary.md").read_text("utf-8")
    names = [
        *REP_COLUMNS,
        *FRAME_COLUMNS,
        *(name.replace("_left_", "_<side>_").replace("_right_", "_<side>_") for name in report.timeline.values),
    ]
    assert not [name for name in names if f"`{name}`" not in text]
