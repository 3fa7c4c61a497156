"""The analyzer as a whole: the same in, the same out; the wrong thing in, a clear answer; nothing shown that was not measured."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest

from formcheck.errors import NotMeasurableError, UsageError
from formcheck.exercise.analyzer import AnalysisOptions, analyse
from formcheck.exercise.frames import faults_at, frame_results
from formcheck.exercise.library import check, ids, load
from formcheck.exercise.session import Phase, Rejection, SessionReport
from formcheck.motion.landmarks import MIRROR, Landmark, Side
from formcheck.motion.recording import PoseRecording
from tests.people import (
    DESK,
    NEAR,
    Body,
    Camera,
    Rep,
    a_set,
    clock,
    film,
    jumping_jacks,
    length_s,
    lying,
    seated,
    squatting,
    standing,
    walking,
)
from tests.test_exercise_library import SQUAT

TURN, LIFT, CLAM = "hip-internal-rotation", "standing-hip-abduction", "side-lying-hip-external-rotation"
WIDE = Camera(high_m=2.8, distance_m=5.0)


def recording_of(body: Body, camera: Camera = NEAR, **of_film: Any) -> PoseRecording:
    return film(body, camera, **({"noise_px": 0.4, "noise_m": 0.004} | of_film))


def same(a: SessionReport, b: SessionReport) -> None:
    """Equal to the last bit, NaN included."""

    def plain(report: SessionReport) -> str:
        parts = {
            name: getattr(report, name) for name in ("exercise", "settings", "view", "measured_fraction", "limit_deg", "sides", "source")
        }
        lists = {name: [asdict(item) for item in getattr(report, name)] for name in ("reps", "faults", "not_measured")}
        return json.dumps(parts | lists, sort_keys=True)

    assert plain(a) == plain(b)
    assert list(a.timeline.values) == list(b.timeline.values)
    for name, value in a.timeline.values.items():
        assert np.array_equal(value, b.timeline.values[name], equal_nan=True), name
    for side in Side:
        assert np.array_equal(a.timeline.shown_deg[side], b.timeline.shown_deg[side], equal_nan=True)
        assert np.array_equal(a.timeline.phase[side], b.timeline.phase[side])


def nothing_counted(recording: PoseRecording, exercise: str) -> str:
    """Nothing is counted and no fault is found, or the recording is refused; the reason in words."""
    try:
        report = analyse(recording, load(exercise))
    except NotMeasurableError as error:
        assert "\n" not in str(error)
        return str(error)
    assert report.counts == {"left": 0, "right": 0, "both": 0, "total": 0}
    assert report.partial == 0 and report.faults == () and report.sides == ()
    return "; ".join(item.reason for item in report.not_measured)


# --- the same in, the same out


@pytest.mark.parametrize(("body", "exercise"), [(seated(a_set(3)), TURN), (standing(a_set(3)), LIFT), (lying(a_set(3)), CLAM)])
def test_the_same_recording_gives_the_same_report(body: Body, exercise: str) -> None:
    recording = recording_of(body, hidden={Landmark.LEFT_ANKLE: [(2.0, 3.0)]}, gone=[(9.0, 9.1)])
    same(analyse(recording, load(exercise)), analyse(recording, load(exercise)))


def test_the_recording_is_not_changed() -> None:
    recording = recording_of(seated(a_set(2)), gone=[(3.0, 3.2)])
    before = [array.copy() for array in (recording.image_xy, recording.world_xyz, recording.visibility, recording.time_s)]
    analyse(recording, load(TURN))
    after = (recording.image_xy, recording.world_xyz, recording.visibility, recording.time_s)
    assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(before, after, strict=True))


def test_time_need_not_begin_at_zero() -> None:
    recording = recording_of(seated(a_set(3)))
    later = replace(recording, time_s=recording.time_s + 100.0)
    a, b = analyse(recording, load(TURN)), analyse(later, load(TURN))
    assert a.counts == b.counts
    assert [rep.start_s + 100 for rep in a.reps] == pytest.approx([rep.start_s for rep in b.reps])


@pytest.mark.parametrize(
    ("body", "exercise"),
    [
        (seated(a_set(3, height_deg=24)), TURN),
        (seated([*a_set(2), Rep(13.0, height_deg=-18)]), TURN),
        (standing(a_set(3, height_deg=24)), LIFT),
    ],
)
def test_in_the_mirror_the_other_leg_does_the_same(body: Body, exercise: str) -> None:
    body.trunk_bend_deg = 9 * (body.time_s > 8)
    recording = recording_of(body, Camera(yaw_deg=15))
    mirrored_xy = recording.image_xy[:, MIRROR] * np.array([-1, 1], np.float32) + np.array([640, 0], np.float32)
    mirrored = replace(recording, image_xy=mirrored_xy, world_xyz=recording.world_xyz[:, MIRROR] * np.array([-1, 1, 1], np.float32))
    a, b = analyse(recording, load(exercise)), analyse(mirrored, load(exercise))
    assert a.counts["right"] == b.counts["left"] > 0
    assert [fault.code for fault in a.faults] == [fault.code for fault in b.faults]
    for one, other in zip(a.reps, b.reps, strict=True):
        assert (one.side, one.direction, one.rejected) == (other.side.other if other.side else None, other.direction, other.rejected)
        assert one.peak_deg == pytest.approx(other.peak_deg, abs=0.1)
        assert one.start_s == pytest.approx(other.start_s, abs=0.02)


# --- the wrong thing in


@pytest.mark.parametrize("exercise", ids())
def test_nobody_in_view_is_refused(exercise: str) -> None:
    with pytest.raises(NotMeasurableError, match="nobody is in view with hips and legs; step back"):
        analyse(film(seated(a_set(2)), gone=[(0, 99)]), load(exercise))


@pytest.mark.parametrize("exercise", ids())
@pytest.mark.parametrize("count", [0, 1])
def test_less_than_two_pictures_are_refused(exercise: str, count: int) -> None:
    with pytest.raises(NotMeasurableError, match="fewer than two pictures"):
        analyse(film(seated([], duration_s=max(count, 1e-9) / 30)), load(exercise))


@pytest.mark.parametrize(("count", "fps"), [(2, 30), (2, 5), (3, 30), (4, 30), (5, 240)])
def test_a_recording_of_next_to_nothing_has_no_repetition(count: int, fps: float) -> None:
    report = analyse(film(seated([], fps=fps, duration_s=count / fps)), load(TURN))
    assert report.reps == () and report.measured_fraction == 1.0
    assert len(report.timeline.time_s) == count


def test_only_the_upper_body_in_view_is_refused() -> None:
    close = film(seated(a_set(2)), Camera(high_m=0.7))
    with pytest.raises(NotMeasurableError, match="both feet are in the picture"):
        analyse(close, load(TURN))


def test_hidden_legs_are_refused() -> None:
    legs = {Landmark.of(side, part): [(0, 99)] for side in Side for part in ("knee", "ankle")}
    with pytest.raises(NotMeasurableError, match="the legs cannot be seen"):
        analyse(film(seated(a_set(2)), hidden=legs), load(TURN))


@pytest.mark.parametrize(
    ("body", "exercise", "message"),
    [
        (standing(a_set(2)), TURN, "is done sitting, and the person in view is standing"),
        (lying(a_set(2)), TURN, "is done sitting, and the person in view is lying"),
        (seated(a_set(2)), LIFT, "is done standing, and the person in view is sitting"),
        (seated(a_set(2)), CLAM, "is done lying, and the person in view is sitting"),
    ],
)
def test_another_posture_is_refused_with_both_named(body: Body, exercise: str, message: str) -> None:
    with pytest.raises(NotMeasurableError, match=message):
        analyse(recording_of(body), load(exercise))


def test_a_person_seen_from_the_side_is_asked_to_turn() -> None:
    with pytest.raises(NotMeasurableError, match=r"turned too far from the camera for this exercise \(about 8\d degrees\)"):
        analyse(film(seated(a_set(2)), Camera(yaw_deg=85)), load(TURN))


def test_half_turned_away_counts_and_shows_no_angle() -> None:
    report = analyse(recording_of(seated(a_set(4)), Camera(yaw_deg=57)), load(TURN))
    assert report.counts["right"] == 4
    assert "turned_away" in {item.code for item in report.not_measured}
    assert all(math.isnan(rep.peak_deg) and math.isnan(rep.range_deg) and math.isnan(rep.peak_pm_deg) for rep in report.reps)
    assert all(math.isnan(rep.peak_speed_deg_s) for rep in report.reps)
    assert np.isnan(report.timeline.values["hip_rotation_right_deg"]).all()
    assert np.isnan(report.timeline.shown_deg[Side.RIGHT]).all()
    assert all(math.isfinite(rep.start_s) and math.isfinite(rep.out_s) for rep in report.reps)
    assert "over_rotation" not in {fault.code.value for fault in report.faults}


# --- people who do something else

ELSE = {
    "sitting still": lambda: seated([], duration_s=10),
    "arms on a chair": lambda: replace(seated([], duration_s=10), arms_deg=45 * (1 - np.cos(clock(10) * 3))),
    "standing still": lambda: standing([], duration_s=10),
    "squats": lambda: squatting(clock(20), 6),
    "shallow squats": lambda: squatting(clock(20), 6, 0.15),
    "jumping jacks": lambda: jumping_jacks(clock(14), 12),
    "walking through": lambda: walking(clock(7)),
    "swaying on a chair": lambda: replace(seated([], duration_s=12), trunk_bend_deg=15 * np.sin(clock(12) * 2)),
    "bowing on a chair": lambda: replace(seated([], duration_s=12), trunk_forward_deg=25 * (1 - np.cos(clock(12) * 2))),
    "lying still": lambda: lying([], duration_s=8),
}


@pytest.mark.parametrize("exercise", ids())
@pytest.mark.parametrize("what", ELSE)
def test_who_does_something_else_does_not_do_this(what: str, exercise: str) -> None:
    nothing_counted(recording_of(ELSE[what](), WIDE), exercise)


@pytest.mark.parametrize("exercise", ids())
def test_the_set_of_another_posture_is_not_this(exercise: str) -> None:
    for body, posture in ((seated(a_set(3)), "seated"), (standing(a_set(3)), "standing"), (lying(a_set(3)), "lying")):
        if load(exercise).view.posture != posture:
            assert "is done" in nothing_counted(recording_of(body), exercise)


def test_getting_up_and_walking_off_after_the_set_costs_nothing() -> None:
    on_chair = recording_of(seated(a_set(3)), WIDE)
    afoot = recording_of(walking(clock(5)), WIDE)
    time = np.concatenate([on_chair.time_s, on_chair.time_s[-1] + 1 / 30 + afoot.time_s])
    arrays = [np.concatenate([getattr(r, name) for r in (on_chair, afoot)]) for name in ("image_xy", "world_xyz", "visibility")]
    report = analyse(PoseRecording(time, *arrays, on_chair.image_size), load(TURN))
    assert report.counts["right"] == 3 == report.counts["total"]
    assert "other_posture" in {item.code for item in report.not_measured}
    assert 0.6 < report.measured_fraction < 0.85


# --- people who leave


def test_who_leaves_between_two_repetitions_keeps_both() -> None:
    reps = a_set(2, pause_s=6.0)
    report = analyse(recording_of(seated(reps), gone=[(reps[0].end_s + 1, reps[1].start_s - 1)]), load(TURN))
    assert report.counts["right"] == 2 and report.partial == 0
    away = next(item for item in report.not_measured if item.code == "nobody")
    assert away.start_s == pytest.approx(reps[0].end_s + 1, abs=0.05) and away.end_s == pytest.approx(reps[1].start_s - 1, abs=0.05)
    assert report.measured_fraction == pytest.approx(1 - (away.end_s - away.start_s) / report.timeline.time_s[-1], abs=0.01)


def test_who_leaves_in_the_middle_of_a_repetition_loses_that_one() -> None:
    reps = a_set(3, hold_s=1.0)
    report = analyse(recording_of(seated(reps), gone=[(reps[2].start_s + reps[2].out_s + 0.5, 99)]), load(TURN))
    assert report.counts["right"] == 2
    assert [rep.rejected for rep in report.reps][2] in (Rejection.LOST_SIGHT, Rejection.PARTIAL)
    last = report.reps[2]
    assert math.isnan(last.back_s) and last.end_s <= reps[2].start_s + reps[2].out_s + 0.6


def test_what_is_unseen_is_nan_in_every_column_and_has_its_phase() -> None:
    report = analyse(recording_of(seated(a_set(3)), gone=[(7.0, 8.0)]), load(TURN))
    line = report.timeline
    away = (line.time_s >= 7.0) & (line.time_s < 8.0)
    assert not line.person[away].any() and line.person[~away].all()
    for name, value in line.values.items():
        assert len(value) == len(line.time_s) and np.isnan(value[away]).all(), name
    for side in Side:
        assert np.isnan(line.shown_deg[side][away]).all()
        assert (line.phase[side][away] == tuple(Phase).index(Phase.UNSEEN)).all()


def test_a_short_flicker_is_bridged() -> None:
    report = analyse(recording_of(seated(a_set(3)), gone=[(7.5, 7.6), (8.5, 8.6)]), load(TURN))
    assert report.counts["right"] == 3
    assert np.isfinite(report.timeline.values["hip_rotation_right_deg"]).all()


def test_somebody_else_in_view_is_said() -> None:
    recording = replace(recording_of(seated(a_set(2))), people_time_s=np.array([0.0, 4.0, 8.0]), people=np.array([1, 2, 1]))
    report = analyse(recording, load(TURN))
    said = next(item for item in report.not_measured if item.code == "several_people")
    assert (said.start_s, said.end_s, report.view["most_people"]) == (4.0, 4.0, 2)


def test_a_low_frame_rate_is_said_once() -> None:
    report = analyse(recording_of(seated(a_set(3), fps=10)), load(TURN))
    assert [item.reason for item in report.not_measured if item.code == "low_frame_rate"] == [
        "At 10 pictures a second the evenness of a movement cannot be followed; 20 are needed."
    ]
    assert "jerky" not in {fault.code.value for fault in report.faults}


# --- options


@pytest.mark.parametrize("limit_deg", [0.0, -5.0, 90.1, math.nan, math.inf])
def test_a_limit_out_of_range_is_a_usage_error(limit_deg: float) -> None:
    with pytest.raises(UsageError, match="the limit must be over 0 and at most 90 degrees, got "):
        analyse(film(seated(a_set(1))), load(TURN), AnalysisOptions(limit_deg=limit_deg))


@pytest.mark.parametrize("limit_deg", [0.1, 90.0])
def test_the_ends_of_the_range_of_limits_are_allowed(limit_deg: float) -> None:
    assert AnalysisOptions(limit_deg=limit_deg).checked(load(TURN)).limit_deg == limit_deg


@pytest.mark.parametrize("direction", ["up", "Inward", "inwards"])
def test_an_unknown_direction_is_a_usage_error_that_names_the_known(direction: str) -> None:
    with pytest.raises(UsageError, match=rf"hip-internal-rotation has no direction '{direction}'; it has inward, outward, both\."):
        analyse(film(seated(a_set(1))), load(TURN), AnalysisOptions(direction=direction))


@pytest.mark.parametrize("exercise", ids())
def test_the_exercises_own_values_are_filled_in(exercise: str) -> None:
    options = AnalysisOptions().checked(load(exercise))
    assert options.direction == load(exercise).default_direction
    assert options.limit_deg is not None and 30 <= options.limit_deg <= 45
    assert options.sides == frozenset(Side)


def test_the_settings_are_in_the_report() -> None:
    report = analyse(recording_of(seated(a_set(1))), load(TURN), AnalysisOptions("right", "both", 20.0))
    assert {key: report.settings[key] for key in ("side", "direction", "limit_deg")} == {
        "side": "right",
        "direction": "both",
        "limit_deg": 20.0,
    }
    json.dumps([report.settings, report.view, report.source], allow_nan=False)


# --- the report


def test_the_report_says_what_was_watched() -> None:
    recording = recording_of(seated(a_set(3)), Camera(yaw_deg=20))
    report = analyse(recording, load(TURN))
    assert (report.exercise, report.title, report.shown_angle) == (TURN, "Hip internal rotation", "hip rotation")
    assert (report.source["frames"], report.source["width"], report.source["height"]) == (len(recording), 640, 480)
    assert (report.target_reps, report.sides, report.measured_fraction) == ((10, 15), ("right",), 1.0)
    assert report.view["posture"] == "seated" and report.view["yaw_deg"] == pytest.approx(20, abs=3)
    assert {"pelvis_hike"} == {item.what for item in report.not_measured if item.code == "not_measurable_here"}


def test_the_timeline_has_every_column_of_the_contract() -> None:
    line = analyse(recording_of(seated(a_set(1))), load(TURN)).timeline
    per_side = ["hip_rotation", "hip_abduction", "hip_flexion", "knee_flexion", "shin_tilt", "knee_opening", "leg_to_vertical"]
    lifts = ["foot_lift", "heel_lift", "toe_lift", "ankle_lift"]
    wanted = {f"{name}_{side.value}_deg" for name in per_side for side in Side} | {
        f"{name}_{side.value}_frac" for name in lifts for side in Side
    }
    body = {
        "trunk_lean_deg",
        "trunk_forward_deg",
        "pelvis_obliquity_deg",
        "shoulder_tilt_deg",
        "trunk_side_bend_deg",
        "trunk_shortening_frac",
    }
    assert set(line.values) >= wanted | body


def test_the_curves_are_those_put_in() -> None:
    body = seated(a_set(2, height_deg=22))
    line = analyse(film(body, DESK), load(TURN)).timeline
    assert np.abs(line.values["hip_rotation_right_deg"] - body.rotation_deg[Side.RIGHT]).max() < 1.5
    assert np.abs(line.values["hip_rotation_left_deg"]).max() < 0.5
    assert np.allclose(line.values["knee_flexion_right_deg"], 85, atol=0.5)
    assert np.abs(line.values["foot_lift_right_frac"]).max() < 0.01


def test_the_phases_follow_the_movement() -> None:
    reps = a_set(2, hold_s=1.0, pause_s=2.0)
    line = analyse(recording_of(seated(reps)), load(TURN)).timeline
    middle = {
        Phase.OUT: reps[0].start_s + 1.0,
        Phase.HOLD: reps[0].start_s + 2.5,
        Phase.BACK: reps[0].start_s + 4.0,
        Phase.REST: reps[0].end_s + 1.0,
    }
    for phase, at in middle.items():
        assert tuple(Phase)[line.phase[Side.RIGHT][np.argmin(np.abs(line.time_s - at))]] is phase
    assert (line.phase[Side.LEFT] == tuple(Phase).index(Phase.REST)).all()


def test_frame_by_frame_the_count_rises_when_a_repetition_ends() -> None:
    recording = recording_of(seated(a_set(3, height_deg=38)))
    report = analyse(recording, load(TURN))
    frames = list(frame_results(recording, report))
    assert len(frames) == len(recording)
    assert frames[0].counts["total"] == 0 and frames[-1].counts == report.counts
    totals = [frame.counts["total"] for frame in frames]
    assert sorted(totals) == totals
    fault = report.faults[0]
    assert fault in faults_at(report.faults, fault.start_s) and fault not in faults_at(report.faults, fault.end_s)
    assert any(frame.rep is report.reps[1] for frame in frames) and any(fault in frame.faults for frame in frames)


def test_frames_of_another_recording_are_refused() -> None:
    report = analyse(recording_of(seated(a_set(2))), load(TURN))
    with pytest.raises(ValueError, match="the report has"):
        next(frame_results(recording_of(seated(a_set(1))), report))


def test_an_exercise_of_ones_own_is_analysed_like_a_bundled_one(tmp_path: Any) -> None:
    path = tmp_path / "squat.toml"
    path.write_text(SQUAT, "utf-8")
    report = analyse(recording_of(squatting(clock(20), 5), WIDE), check(path))
    assert report.counts == {"left": 0, "right": 0, "both": 5, "total": 5}
    assert report.shown_angle == "knee flexion" and math.isnan(report.limit_deg)
    assert all(60 < rep.range_deg < 120 for rep in report.reps)


@pytest.mark.parametrize("pitch_deg", [-5.0, 0.0, 10.0])
@pytest.mark.parametrize("size", [(640, 480), (480, 854), (1920, 1080)])
def test_any_usual_camera_will_do(pitch_deg: float, size: tuple[int, int]) -> None:
    recording = recording_of(seated(a_set(3)), Camera(pitch_deg=pitch_deg, size=size, high_m=2.6))
    report = analyse(recording, load(TURN))
    assert report.counts["right"] == 3 and report.faults == ()
    assert length_s(a_set(3)) == pytest.approx(report.timeline.time_s[-1], abs=0.05)
