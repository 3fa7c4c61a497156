"""reps.parquet and frames.parquet: the numbers of the CSV files, with types and units; and the dictionary of all columns."""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from pathlib import Path

import pytest
from pyarrow import parquet, types

from formcheck import __version__
from formcheck.errors import UsageError
from formcheck.exercise.analyzer import analyse
from formcheck.exercise.library import ids, load
from formcheck.exercise.session import FaultCode, SessionReport
from formcheck.report.opensim import COORDINATES, MARKERS
from formcheck.report.parquet import PARQUET_FILES, require_pyarrow, write_parquet
from formcheck.report.tables import FRAME_COLUMNS, frame_curves, rep_columns, write_frames_csv, write_reps_csv
from formcheck.report.units import AngleUnit, column_in, unit_of_column
from tests.builders import example_recording, example_report
from tests.people import a_set, film, length_s, lying, seated, standing


@pytest.fixture(scope="module")
def report() -> SessionReport:
    reps = a_set(3, height_deg=22.0)
    found = analyse(film(seated(reps, duration_s=length_s(reps)), noise_px=0.3), load("hip-internal-rotation"))
    assert len(found.reps) == 3 and found.timeline.pm_deg
    odd = replace(found.reps[0], peak_deg=math.nan, faults=(FaultCode.JERKY, FaultCode.TOO_FAST), direction='in, "out"')
    return replace(found, reps=(odd, *found.reps[1:]))


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("unit", ["deg", "rad"])
def test_the_tables_hold_what_the_csv_files_hold(report: SessionReport, unit: AngleUnit, tmp_path: Path) -> None:
    write_parquet(report, tmp_path, unit)
    write_reps_csv(report, tmp_path / "reps.csv", unit)
    write_frames_csv(report, tmp_path / "frames.csv", unit)
    for name in PARQUET_FILES:
        table, rows = parquet.read_table(tmp_path / name), rows_of(tmp_path / name.replace("parquet", "csv"))
        assert table.column_names == list(rows[0]) and table.num_rows == len(rows)
        for column in table.column_names:
            for value, cell in zip(table[column].to_pylist(), (row[column] for row in rows), strict=True):
                if value is None or value == "":
                    assert cell == ""
                elif isinstance(value, float):
                    assert float(cell) == value
                else:
                    assert cell == (str(value).lower() if isinstance(value, bool) else str(value))


def test_every_column_has_its_type_and_unit(report: SessionReport, tmp_path: Path) -> None:
    write_parquet(report, tmp_path)
    for name in PARQUET_FILES:
        schema = parquet.read_schema(tmp_path / name)
        assert schema.metadata[b"formcheck"].decode() == __version__
        for field in schema:
            unit = field.metadata[b"unit"].decode()
            assert unit == unit_of_column(field.name)
            assert bool(unit) == types.is_float64(field.type), field.name
    schema = parquet.read_schema(tmp_path / "reps.parquet")
    units = {field.name: field.metadata[b"unit"].decode() for field in schema}
    assert (units["peak_deg"], units["peak_speed_deg_s"], units["out_s"], units["isolation_frac"]) == ("deg", "deg/s", "s", "1")
    assert types.is_int32(schema.field("number").type) and types.is_boolean(schema.field("counted").type)
    frames = parquet.read_schema(tmp_path / "frames.parquet")
    assert frames.field("foot_lift_left_frac").metadata[b"unit"] == b"shank lengths" and types.is_int8(frames.field("person").type)


def test_a_session_without_a_movement_and_one_frame_keep_their_types(tmp_path: Path) -> None:
    report = replace(example_report(example_recording()), reps=())
    line = report.timeline
    values = {name: curve[:1] for name, curve in line.values.items()}
    short = replace(line, time_s=line.time_s[:1], values=values, person=line.person[:1], shown_deg={}, phase={})
    write_parquet(replace(report, timeline=short), tmp_path)
    reps = parquet.read_table(tmp_path / "reps.parquet")
    assert reps.num_rows == 0 and reps.column_names == list(rep_columns()) and types.is_float64(reps.schema.field("peak_deg").type)
    frames = parquet.read_table(tmp_path / "frames.parquet")
    assert frames.num_rows == 1 and frames["pelvis_obliquity_deg"].to_pylist() == [None] and frames["frame"].to_pylist() == [0]


def test_without_pyarrow_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("formcheck.report.parquet.find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"pip install 'formcheck\[parquet\]'"):
        require_pyarrow()


def test_units_of_tables_follow_their_names() -> None:
    names = ("peak_deg", "peak_speed_deg_s", "out_s", "side", "hip_rotation_left_pm_deg")
    assert [column_in(name, "rad") for name in names] == ["peak_rad", "peak_speed_rad_s", "out_s", "side", "hip_rotation_left_pm_rad"]
    assert [unit_of_column(name) for name in ("peak_speed_rad_s", "peak_rad", "side", "frame")] == ["rad/s", "rad", "", ""]


def test_radians_are_degrees_times_pi_over_180(report: SessionReport, tmp_path: Path) -> None:
    write_reps_csv(report, tmp_path / "deg.csv")
    write_reps_csv(report, tmp_path / "rad.csv", "rad")
    for row, other in zip(rows_of(tmp_path / "deg.csv"), rows_of(tmp_path / "rad.csv"), strict=True):
        for name, cell in row.items():
            same = other[column_in(name, "rad")]
            if cell and column_in(name, "rad") != name:
                assert float(same) == pytest.approx(math.radians(float(cell)), abs=1.5e-4)
            else:
                assert same == cell
    degrees, radians = frame_curves(report), frame_curves(report, "rad")
    for name, curve in degrees.items():
        factor = math.pi / 180 if column_in(name, "rad") != name else 1.0
        assert radians[column_in(name, "rad")] == pytest.approx(curve * factor, abs=2e-5, nan_ok=True)


def documented(root: Path, heading: str) -> list[str]:
    """The columns that the data dictionary names in the table under a heading."""
    text = (root / "docs" / "data-dictionary.md").read_text("utf-8").split(f"## `{heading}`")[1].split("\n## ")[0]
    cells = [line.split(" | ")[0] for line in text.split("\n") if line.startswith("| `")]
    return [name for cell in cells for name in cell.split("`")[1::2]]


@pytest.mark.parametrize("exercise", ids())
def test_the_dictionary_names_every_column_of_every_exercise_and_no_other(exercise: str, root: Path) -> None:
    posture = {"standing-hip-abduction": standing, "side-lying-hip-external-rotation": lying}.get(exercise, seated)
    reps = a_set(2, height_deg=25.0)
    found = analyse(film(posture(reps, duration_s=length_s(reps)), noise_px=0.3), load(exercise))
    assert documented(root, "reps.csv") == list(rep_columns())
    named = {name.replace("<side>", side) for name in documented(root, "frames.csv") for side in ("left", "right")}
    written = {*FRAME_COLUMNS, *frame_curves(found)}
    angles = {name for name in written if not name.endswith("_pm_deg")}
    # Its column is there only where the breath was looked for, and this film has no chest that moves.
    assert "breath" in named
    assert angles | {"breath"} == {name for name in named if "<angle>" not in name}
    assert "<angle>_pm_deg" in named and {name.replace("_pm_deg", "_deg") for name in written - angles} <= angles


def test_the_dictionary_names_what_opensim_gets(root: Path) -> None:
    assert set(documented(root, "angles.mot")) == {"time", *COORDINATES}
    assert documented(root, "markers.trc")[:2] == ["Frame#", "Time"] and f"Z{len(MARKERS)}" in documented(root, "markers.trc")
    text = (root / "docs" / "data-dictionary.md").read_text("utf-8").split("Markers, in their order:")[1].split("\n## ")[0]
    assert text.split("`")[1::2] == [mark.name.lower() for mark in MARKERS]
