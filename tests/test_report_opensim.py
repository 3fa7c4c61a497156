"""markers.trc and angles.mot: what is in them, and that OpenSim's own readers see the same."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.exercise.analyzer import AnalysisOptions, analyse
from formcheck.exercise.library import load
from formcheck.exercise.preparation import prepared
from formcheck.exercise.session import SessionReport
from formcheck.motion.gates import gated_points
from formcheck.motion.landmarks import Landmark
from formcheck.motion.recording import PoseRecording
from formcheck.report.opensim import COORDINATES, MARKERS, opensim_xyz, steady, write_mot, write_opensim, write_trc
from tests.people import a_set, alternating, film, length_s, lying, seated, standing

NAN = float("nan")


@cache
def session(kind: str = "seated", jitter: float = 0.0) -> tuple[PoseRecording, SessionReport]:
    if kind == "seated":
        reps = alternating(2, height_deg=20.0)
        recording = film(seated(reps, duration_s=length_s(reps), jitter=jitter), noise_px=0.3)
        return recording, analyse(recording, load("hip-internal-rotation"))
    make, exercise = {"standing": (standing, "standing-hip-abduction"), "lying": (lying, "side-lying-hip-external-rotation")}[kind]
    reps = a_set(2, height_deg=25.0)
    recording = film(make(reps, duration_s=length_s(reps)), noise_px=0.3)
    return recording, analyse(recording, load(exercise))


def read_trc(path: Path) -> tuple[list[list[str]], np.ndarray]:
    lines = path.read_text("utf-8").split("\n")
    table = [[float(cell) for cell in line.split("\t")] for line in lines[6:-1]]
    return [line.split("\t") for line in lines[:6]], np.array(table)


def read_mot(path: Path) -> tuple[dict[str, str], list[str], np.ndarray]:
    head, _, body = path.read_text("utf-8").partition("endheader\n")
    facts = dict(line.split("=", 1) for line in head.split("\n") if "=" in line)
    names, *rows = body.rstrip("\n").split("\n")
    return (
        facts,
        names.split("\t"),
        np.array([[float(cell) for cell in row.split("\t")] for row in rows]).reshape(len(rows), len(names.split("\t"))),
    )


# --- axes and time


def test_the_axes_are_those_of_opensim() -> None:
    camera = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    # To the right of the picture is to the left of who faces it; down is -Y; away from the camera is backwards.
    assert opensim_xyz(camera).tolist() == [[0, 0, -1], [0, -1, 0], [-1, 0, 0]]
    assert np.linalg.det(opensim_xyz(camera)) == pytest.approx(1.0), "a mirror image would change left and right"


def test_somebody_who_faces_the_camera_has_the_right_side_at_plus_z(tmp_path: Path) -> None:
    recording, report = session()
    write_trc(recording, report, tmp_path / "m.trc")
    head, table = read_trc(tmp_path / "m.trc")
    column = {name: 2 + 3 * index for index, name in enumerate(name for name in head[3][2:] if name)}
    knee, hip, ankle = (
        np.nanmedian(table[:, column[name] : column[name] + 3], axis=0) for name in ("right_knee", "right_hip", "right_ankle")
    )
    assert hip[2] > 0 > np.nanmedian(table[:, column["left_hip"] + 2])
    assert knee[0] > hip[0] + 0.2, "seated, the knees are in front of the hips"
    assert ankle[1] < knee[1] - 0.2, "and the feet below them"


@pytest.mark.parametrize("count", [0, 1, 2])
def test_short_recordings_have_a_beat_too(count: int) -> None:
    beat = steady(np.arange(count) / 4)
    assert len(beat.time_s) == count and not beat.resampled
    assert beat.of(np.arange(count, dtype=float)).tolist() == list(range(count))
    assert beat.rate_hz == (4.0 if count == 2 else 0.0)


def test_even_times_are_taken_as_they_are() -> None:
    time = np.round(np.arange(100) / 30, 3)
    beat = steady(time)
    assert not beat.resampled and (beat.time_s == time).all() and beat.rate_hz == pytest.approx(30.0, abs=0.01)


def test_uneven_times_are_put_on_a_grid_by_straight_lines() -> None:
    rng = np.random.default_rng(1)
    time = np.cumsum(rng.uniform(0.02, 0.05, 200))
    beat = steady(time)
    assert beat.resampled and np.allclose(np.diff(beat.time_s), np.median(np.diff(time)))
    assert time[0] == beat.time_s[0] and beat.time_s[-1] <= time[-1] + 1e-9
    assert beat.of(3 * time - 1) == pytest.approx(3 * beat.time_s - 1, abs=1e-9)


def test_nothing_is_put_across_a_gap_or_beside_what_was_not_measured() -> None:
    time = np.array([0.0, 0.1, 0.2, 0.9, 1.0, 1.1])
    values = np.array([0.0, 1.0, 2.0, 9.0, NAN, 11.0])
    beat = steady(time)
    got = beat.of(values)
    assert beat.time_s == pytest.approx(np.arange(12) / 10)
    assert got[:3] == pytest.approx([0, 1, 2]) and np.isnan(got[3:9]).all()
    assert got[9] == pytest.approx(9) and np.isnan(got[10]) and got[11] == pytest.approx(11)


@given(st.lists(st.floats(0.005, 0.5), min_size=2, max_size=40), st.lists(st.booleans(), min_size=41, max_size=41))
def test_no_value_is_ever_beyond_its_neighbours(steps: list[float], missing: list[bool]) -> None:
    time = np.concatenate([[0.0], np.cumsum(steps)])
    values = np.where(missing[: len(time)], np.nan, np.sin(7 * time))
    beat = steady(time)
    got = beat.of(values)
    assert len(got) == len(beat.time_s)
    for at, value in zip(beat.time_s, got, strict=True):
        if np.isfinite(value):
            near = np.abs(time - at) <= max(0.2, 1e-3) + 1e-6
            assert np.nanmin(values[near]) - 1e-9 <= value <= np.nanmax(values[near]) + 1e-9


# --- what is written


@pytest.mark.parametrize("kind", ["seated", "standing", "lying"])
def test_the_header_says_what_follows(kind: str, tmp_path: Path) -> None:
    recording, report = session(kind)
    write_opensim(recording, report, tmp_path)
    head, table = read_trc(tmp_path / "markers.trc")
    assert head[0] == ["PathFileType", "4", "(X/Y/Z)", "markers.trc"]
    facts = dict(zip(head[1], head[2], strict=True))
    assert (facts["NumFrames"], facts["NumMarkers"], facts["Units"]) == (str(len(recording)), str(len(MARKERS)), "m")
    assert float(facts["DataRate"]) == pytest.approx(30.0, abs=0.01)
    assert [name for name in head[3] if name] == ["Frame#", "Time", *(mark.name.lower() for mark in MARKERS)]
    assert head[5] == [""]
    assert table[:, 0].tolist() == list(range(1, len(recording) + 1))
    assert table[:, 1] == pytest.approx(recording.time_s, abs=1e-6)
    facts, names, rows = read_mot(tmp_path / "angles.mot")
    assert (facts["nRows"], facts["nColumns"], facts["inDegrees"]) == (str(len(rows)), str(len(names)), "yes")
    assert names[0] == "time" and set(names[1:]) <= set(COORDINATES) and len(names) > 4
    assert np.isfinite(rows).all() and (np.diff(rows[:, 0]) > 0).all()


def test_the_positions_are_those_that_were_seen(tmp_path: Path) -> None:
    recording, report = session()
    hidden = recording.visibility.copy()
    hidden[10:20, Landmark.LEFT_FOOT_INDEX] = 0.1
    recording = replace(recording, visibility=hidden)
    person = report.timeline.person.copy()
    person[:3] = False
    report = replace(report, timeline=replace(report.timeline, person=person))
    write_trc(recording, report, tmp_path / "m.trc")
    _, table = read_trc(tmp_path / "m.trc")
    _, world = gated_points(prepared(recording).measured)
    want = np.where(person[:, None, None], world[:, list(MARKERS)], np.nan)
    assert table[:, 2:].reshape(len(recording), -1, 3) == pytest.approx(opensim_xyz(want), abs=1e-6, nan_ok=True)
    assert np.isnan(table[10:20, -3:]).all() and np.isnan(table[:3, 2:]).all() and np.isfinite(table[30:, -3:]).all()


def test_the_angles_are_those_of_the_table_with_the_signs_of_opensim(tmp_path: Path) -> None:
    _, report = session("standing")
    write_mot(report, tmp_path / "a.mot")
    _, names, rows = read_mot(tmp_path / "a.mot")
    at = np.searchsorted(report.timeline.time_s, rows[:, 0] - 1e-4)
    for name, values in zip(names[1:], rows[:, 1:].T, strict=True):
        column, sign = COORDINATES[name]
        assert values == pytest.approx(sign * report.timeline.values[column][at], abs=1e-4)
    raised = rows[:, names.index("hip_adduction_r")]
    assert raised.min() < -15, "a leg lifted outwards is adduction below zero"


def test_moments_without_an_angle_have_no_row_and_columns_that_cost_too_much_are_left_out(tmp_path: Path) -> None:
    _, report = session()
    values = {name: curve.copy() for name, curve in report.timeline.values.items()}
    count = len(report.timeline.time_s)
    values["hip_rotation_right_deg"][:30] = np.nan
    values["knee_flexion_left_deg"][: count * 9 // 10] = np.nan
    write_mot(replace(report, timeline=replace(report.timeline, values=values)), tmp_path / "a.mot")
    facts, names, rows = read_mot(tmp_path / "a.mot")
    assert "hip_rotation_r" in names and "knee_angle_l" not in names
    assert int(facts["nRows"]) == count - 30 and rows[0, 0] == pytest.approx(report.timeline.time_s[30], abs=1e-6)
    assert f"measured there: 30 of {count}." in (tmp_path / "a.mot").read_text()


def test_the_counted_angle_is_kept_even_where_it_costs_most(tmp_path: Path) -> None:
    _, report = session()
    values = {name: curve.copy() for name, curve in report.timeline.values.items()}
    values["hip_rotation_left_deg"][40:] = np.nan
    write_mot(replace(report, timeline=replace(report.timeline, values=values)), tmp_path / "a.mot")
    _, names, rows = read_mot(tmp_path / "a.mot")
    assert {"hip_rotation_l", "hip_rotation_r"} <= set(names) and len(rows) == 40


def test_a_session_in_which_no_angle_was_measured_gives_an_empty_table(tmp_path: Path) -> None:
    _, report = session()
    nothing = {name: np.full_like(curve, np.nan) for name, curve in report.timeline.values.items()}
    write_mot(replace(report, timeline=replace(report.timeline, values=nothing)), tmp_path / "a.mot")
    facts, names, rows = read_mot(tmp_path / "a.mot")
    assert (facts["nRows"], facts["nColumns"], names, len(rows)) == ("0", "1", ["time"], 0)


def test_a_mirrored_film_is_turned_back(tmp_path: Path) -> None:
    recording, report = session()
    write_trc(recording, report, tmp_path / "a.trc")
    other = recording.sides_changed().mirrored().sides_changed()
    mirrored = analyse(other, load("hip-internal-rotation"), AnalysisOptions(mirrored=True))
    assert mirrored.counts == report.counts
    write_trc(other, mirrored, tmp_path / "b.trc")
    (_, straight), (_, back) = read_trc(tmp_path / "a.trc"), read_trc(tmp_path / "b.trc")
    assert back == pytest.approx(straight, abs=2e-6, nan_ok=True)


# --- OpenSim's own readers


@pytest.mark.opensim
@pytest.mark.parametrize(("kind", "jitter"), [("seated", 0.0), ("seated", 0.3), ("standing", 0.0), ("lying", 0.0)])
def test_opensim_reads_the_same_numbers(kind: str, jitter: float, tmp_path: Path, root: Path) -> None:
    recording, report = session(kind, jitter)
    hidden = recording.visibility.copy()
    hidden[5:9, [Landmark.NOSE, Landmark.LEFT_FOOT_INDEX]] = 0.0
    recording = replace(recording, visibility=hidden)
    write_opensim(recording, report, tmp_path)
    command = [sys.executable, "-m", "tests.opensim_reader", str(tmp_path / "markers.trc"), str(tmp_path / "angles.mot")]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    read = json.loads(done.stdout.strip().split("\n")[-1])

    beat = steady(recording.time_s)
    assert beat.resampled is bool(jitter)
    _, world = gated_points(prepared(recording).measured)
    seen = np.where(report.timeline.person[:, None, None], world[:, list(MARKERS)], np.nan)
    assert read["marker_names"] == [mark.name.lower() for mark in MARKERS] and read["units"] == "m"
    assert read["marker_time_s"] == pytest.approx(beat.time_s.tolist(), abs=1e-6)
    markers = np.array(read["markers"], float)
    assert markers == pytest.approx(beat.of(opensim_xyz(seen)), abs=1e-4, nan_ok=True)
    assert np.isnan(markers[6, 0]).all() and np.isnan(markers[6, -1]).all() and np.isfinite(markers[20]).all()
    assert read["older"] == pytest.approx([len(beat.time_s), len(MARKERS), 1, beat.rate_hz], rel=1e-4)

    names, at = read["angle_names"], np.searchsorted(beat.time_s, np.array(read["angle_time_s"]) - 1e-4)
    angles = np.array(read["angles"], float)
    assert len(names) > 4 and len(angles) > 100
    assert read["in_degrees"] == ["yes", True] and read["storage_size"] == len(angles)
    for name, values in zip(names, angles.T, strict=True):
        column, sign = COORDINATES[name]
        assert values == pytest.approx(sign * beat.of(report.timeline.values[column])[at], abs=1e-4)
        assert read["storage"][name] == pytest.approx(values.tolist(), abs=1e-4)
