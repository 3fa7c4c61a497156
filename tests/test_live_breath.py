"""The breath in a live session: what is followed, shown, asked and kept, on samples of chests that breathe as told."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from formcheck.capture.chest import ChestFlow
from formcheck.capture.frame import VideoFrame
from formcheck.coach.guidance import Stage, Task, Want
from formcheck.exercise.session import FaultCode
from formcheck.history.chunks import MAGIC, packed, packed_breath, packed_json, packed_poses
from formcheck.history.recovery import abandoned, read_journal
from formcheck.history.store import History
from formcheck.live import engine
from formcheck.live.chest import MAX_GAP_S, ChestWatch, breath_state
from formcheck.live.chooser import Wishes
from formcheck.live.finishing import keep
from formcheck.motion.breath import BreathMeter, measure_breath
from formcheck.motion.breath_signal import Doubt
from formcheck.motion.breath_traces import FLOW_WIDTH, BreathTraces
from formcheck.motion.landmarks import PoseFrame, Side
from formcheck.motion.recording import PoseRecording
from formcheck.profiles.store import ProfileStore
from tests import breaths
from tests.builders import example_recording
from tests.live_parts import GREY, SPEC, FakeDisplay, PlayedFlow, Rehearsal, guided

SET = Want(Task.SET, 3, Side.RIGHT)
BREATH = SPEC.breath
assert BREATH is not None


@pytest.fixture(autouse=True)
def _seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    """Readings are the costly part."""
    monkeypatch.setattr(engine, "READ_EVERY_S", 0.9)


def rehearsed(recording: PoseRecording, reps: int, traces: BreathTraces | None, folder: Path | None = None, **of_rehearsal) -> Rehearsal:
    wishes = Wishes(legs=(Side.RIGHT,), target=reps, measure_range=False)
    return Rehearsal(recording, folder, wishes=wishes, flow=lambda: PlayedFlow(traces), **of_rehearsal).run()


def corrections(done: Rehearsal) -> list[str]:
    return [cue.code for cue in done.voice.cues if cue.kind.value == "correction"]


def moves(done: Rehearsal) -> set[str]:
    return {one.screen.breath_seen.move.value for one in done.guidance if one.screen.breath_seen is not None}


def test_a_held_breath_is_asked_about_once_and_stands_in_the_report(tmp_path: Path) -> None:
    recording = guided(6, first_s=8.0)
    breath = breaths.held(breaths.sine(14), 28.0, 38.5)
    done = rehearsed(recording, 6, breaths.traces(float(recording.time_s[-1]), breath), tmp_path)
    assert corrections(done) == ["breath_hold"] and "Is your breath flowing?" in done.texts()
    shown = [one.screen for one in done.guidance if one.screen.correction is not None]
    assert {screen.correction.code for screen in shown} == {"breath_hold"} and "?" in shown[0].correction.text
    assert {"in", "out", "held"} <= moves(done)
    assert any("breath" in line.lower() for line in done.session.coach.summary.lines)
    (journal,) = abandoned(History(tmp_path).journals)
    found = read_journal(journal)
    assert [record["code"] for record in found.records if record["kind"] == "fault_seen"] == ["breath_hold"]
    assert len(found.recording.breath_time_s) > 200
    history = History(tmp_path)
    kept = keep(journal, history, ProfileStore(tmp_path))
    assert kept.row is not None and kept.report is not None
    stored = PoseRecording.load(kept.report.parent / "landmarks.npz")
    assert stored.breath_time_s[0] >= 0 and stored.breath_time_s[-1] <= stored.time_s[-1]
    faults = history.fault_counts(kept.row.id)
    assert set(faults) == {"breath_hold"}, faults


def test_a_steady_breath_is_shown_and_nothing_is_said_of_it() -> None:
    recording = guided(4, first_s=8.0)
    done = rehearsed(recording, 4, breaths.traces(float(recording.time_s[-1]), breaths.sine(14)))
    assert corrections(done) == [] and {"in", "out"} <= moves(done)
    traces = [one.screen.breath_seen.trace for one in done.guidance if one.screen.breath_seen is not None]
    assert max(map(len, traces)) == 50 and np.nanmax(traces[-1]) > 0.5 > -0.5 > np.nanmin(traces[-1])


def test_out_of_step_is_said_once_after_five() -> None:
    recording = guided(7, first_s=8.0)
    # A turn every 5.3 s from 8 s on, and a breath that goes out as it begins.
    lift = breaths.sine(60 / 5.3, first_s=8.0 + 2.65)
    done = rehearsed(recording, 7, breaths.traces(float(recording.time_s[-1]), lift))
    assert corrections(done) == ["breath_out_of_step"]
    counted = [cue.text for cue in done.voice.cues if cue.text.isdigit() or cue.code == "breath_out_of_step"]
    assert counted.index("Try breathing in as you set off.") >= 5


@pytest.mark.parametrize("doubt", ["nothing to see", "trunk sways"])
def test_nothing_is_said_or_drawn_of_a_breath_in_doubt(doubt: str) -> None:
    recording = guided(2, first_s=8.0)
    length = float(recording.time_s[-1])
    sways = breaths.traces(length, sway=lambda time: 0.05 * np.sin(2 * np.pi * 0.4 * time))
    done = rehearsed(recording, 2, None if doubt == "nothing to see" else sways)
    assert corrections(done) == [] and moves(done) == {"unseen"}
    seen = [one.screen.breath_seen for one in done.guidance if one.screen.breath_seen is not None]
    assert {one.words for one in seen} == {"breath not seen"}
    assert all(math.isnan(level) for one in seen for level in one.trace)


def test_switched_off_nothing_is_followed_kept_or_shown(tmp_path: Path) -> None:
    def never() -> PlayedFlow:
        raise AssertionError("the chest is followed")

    wishes = Wishes(legs=(Side.RIGHT,), target=2, measure_range=False, breath=False)
    done = Rehearsal(guided(2), tmp_path, wishes=wishes, flow=never).run()
    assert done.stages[-1] is Stage.DONE and moves(done) == set()
    (journal,) = abandoned(History(tmp_path).journals)
    assert len(read_journal(journal).recording.breath_time_s) == 0


def test_a_pause_begins_the_breath_anew() -> None:
    recording = guided(3, first_s=8.0)
    made: list[PlayedFlow] = []
    traces = breaths.traces(float(recording.time_s[-1]), breaths.sine(14))

    def flow() -> PlayedFlow:
        made.append(PlayedFlow(traces))
        return made[-1]

    display = FakeDisplay(lambda shown: ["space"] if shown in (500, 520) else [])
    wishes = Wishes(legs=(Side.RIGHT,), target=3, measure_range=False)
    done = Rehearsal(recording, wishes=wishes, flow=flow, display=display).run()
    assert len(made) >= 2
    paused = [one.screen for one in done.guidance if one.screen.hold.value == "paused"]
    assert paused and all(screen.breath_seen is None for screen in paused)


class Marks:
    """Gives a sample for every picture, and counts how often it was made."""

    made = 0

    def __init__(self) -> None:
        Marks.made += 1

    def offer(self, frame: VideoFrame, pose: PoseFrame) -> np.ndarray:
        return np.zeros(FLOW_WIDTH, np.float32)


def frame(time_s: float, size: tuple[int, int] = (640, 480)) -> tuple[VideoFrame, PoseFrame]:
    return VideoFrame(0, time_s, GREY), PoseFrame.missing(0, time_s, size)


@pytest.mark.parametrize(
    ("change", "next_frame", "want"),
    [
        ("a wait", frame(1.2), replace(SET, held=True)),
        ("another place", frame(1.2), Want(Task.WATCH, 4)),
        ("another rest", frame(1.2), Want(Task.REST, 4)),
        ("a gap", frame(1.15 + MAX_GAP_S), SET),
        ("a clock that went back", frame(0.5), SET),
        ("another camera", frame(1.2, (1280, 720)), SET),
    ],
)
def test_what_makes_it_begin_anew(change: str, next_frame: tuple[VideoFrame, PoseFrame], want: Want) -> None:
    Marks.made = 0
    watch = ChestWatch(Marks)
    for time_s in (1.0, 1.1):
        assert watch.offer(*frame(time_s), SET) is not None
    assert len(watch.traces()) == 2 and Marks.made == 1
    row = watch.offer(*next_frame, want)
    assert len(watch.traces()) == (row is not None) and (row is None) == (want.held or want.task is Task.WATCH), change
    watch.offer(VideoFrame(1, 9.0, GREY), PoseFrame.missing(1, 9.0, (640, 480)), SET)
    assert Marks.made >= 2


def test_the_breath_goes_on_from_rest_to_set() -> None:
    Marks.made = 0
    watch = ChestWatch(Marks)
    watch.offer(*frame(1.0), Want(Task.REST, 1))
    watch.offer(*frame(1.1), Want(Task.REST, 1))
    watch.offer(*frame(1.2), Want(Task.SET, 2))
    assert len(watch.traces()) == 3 and Marks.made == 1


def test_the_real_chest_is_followed_in_a_picture_without_texture() -> None:
    watch, still = ChestWatch(ChestFlow), example_recording(duration_s=2.0)
    rows = [watch.offer(VideoFrame(pose.index, pose.time_s, GREY), pose, SET) for pose in still]
    assert 15 <= sum(row is not None for row in rows) == len(watch.traces()) <= 21
    state = breath_state(watch.traces(), BREATH, (), 0.0)
    assert state.now.doubt is not Doubt.NONE and state.held is None


def test_a_hold_counts_from_the_beginning_of_the_set() -> None:
    traces = breaths.traces(40.0, breaths.held(breaths.sine(14), 30.0, 41.0))
    since_before, since_then = breath_state(traces, BREATH, (), 20.0), breath_state(traces, BREATH, (), 36.0)
    assert since_before.held is not None and since_before.held.code is FaultCode.BREATH_HOLD and since_then.held is None
    assert since_before.now == meter_of(traces).now()


def meter_of(traces: BreathTraces) -> BreathMeter:
    meter = BreathMeter()
    for time_s, row in zip(traces.time_s, traces.flow_px, strict=True):
        meter.add(float(time_s), row)
    return meter


def test_the_line_ends_where_the_breath_is_now() -> None:
    traces = breaths.traces(40.0, breaths.sine(14))
    state = breath_state(traces, BREATH, (), 0.0)
    assert state.trace[-1] == pytest.approx(state.now.level, abs=0.006) and len(state.trace) == 50
    assert breath_state(BreathTraces.none(), BREATH, (), 0.0).trace == ()
    assert measure_breath(traces).measured[-1]


def chunk_file(path: Path, *chunks: bytes) -> Path:
    path.write_bytes(MAGIC + packed_json("H", {"id": "a"}) + b"".join(chunks))
    return path


def test_a_journal_without_the_breath_is_read_as_ever(tmp_path: Path) -> None:
    poses = list(example_recording(duration_s=4.0))
    found = read_journal(chunk_file(tmp_path / "old.fcj", packed_poses(poses)))
    assert len(found.recording) == len(poses) and len(found.recording.breath_time_s) == 0


def test_samples_of_another_time_line_or_width_are_left_out(tmp_path: Path) -> None:
    poses = list(example_recording(duration_s=4.0))
    row = np.arange(FLOW_WIDTH, dtype=np.float32)
    other = [(0.5, np.zeros(3, np.float32))]
    samples = [(3.0, row), (1.0, row), (1.1, row + 1), (99.0, row)]
    found = read_journal(chunk_file(tmp_path / "a.fcj", packed_poses(poses), packed_breath(samples), packed_breath(other)))
    assert found.recording.breath_time_s.tolist() == [1.0, 1.1] and found.recording.breath_flow_px[1].tolist() == (row + 1).tolist()
    torn = chunk_file(tmp_path / "b.fcj", packed_poses(poses), packed_breath(samples)[:-1])
    assert len(read_journal(torn).recording.breath_time_s) == 0 and len(read_journal(torn).recording) == len(poses)
    unknown = chunk_file(tmp_path / "c.fcj", packed("Z", b"?"), packed_poses(poses))
    assert len(read_journal(unknown).recording) == len(poses)
