"""What may be shown in which view: each metric by its own limits, with a code and a sentence; counting as long as it can go on."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from formcheck.cli import main
from formcheck.errors import NotMeasurableError
from formcheck.exercise.analyzer import AnalysisOptions, analyse
from formcheck.exercise.frames import frame_results
from formcheck.exercise.library import ids, load
from formcheck.exercise.notes import MOST_SPELLS
from formcheck.exercise.session import SessionReport
from formcheck.exercise.spec import METRICS, ExerciseSpec, MetricView, ViewSpec
from formcheck.exercise.validity import CODES, metric_of, metrics_off, reasons_of_faults
from formcheck.motion.framing import CameraView, Cut, Framing
from formcheck.motion.landmarks import Landmark, Side
from formcheck.motion.recording import PoseRecording
from formcheck.motion.view import Posture
from tests.people import NEAR, Body, Camera, Rep, a_set, film, seated, standing

TURN, LIFT, CLAM = "hip-internal-rotation", "standing-hip-abduction", "side-lying-hip-external-rotation"
WELL = Framing(30.0, 100.0, np.ones(10, bool))
FRONT = CameraView(0.0, 0.0, 0.0, 6.0, 1.0, 1.0, 1.0)


def recording_of(body: Body, camera: Camera = NEAR, mirrored: bool = False) -> PoseRecording:
    return film(body, camera, noise_px=0.4, noise_m=0.004, mirrored=mirrored)


def codes(report: SessionReport) -> dict[str, str]:
    return {item.what: item.code for item in report.not_measured if item.code != "not_measurable_here"}


# --- limits


@pytest.mark.parametrize("name", ids())
def test_seen_well_nothing_is_off(name: str) -> None:
    assert metrics_off(load(name), FRONT, WELL) == {}


@pytest.mark.parametrize("name", ids())
def test_what_is_not_known_takes_nothing_away(name: str) -> None:
    assert metrics_off(load(name), CameraView(), Framing(30.0, math.nan, np.zeros(0, bool))) == {}


LIMITS = [(load(name), item) for name in ids() for item in load(name).view.metrics]


@pytest.mark.parametrize(("spec", "item"), LIMITS, ids=[f"{spec.id}-{item.metric}" for spec, item in LIMITS])
def test_each_limit_holds_to_the_degree(spec: ExerciseSpec, item: object) -> None:
    limits = spec.view.of(item.metric)  # type: ignore[attr-defined]
    tries = [("yaw_deg", limits.max_yaw_deg, 1, "turned_away"), ("pitch_deg", limits.max_pitch_deg, 1, "camera_too_high")]
    tries += [("pitch_deg", limits.max_pitch_deg, -1, "camera_too_low"), ("roll_deg", limits.max_roll_deg, -1, "camera_tilted")]
    for field, limit, sign, code in tries:
        if limit is None or (field == "yaw_deg" and spec.view.posture is Posture.LYING):
            continue
        for degrees, off in ((limit - 0.1, False), (limit + 2.1, True)):
            found = metrics_off(spec, replace(FRONT, **{field: sign * degrees}), WELL).get(limits.metric)
            assert (found is not None) == off, (field, degrees)
            assert found is None or (found.code == code and found.code in CODES)
    if limits.min_shank_px is not None:
        assert limits.metric not in metrics_off(spec, FRONT, replace(WELL, shank_px=limits.min_shank_px + 0.1))
        assert metrics_off(spec, FRONT, replace(WELL, shank_px=limits.min_shank_px - 0.1))[limits.metric].code == "too_far"
    if limits.min_distance_shanks is not None:
        near = replace(FRONT, distance_shanks=limits.min_distance_shanks - 0.1)
        assert metrics_off(spec, near, WELL)[limits.metric].code == "too_near"
    for part in limits.needs:
        for frames, off in ((5, False), (6, True)):
            cut = Cut(part, "bottom", np.arange(10) < frames, np.ones(10, bool))
            assert (limits.metric in metrics_off(spec, FRONT, replace(WELL, cuts=(cut,)))) == off


def test_a_roll_that_the_body_does_not_agree_on_takes_nothing_away() -> None:
    spec = load(TURN)
    assert metrics_off(spec, replace(FRONT, roll_deg=20.0, roll_sd_deg=8.0), WELL) == {}
    assert "hip_rotation" in metrics_off(spec, replace(FRONT, roll_deg=20.0, roll_sd_deg=2.0), WELL)


@pytest.mark.parametrize(("fps", "off"), [(30.0, set()), (20.0, set()), (15.0, {"jerk"}), (10.0, {"jerk"}), (9.0, {"jerk", "tempo"})])
def test_a_low_frame_rate_takes_evenness_first_and_then_the_tempo(fps: float, off: set[str]) -> None:
    found = metrics_off(load(TURN), FRONT, replace(WELL, fps=fps))
    assert set(found) == off and {item.code for item in found.values()} <= {"low_frame_rate"}


def test_mixed_sides_take_what_asks_for_a_side() -> None:
    found = metrics_off(load(TURN), FRONT, replace(WELL, mirrored=True))
    assert {"hip_rotation", "trunk_side_bend", "pelvis_hike", "knee_drift"} <= set(found)
    assert not {"count", "tempo", "jerk", "foot_lift"} & set(found)


def test_the_old_keys_alone_still_do() -> None:
    old = ViewSpec(posture=Posture.SEATED, camera="In front of you.", max_yaw_deg=65, max_angle_yaw_deg=50, source="own")
    assert old.of("hip_rotation").max_yaw_deg == 50 and old.of("count").max_yaw_deg == 65 == old.of("foot_lift").max_yaw_deg
    spec = load(TURN).model_copy(update={"view": old})
    assert set(metrics_off(spec, replace(FRONT, yaw_deg=55.0, roll_deg=80.0, pitch_deg=80.0), WELL)) == {"hip_rotation", "hip_abduction"}


@pytest.mark.parametrize("name", ids())
def test_every_rule_looks_at_a_metric(name: str) -> None:
    spec = load(name)
    assert all(metric_of(rule, spec) in METRICS for rule in spec.faults)
    assert reasons_of_faults(spec, {}) == {}


def with_table(spec: ExerciseSpec, **limits: object) -> ExerciseSpec:
    table = MetricView.model_validate({"source": spec.view.source, **limits})
    return spec.model_copy(update={"view": spec.view.model_copy(update={"metrics": (*spec.view.metrics, table)})})


@pytest.mark.parametrize("limits", [{"min_shank_px": 150}, {"max_yaw_deg": 20}, {"max_roll_deg": 4}])
def test_where_an_exercise_says_that_it_cannot_be_counted_it_is_refused(limits: dict[str, float]) -> None:
    recording = recording_of(seated(a_set(2)), Camera(yaw_deg=30, roll_deg=8))
    assert analyse(recording, load(TURN)).counts["right"] == 2
    with pytest.raises(NotMeasurableError, match=r"You |The camera "):
        analyse(recording, with_table(load(TURN), metric="count", **limits))
    assert analyse(recording, with_table(load(TURN), metric="count", max_yaw_deg=60)).counts["right"] == 2


# --- whole recordings


@pytest.mark.parametrize(
    ("camera", "shown", "code"),
    [
        (Camera(), True, None),
        (Camera(yaw_deg=30), True, None),
        (Camera(yaw_deg=-30), True, None),
        (Camera(yaw_deg=55), False, "turned_away"),
        (Camera(yaw_deg=-55), False, "turned_away"),
        (Camera(pitch_deg=20, high_m=2.4), True, None),
        (Camera(pitch_deg=31, high_m=2.4), False, "camera_too_high"),
        (Camera(pitch_deg=-30, high_m=2.4), False, "camera_too_low"),
        (Camera(roll_deg=10, high_m=2.4), True, None),
        (Camera(roll_deg=20, high_m=2.4), False, "camera_tilted"),
        (Camera(roll_deg=-30, high_m=2.4), False, "camera_tilted"),
        (Camera(high_m=4), True, None),
        (Camera(high_m=8), False, "too_far"),
    ],
)
def test_the_angle_goes_and_the_count_stays(camera: Camera, shown: bool, code: str | None) -> None:
    report = analyse(recording_of(seated(a_set(3, height_deg=24)), camera), load(TURN))
    assert report.counts["right"] == 3 == report.counts["total"]
    assert codes(report).get("hip_rotation") == code == report.view["metrics_off"].get("hip_rotation")
    assert codes(report).get("over_rotation") == code
    for rep in report.reps:
        assert math.isfinite(rep.peak_deg) == math.isfinite(rep.range_deg) == shown
    assert np.isfinite(report.timeline.values["hip_rotation_right_deg"]).any() == shown
    assert np.isfinite(report.timeline.shown_deg[Side.RIGHT]).any() == shown
    json.dumps(report.view, allow_nan=False)


def test_a_camera_that_no_pose_was_fitted_to_is_not_known() -> None:
    report = analyse(recording_of(seated(a_set(2)), Camera(pitch_deg=-38, high_m=2.4)), load(TURN))
    assert report.view["pitch_deg"] is None and report.view["distance_shanks"] is None
    assert report.view["yaw_deg"] is not None and report.view["roll_deg"] == pytest.approx(0, abs=1)


@pytest.mark.parametrize("pitch_deg", [36.0, 42.0, 50.0])
def test_from_far_above_the_camera_is_named_and_not_the_posture(pitch_deg: float) -> None:
    with pytest.raises(NotMeasurableError, match="the camera looks down on you too steeply to tell how you sit; put it lower"):
        analyse(recording_of(seated(a_set(3)), Camera(pitch_deg=pitch_deg, high_m=2.4)), load(TURN))


@pytest.mark.parametrize("yaw_deg", [150.0, 180.0])
def test_a_back_is_told_from_a_side(yaw_deg: float) -> None:
    with pytest.raises(NotMeasurableError, match="you have your back to the camera"):
        analyse(recording_of(seated(a_set(2)), Camera(yaw_deg=yaw_deg)), load(TURN))


def test_too_small_to_count_is_said_as_that() -> None:
    with pytest.raises(NotMeasurableError, match=r"only \d+ pixels long; come nearer"):
        analyse(recording_of(seated(a_set(2)), Camera(high_m=14)), load(TURN))


def test_a_fault_that_the_view_cannot_show_does_not_fire() -> None:
    body = seated(a_set(3))
    body.trunk_bend_deg = 14 * ((body.time_s > 3) & (body.time_s < 5))
    seen = analyse(recording_of(body), load(TURN))
    hidden = analyse(recording_of(body, Camera(yaw_deg=42)), load(TURN))
    assert seen.fault_counts["trunk_lean"] == 1 and hidden.fault_counts["trunk_lean"] == 0
    assert codes(hidden)["trunk_lean"] == "turned_away"
    assert np.isnan(hidden.timeline.values["trunk_side_bend_deg"]).all()
    assert hidden.counts == seen.counts


def test_too_high_a_limit_is_not_judged_where_the_angle_is_not_shown() -> None:
    body = seated(a_set(3, height_deg=42))
    assert analyse(recording_of(body), load(TURN)).fault_counts["over_rotation"] == 3
    assert analyse(recording_of(body, Camera(roll_deg=25, high_m=2.4)), load(TURN)).fault_counts["over_rotation"] == 0


def test_at_five_pictures_a_second_movements_are_counted_and_their_phases_are_not_timed() -> None:
    report = analyse(film(seated(a_set(3), fps=5)), load(TURN))
    assert report.counts["right"] == 3
    assert all(math.isnan(rep.out_s) and math.isnan(rep.back_s) and math.isnan(rep.hold_s) for rep in report.reps)
    assert {codes(report)[what] for what in ("jerky", "too_fast", "fast_return")} == {"low_frame_rate"}


@pytest.mark.parametrize("yaw_deg", [0.0, 20.0, 40.0, 60.0, 80.0])
@pytest.mark.parametrize("roll_deg", [0.0, 30.0])
def test_standing_the_same(yaw_deg: float, roll_deg: float) -> None:
    recording = recording_of(standing(a_set(3, height_deg=24)), Camera(yaw_deg=yaw_deg, roll_deg=roll_deg, high_m=3))
    if yaw_deg > 50:
        with pytest.raises(NotMeasurableError, match="turned too far" if not roll_deg else "turned too far|in another position"):
            analyse(recording, load(LIFT))
        return
    report = analyse(recording, load(LIFT))
    assert report.counts["right"] == 3
    code = "turned_away" if yaw_deg > 25 else "camera_tilted" if roll_deg else None
    assert codes(report).get("hip_abduction") == code
    assert all(math.isfinite(rep.range_deg) == (code is None) for rep in report.reps)


# --- what is cut off


def shifted(recording: PoseRecording, dy: float, start_s: float = 0.0, end_s: float = 99.0) -> PoseRecording:
    image = recording.image_xy.copy()
    image[(recording.time_s >= start_s) & (recording.time_s < end_s)] += np.array([0, dy], np.float32)
    return replace(recording, image_xy=image)


@pytest.mark.parametrize(
    ("dy", "sentence"),
    [(200, "your feet are outside the picture at the bottom; step back"), (-330, "your shoulders are outside the picture at the top")],
)
def test_cut_off_all_the_time_is_refused_with_part_and_border(dy: float, sentence: str) -> None:
    recording = shifted(recording_of(seated(a_set(2))), dy)
    if dy < 0:
        recording.visibility[:, [Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER]] = 0.2
    with pytest.raises(NotMeasurableError, match=sentence):
        analyse(recording, load(TURN))


def test_feet_cut_off_for_two_stretches_are_two_lines() -> None:
    recording = recording_of(seated(a_set(4)))
    cut = shifted(shifted(recording, 190, 0.0, 1.0), 190, 12.0, 14.0)
    lines = [item for item in analyse(cut, load(TURN)).not_measured if item.code == "cut_off"]
    assert [(round(item.start_s), round(item.end_s)) for item in lines] == [(0, 1), (12, 14)]
    assert all(item.what == "legs" and "Your feet are outside the picture at the bottom" in item.reason for item in lines)


def test_hidden_in_the_picture_is_not_cut_off() -> None:
    legs = {Landmark.of(side, "ankle"): [(6.0, 8.0)] for side in Side}
    report = analyse(film(seated(a_set(3)), hidden=legs), load(TURN))
    assert [item.code for item in report.not_measured if item.what == "legs"] == ["legs_hidden"]


def test_however_often_somebody_comes_and_goes_the_list_stays_short() -> None:
    gone = [(3.2 * k + 2.0, 3.2 * k + 5.0) for k in range(0, 60, 2)]
    report = analyse(film(seated([], duration_s=200), gone=gone), load(TURN))
    lines = [item for item in report.not_measured if item.code == "nobody"]
    assert 2 <= len(lines) <= MOST_SPELLS
    assert lines[0].start_s == pytest.approx(gone[0][0], abs=0.05) and lines[-1].end_s == pytest.approx(gone[-1][1], abs=0.05)


# --- several people


def test_several_people_are_said_stretch_by_stretch() -> None:
    times = np.arange(0.0, 16.0, 2.0)
    people = np.array([2, 1, 1, 1, 3, 2, 1, 1], np.int64)
    report = analyse(replace(recording_of(seated(a_set(3))), people_time_s=times, people=people), load(TURN))
    said = [(item.start_s, item.end_s) for item in report.not_measured if item.code == "several_people"]
    assert said == [(0.0, 0.0), (8.0, 10.0)] and report.view["most_people"] == 3


def test_somebody_else_followed_for_a_while_is_not_measured() -> None:
    recording = recording_of(seated(a_set(3, pause_s=3)))
    other = replace(recording, image_xy=recording.image_xy.copy(), people_time_s=np.array([4.0, 8.0, 12.0]), people=np.array([1, 2, 1]))
    away = (other.time_s >= 6.5) & (other.time_s < 8.3)
    other.image_xy[away] += np.array([180, 0], np.float32)
    report = analyse(other, load(TURN))
    (item,) = [item for item in report.not_measured if item.code == "other_person"]
    assert (round(item.start_s, 1), round(item.end_s, 1)) == (6.5, 8.3)
    assert report.view["other_person_frames"] == away.sum() and not report.timeline.person[away].any()
    assert report.counts["right"] == 3


# --- mirrored films


@pytest.mark.parametrize("yaw_deg", [0.0, 25.0])
@pytest.mark.parametrize(("make", "name"), [(seated, TURN), (standing, LIFT)])
def test_a_mirrored_film_said_to_be_one_gives_the_report_of_the_true_one(make: object, name: str, yaw_deg: float) -> None:
    body = make([*a_set(2, height_deg=24), Rep(13.0, side=Side.LEFT, height_deg=24)])  # type: ignore[operator]
    body.trunk_bend_deg = 9 * ((body.time_s > 7) & (body.time_s < 9))
    camera = Camera(yaw_deg=yaw_deg, high_m=2.6)
    true = analyse(recording_of(body, camera), load(name))
    film_of_it = recording_of(body, camera, mirrored=True)
    said = analyse(film_of_it, load(name), AnalysisOptions(mirrored=True))
    unsaid = analyse(film_of_it, load(name))
    assert true.counts == said.counts == {"left": 1, "right": 2, "both": 0, "total": 3}
    assert unsaid.counts == {"left": 2, "right": 1, "both": 0, "total": 3}
    assert [rep.range_deg for rep in said.reps] == pytest.approx([rep.range_deg for rep in true.reps], abs=0.05, nan_ok=True)
    assert [(fault.code, fault.side) for fault in said.faults] == [(fault.code, fault.side) for fault in true.faults]
    assert said.settings["mirrored"] is True and true.settings["mirrored"] is False
    assert said.view["yaw_deg"] == pytest.approx(true.view["yaw_deg"], abs=0.2)


def test_on_a_mirrored_film_the_sides_are_drawn_where_the_film_shows_them() -> None:
    body = seated(a_set(2))
    film_of_it = recording_of(body, Camera(yaw_deg=20), mirrored=True)
    report = analyse(film_of_it, load(TURN), AnalysisOptions(mirrored=True))
    for index, frame in enumerate(frame_results(film_of_it, report)):
        knee = frame.pose.image_xy[Landmark.RIGHT_KNEE]
        # The model took the right knee for the left one; the point stays where the film has it.
        assert np.array_equal(knee, film_of_it.image_xy[index, Landmark.LEFT_KNEE])


def test_exchanged_legs_are_drawn_as_they_were_put_right() -> None:
    recording = recording_of(seated(a_set(2)))
    mixed = replace(recording, image_xy=recording.image_xy.copy(), world_xyz=recording.world_xyz.copy())
    for array in (mixed.image_xy, mixed.world_xyz):
        for part in ("knee", "ankle", "heel", "foot_index"):
            left, right = (Landmark.of(side, part) for side in Side)
            array[100:120, [left, right]] = array[100:120, [right, left]]
    report = analyse(mixed, load(TURN))
    drawn = np.array([frame.pose.image_xy for frame in frame_results(mixed, report)])
    assert np.array_equal(drawn, recording.image_xy) and not np.array_equal(mixed.image_xy, recording.image_xy)


def test_the_command_line_takes_mirrored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "landmarks.npz"
    recording_of(seated(a_set(2)), mirrored=True).save(path)
    counts = []
    for words in ([], ["--mirrored"]):
        assert main(["count", str(path), "--json", "--quiet", *words]) == 0
        counts.append(json.loads(capsys.readouterr().out)["reps"])
    assert (counts[0]["left"], counts[0]["right"]) == (2, 0) and (counts[1]["left"], counts[1]["right"]) == (0, 2)
    out = tmp_path / "out"
    assert main(["analyse", str(path), "--mirrored", "--quiet", "--no-annotated", "--out", str(out)]) == 0
    session = json.loads(next(out.glob("*/session.json")).read_text("utf-8"))
    assert session["settings"]["mirrored"] is True and session["summary"]["reps"]["right"] == 2


# --- the page


def test_the_page_of_views_names_every_code_and_every_limit() -> None:
    text = (Path(__file__).resolve().parent.parent / "docs/views.md").read_text("utf-8")
    assert all(f"`{code}`" in text for code in CODES)
    for spec, item in LIMITS:
        section = text[text.index(f"### {spec.title}") :].split("\n### ")[0]
        (row,) = [line for line in section.splitlines() if line.startswith(f"| `{item.metric}` |")]
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        limits = spec.view.of(item.metric)
        wanted = [limits.max_yaw_deg, limits.max_pitch_deg, limits.max_roll_deg, limits.min_shank_px, limits.min_distance_shanks]
        expected = ["–" if value is None or value >= 180 else f"{value:g}" for value in wanted]
        assert cells[1:6] == expected and cells[6] == (", ".join(limits.needs) or "–"), row
