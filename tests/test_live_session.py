"""Whole sessions on played landmarks: from the place before the camera to the history."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from formcheck.capture import camera_faults
from formcheck.capture.camera_faults import CameraFault
from formcheck.coach.choice import ComfortRange
from formcheck.coach.guidance import Hold, Screen, Stage
from formcheck.exercise.analyzer import analyse
from formcheck.exercise.options import AnalysisOptions
from formcheck.history.recovery import abandoned, read_journal
from formcheck.history.store import History
from formcheck.live import engine
from formcheck.live.chooser import Wishes
from formcheck.live.finishing import keep
from formcheck.live.view import LiveView
from formcheck.motion.landmarks import Side
from formcheck.motion.recording import PoseRecording
from formcheck.profiles.profile import RangeKey
from formcheck.profiles.store import ProfileStore
from tests.live_parts import SPEC, FakeDisplay, PlayedPoses, Rehearsal, guided

RIGHT = Wishes(legs=(Side.RIGHT,), target=3, measure_range=False)


@pytest.fixture(autouse=True)
def _seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    """Readings are the costly part, and most tests do not ask how soon something is said."""
    monkeypatch.setattr(engine, "READ_EVERY_S", 0.6)


def kept_of(folder: Path):
    history, profiles = History(folder), ProfileStore(folder)
    (path,) = abandoned(history.journals)
    return keep(path, history, profiles), history, profiles


def test_a_set_is_guided_counted_and_kept(tmp_path: Path) -> None:
    done = Rehearsal(guided(3), tmp_path, wishes=RIGHT).run()
    assert done.stages == [Stage.FRAMING, Stage.REST, Stage.SET, Stage.SUMMARY, Stage.DONE]
    assert [text for text in done.texts() if text.isdigit()] == ["1", "2", "3"]
    assert done.session.coach.summary.values["legs"]["right"]["count"] == 3
    kept, history, _ = kept_of(tmp_path)
    (row,) = history.sessions()
    assert kept.row == row and row.reps == {"left": 0, "right": 3, "both": 0} and row.ended == "completed" and row.source == "live"
    assert kept.report is not None and "Hip internal rotation" in kept.report.read_text("utf-8")
    assert not list(history.journals.iterdir()), "the journal has done its duty"
    reps = history.reps(row.id)
    assert all(rep.range_deg == pytest.approx(22.0, abs=4.0) for rep in reps)


def test_live_and_recorded_agree(tmp_path: Path) -> None:
    recording = guided(4, more=4, height_deg=20.0)
    wishes = Wishes(target=4, rest_s=2.0, measure_range=False)
    done = Rehearsal(recording, tmp_path, wishes=wishes).run()
    report = analyse(recording, SPEC, AnalysisOptions())
    counts = {side: leg["count"] for side, leg in done.session.coach.summary.values["legs"].items()}
    assert counts == {"right": report.counts["right"], "left": report.counts["left"]} == {"right": 4, "left": 4}
    _, history, _ = kept_of(tmp_path)
    (row,) = history.sessions()
    assert dict(row.reps) == {"left": 4, "right": 4, "both": 0} and history.fault_counts(row.id) == {}


def test_good_form_is_never_corrected_and_sometimes_praised() -> None:
    done = Rehearsal(guided(5), wishes=Wishes(legs=(Side.RIGHT,), target=5, measure_range=False)).run()
    kinds = [cue.kind.value for cue in done.voice.cues]
    assert "correction" not in kinds and "praise" in kinds


def test_too_far_is_said_while_it_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "READ_EVERY_S", 0.2)
    recording = guided(3, height_deg=46.0, hold_s=2.0)
    done = Rehearsal(recording, wishes=RIGHT).run()
    first = next(place for place, one in enumerate(done.guidance) if any(cue.code == "over_rotation" for cue in one.cues))
    fault = next(f for f in analyse(recording, SPEC, AnalysisOptions()).faults if f.code == "over_rotation")
    # One answer a frame, and nothing was lost: the place of an answer is that of its frame.
    assert recording.time_s[first] - fault.start_s < 0.7


def test_the_comfortable_range_is_measured_offered_again_and_used(tmp_path: Path) -> None:
    wishes = Wishes(legs=(Side.RIGHT,), target=2)
    done = Rehearsal(guided(5), tmp_path, wishes=wishes).run()
    assert Stage.RANGE in done.stages and done.session.coach.summary.values["legs"]["right"]["count"] == 2
    _, history, profiles = kept_of(tmp_path)
    own = profiles.load("anna").present(RangeKey("hip-internal-rotation", "inward", "right"))
    assert own is not None and own.comfortable_deg == pytest.approx(22.0, abs=4.0) and own.repetitions == 3
    assert history.sessions()[0].reps["right"] == 2, "the three for the range are not repetitions of the set"
    again = Rehearsal(guided(3, first_s=15.0), wishes=Wishes(legs=(Side.RIGHT,), target=2), kept=(ComfortRange(Side.RIGHT, 22.0),)).run()
    assert Stage.OFFER in again.stages and Stage.RANGE not in again.stages
    in_set = [one.screen for one in again.guidance if one.screen.stage is Stage.SET and one.screen.gauge is not None]
    assert in_set[-1].gauge is not None and in_set[-1].gauge.limit_deg == pytest.approx(27.0)


def test_pain_stops_everything_and_the_count_so_far_is_kept(tmp_path: Path) -> None:
    recording = guided(4)
    display = FakeDisplay(lambda shown: ["p"] if shown == 30 * 16 else [])
    done = Rehearsal(recording, tmp_path, wishes=Wishes(legs=(Side.RIGHT,), measure_range=False), display=display)
    done.run()
    assert Stage.STOPPED in done.stages and done.stages[-1] in (Stage.STOPPED, Stage.DONE)
    assert done.session.coach.stage is Stage.DONE
    _, history, _ = kept_of(tmp_path)
    (row,) = history.sessions()
    assert row.ended == "pain" and row.reps["right"] >= 1


def test_closing_the_window_ends_it_and_keeps_what_there_is(tmp_path: Path) -> None:
    display = FakeDisplay()

    def close(shown: int) -> list[str]:
        display.is_closed = shown >= 30 * 16
        return []

    display._keys = close
    Rehearsal(guided(4), tmp_path, wishes=Wishes(legs=(Side.RIGHT,), measure_range=False), display=display).run()
    _, history, _ = kept_of(tmp_path)
    assert history.sessions()[0].ended == "closed" and history.sessions()[0].reps["right"] >= 1


def test_moving_while_the_coach_waits_for_stillness_is_no_repetition(tmp_path: Path) -> None:
    """After its set the right leg goes on, while the coach waits for the left one to begin."""
    wishes = Wishes(target=3, measure_range=False, rest_s=2.0)
    done = Rehearsal(guided(6, more=3), tmp_path, wishes=wishes).run()
    legs = done.session.coach.summary.values["legs"]
    kept, _, _ = kept_of(tmp_path)
    assert kept.row is not None and (legs["right"]["count"], legs["left"]["count"]) == (3, 3)
    assert (kept.row.reps["right"], kept.row.reps["left"]) == (3, 3)


@pytest.mark.parametrize("second", [9.8, 10.1, 12.5])
def test_a_movement_cut_by_a_wait_counts_in_the_report_as_it_counted_live(tmp_path: Path, second: float) -> None:
    gone = dict.fromkeys(range(int(30 * second), int(30 * (second + 1))), camera_faults.pulled_out("the webcam"))
    done = Rehearsal(guided(6), tmp_path, wishes=replace(RIGHT, target=4), faults=gone).run()
    kept, _, _ = kept_of(tmp_path)
    counted = done.session.coach.summary.values["legs"]["right"]["count"]
    assert kept.row is not None and (counted, kept.row.reps["right"]) == (4, 4)


def test_a_camera_that_is_gone_makes_the_set_wait_where_it_was() -> None:
    recording = guided(4)
    gone = dict.fromkeys(range(30 * 11, 30 * 12), camera_faults.pulled_out("the webcam"))
    done = Rehearsal(recording, wishes=Wishes(legs=(Side.RIGHT,), target=4, measure_range=False), faults=gone).run()
    holds = [one.screen.hold for one in done.guidance]
    assert Hold.CAMERA in holds and holds[-1] is not Hold.CAMERA
    during = next(one.screen for one in done.guidance if one.screen.hold is Hold.CAMERA)
    assert "webcam" in during.instruction and during.counts[0].done == next(one.screen for one in done.guidance[330:]).counts[0].done


BLINDING = [
    camera_faults.absent("the webcam", ("Phone",)),
    camera_faults.busy("the webcam", "zoom"),
    camera_faults.forbidden("the webcam", "Allow it in the settings."),
    camera_faults.failed("the webcam"),
    camera_faults.pulled_out("the webcam"),
    camera_faults.no_pictures("the webcam"),
    camera_faults.frozen(),
    camera_faults.black(),
]
NUISANCES = [camera_faults.dark(), camera_faults.slow(10.0), camera_faults.too_small((320, 240))]


@pytest.mark.parametrize("fault", BLINDING, ids=lambda fault: fault.code.value)
def test_each_fault_of_a_camera_is_shown_and_the_set_waits(fault: CameraFault) -> None:
    # Two seconds of rest, then the fault for a second and a half, then the rest of the session.
    done = Rehearsal(guided(1, first_s=15.0), wishes=replace(RIGHT, target=1), faults=dict.fromkeys(range(60, 105), fault)).run()
    screens = [one.screen for one in done.guidance[60:105]]
    assert any(fault.sentence in (screen.instruction, *screen.detail) for screen in screens)
    assert done.session.coach.summary.values["legs"]["right"]["count"] == 1, "it goes on by itself"


@pytest.mark.parametrize("fault", NUISANCES, ids=lambda fault: fault.code.value)
def test_what_only_annoys_is_said_and_the_session_goes_on(fault: CameraFault, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Screen] = []
    drawn = LiveView.draw
    monkeypatch.setattr(LiveView, "draw", lambda view, *args, **more: (shown.append(args[2]), drawn(view, *args, **more))[1])
    done = Rehearsal(guided(1), wishes=RIGHT, faults=dict.fromkeys(range(60, 400), fault)).run()
    assert done.noted == ["played: 640 x 480, 30 pictures a second claimed, through PLAYED.", fault.sentence]
    told = [number for number, screen in enumerate(shown) if screen.notice == fault.sentence]
    assert told and told[0] == 60 and told[-1] < 60 + 30 * 10.5, "after ten seconds it is left alone"
    assert Hold.CAMERA not in [one.screen.hold for one in done.guidance]
    assert done.session.coach.summary.values["legs"]["right"]["count"] == 1


def test_sleep_in_the_middle_of_a_movement_makes_no_repetition() -> None:
    recording = guided(3)
    report = analyse(recording, SPEC, AnalysisOptions())
    second = report.reps[1]
    at = int(np.searchsorted(recording.time_s, (second.start_s + second.peak_s) / 2))
    # The computer sleeps for ten minutes half way out, and wakes up with the leg where it was.
    slept = replace(recording, time_s=recording.time_s + np.where(np.arange(len(recording)) >= at, 600.0, 0.0))
    done = Rehearsal(slept, wishes=RIGHT, display=FakeDisplay(lambda shown: ["space"] if shown == at + 15 else [])).run()
    assert Hold.GAP in [one.screen.hold for one in done.guidance]
    counts = [one.screen.counts[0].done for one in done.guidance if one.screen.counts]
    assert counts == sorted(counts) and counts[-1] == 2, "the first and the third; the one that was cut does not count"


def test_choosing_comes_first_and_escape_leaves() -> None:
    display = FakeDisplay(lambda shown: {5: ["down", "right"], 8: ["enter"]}.get(shown, []))
    done = Rehearsal(guided(1), display=display, at_once=False).run()
    assert done.stages[:2] == [Stage.CHOOSE, Stage.FRAMING]
    assert done.guidance[-1].screen.counts[0].side is Side.LEFT, "the second row was changed: left, then right"
    left = Rehearsal(guided(1), display=FakeDisplay(lambda shown: ["esc"] if shown == 3 else []), at_once=False).run()
    assert left.stages == [Stage.CHOOSE, Stage.DONE] and left.session.journal is None


def test_a_session_that_never_came_to_a_set_leaves_nothing(tmp_path: Path) -> None:
    recording = guided(1)
    short = PoseRecording(
        *(part[:60] for part in (recording.time_s, recording.image_xy, recording.world_xyz, recording.visibility)), recording.image_size
    )
    Rehearsal(short, tmp_path, wishes=RIGHT).run()
    kept, history, _ = kept_of(tmp_path)
    assert kept.row is None and "nothing was kept" in kept.notes[0]
    assert history.sessions() == [] and not list(history.journals.iterdir())


def test_a_crash_in_the_middle_is_recovered(tmp_path: Path) -> None:
    done = Rehearsal(guided(4), tmp_path, wishes=Wishes(legs=(Side.RIGHT,), measure_range=False)).run()
    assert done.session.journal is not None
    path = done.session.journal.path
    content = path.read_bytes()
    path.write_bytes(content[: round(0.8 * len(content))])
    assert not read_journal(path).is_finished
    kept, history, _ = kept_of(tmp_path)
    assert kept.row is not None and history.sessions()[0].ended == "recovered" and history.sessions()[0].reps["right"] >= 2


def test_keeping_a_journal_twice_keeps_it_once(tmp_path: Path) -> None:
    done = Rehearsal(guided(3), tmp_path, wishes=RIGHT).run()
    assert done.session.journal is not None
    content = done.session.journal.path.read_bytes()
    _, history, profiles = kept_of(tmp_path)
    done.session.journal.path.write_bytes(content)
    keep(done.session.journal.path, history, profiles)
    assert len(history.sessions()) == 1


def test_what_the_coach_recorded_is_beside_the_report(tmp_path: Path) -> None:
    Rehearsal(guided(3), tmp_path, wishes=RIGHT).run()
    kept, history, _ = kept_of(tmp_path)
    assert kept.row is not None
    folder = history.files_of(kept.row)
    assert folder is not None
    header, *records = json.loads((folder / "records.json").read_text("utf-8"))
    assert header["exercise"] == "hip-internal-rotation"
    assert [record["kind"] for record in records if record["kind"] == "rep_finished"] == ["rep_finished"] * 3
    names = {path.name for path in folder.iterdir()}
    assert names == {"session.json", "reps.csv", "frames.csv", "landmarks.npz", "report.html", "records.json"}


def test_a_model_that_changes_on_the_way_keeps_the_count_and_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recording = guided(3)
    at = len(recording) // 2
    monkeypatch.setattr(PlayedPoses, "model", property(lambda poses: "full" if poses.seen < at else "lite"))
    done = Rehearsal(recording, tmp_path, wishes=RIGHT).run()
    assert "the lite model is used from here on." in done.noted
    assert done.session.coach.summary.values["legs"]["right"]["count"] == 3
    kept, history, _ = kept_of(tmp_path)
    assert kept.row is not None and kept.row.model == "lite", "judged by the limits of the least exact"
    folder = history.files_of(kept.row)
    assert folder is not None
    model = json.loads((folder / "session.json").read_text("utf-8"))["model"]
    assert model["name"] == "lite" and model["changes"].startswith("full, lite from ")


def test_a_model_that_cannot_be_loaded_is_told_once_and_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    trouble = "Another pose model could not be loaded (full: missing); heavy goes on."
    monkeypatch.setattr(PlayedPoses, "trouble", property(lambda poses: trouble if poses.seen > 20 else ""))
    shown: list[str] = []
    draw = LiveView.draw

    def drawn(view: LiveView, *parts: Any, **more: Any) -> Any:
        shown.append(more["status"])
        return draw(view, *parts, **more)

    monkeypatch.setattr(LiveView, "draw", drawn)
    done = Rehearsal(guided(1), wishes=RIGHT).run()
    assert done.noted.count(trouble) == 1
    assert trouble not in shown[10] and any(trouble in status for status in shown)
