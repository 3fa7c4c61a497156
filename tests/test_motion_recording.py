"""Recordings of pose frames: what they refuse, and that what was saved comes back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from formcheck.errors import InputError
from formcheck.motion.breath_traces import FLOW_WIDTH
from formcheck.motion.landmarks import PoseFrame
from formcheck.motion.recording import PoseRecorder, PoseRecording
from tests.breaths import sine, traces
from tests.people import a_set, film, seated

FLOATS = st.floats(-1e4, 1e4, width=32) | st.just(float("nan"))


def empty(**changed: object) -> PoseRecording:
    parts: dict[str, object] = {
        "time_s": np.empty(0),
        "image_xy": np.empty((0, 33, 2), np.float32),
        "world_xyz": np.empty((0, 33, 3), np.float32),
        "visibility": np.empty((0, 33), np.float32),
        "image_size": (640, 480),
    }
    return PoseRecording(**(parts | changed))  # type: ignore[arg-type]


def same(a: PoseRecording, b: PoseRecording) -> bool:
    names = ("time_s", "image_xy", "world_xyz", "visibility", "people_time_s", "people", "breath_time_s", "breath_flow_px")
    return all(np.array_equal(getattr(a, name), getattr(b, name), equal_nan=True) for name in names) and (a.image_size, a.source) == (
        b.image_size,
        b.source,
    )


@st.composite
def recordings(draw: st.DrawFn) -> PoseRecording:
    n = draw(st.integers(0, 4))
    steps = draw(arrays.arrays(np.float64, n, elements=st.floats(1e-3, 10)))
    people = draw(arrays.arrays(np.int64, draw(st.integers(0, 3)), elements=st.integers(0, 9)))
    breaths = draw(st.integers(0, 3))
    return PoseRecording(
        np.cumsum(steps) - (steps[0] if n else 0),
        draw(arrays.arrays(np.float32, (n, 33, 2), elements=FLOATS)),
        draw(arrays.arrays(np.float32, (n, 33, 3), elements=FLOATS)),
        draw(arrays.arrays(np.float32, (n, 33), elements=st.floats(0, 1, width=32))),
        draw(st.tuples(st.integers(1, 9000), st.integers(1, 9000))),
        np.arange(len(people), dtype=np.float64),
        people,
        draw(st.dictionaries(st.text(max_size=8), st.none() | st.integers() | st.text() | st.floats(allow_nan=False), max_size=4)),
        np.arange(breaths, dtype=np.float64),
        draw(arrays.arrays(np.float32, (breaths, FLOW_WIDTH), elements=FLOATS)),
    )


@given(recording=recordings())
def test_what_is_saved_comes_back(recording: PoseRecording, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("saved") / "landmarks.npz"
    recording.save(path)
    assert same(PoseRecording.load(path), recording)


def with_breath(count: int = 20) -> PoseRecording:
    """Two seconds of somebody seated, with samples of the breath."""
    samples = traces(0.1 * (count - 1), sine(14))
    whole = film(seated(a_set(1), duration_s=2))
    return replace(whole, breath_time_s=samples.time_s, breath_flow_px=samples.flow_px)


def test_a_recording_without_breath_is_written_as_it_always_was_and_one_with_it_is_read_by_who_does_not_know_it(tmp_path: Path) -> None:
    old = {"format", "time_s", "image_xy", "world_xyz", "visibility", "image_size", "people_time_s", "people", "source"}
    film(seated(a_set(1), duration_s=1)).save(tmp_path / "old.npz")
    with np.load(tmp_path / "old.npz") as data:
        assert set(data.files) == old
    assert len(PoseRecording.load(tmp_path / "old.npz").breath) == 0
    with_breath().save(tmp_path / "new.npz")
    with np.load(tmp_path / "new.npz") as data:
        assert set(data.files) == old | {"breath_time_s", "breath_flow_px"} and int(data["format"]) == 1


def test_breath_of_another_width_is_an_input_error(tmp_path: Path) -> None:
    with_breath().save(tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as data:
        arrays_ = {name: data[name] for name in data.files}
    np.savez(tmp_path / "b.npz", **(arrays_ | {"breath_flow_px": arrays_["breath_flow_px"][:, :7]}))
    with pytest.raises(InputError, match=r"b\.npz: is not a landmark recording.*flow_px must have shape"):
        PoseRecording.load(tmp_path / "b.npz")


@given(seam_s=st.floats(-0.5, 2.5))
def test_parts_put_together_are_the_whole_breath_too(seam_s: float) -> None:
    whole = with_breath()
    first, later = whole.part(-np.inf, seam_s), whole.part(seam_s, np.inf)
    assert same(first.followed_by(later), whole)
    assert (first.breath_time_s < seam_s).all() and (later.breath_time_s >= seam_s).all()


def test_a_mirrored_breath_mirrored_again_is_the_breath() -> None:
    whole = with_breath()
    assert same(whole.mirrored().mirrored(), whole)
    assert not np.array_equal(whole.mirrored().breath_flow_px, whole.breath_flow_px, equal_nan=True)


def test_an_empty_recording_is_one() -> None:
    assert len(empty()) == 0 and list(empty()) == []


def test_frames_are_those_of_the_arrays_first_and_last() -> None:
    recording = film(seated(a_set(1)))
    frames = list(recording)
    assert len(frames) == len(recording)
    assert (frames[0].index, frames[0].time_s) == (0, 0.0)
    assert frames[-1].time_s == recording.time_s[-1]
    assert np.array_equal(frames[-1].image_xy, recording.image_xy[-1])


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"image_xy": np.zeros((1, 33, 2))}, r"image_xy must have shape \(0, 33, 2\), got \(1, 33, 2\)"),
        ({"world_xyz": np.zeros((0, 33, 2))}, r"world_xyz must have shape \(0, 33, 3\), got \(0, 33, 2\)"),
        ({"visibility": np.zeros((0, 32))}, r"visibility must have shape \(0, 33\), got \(0, 32\)"),
    ],
)
def test_a_wrong_shape_is_refused_and_named(changed: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        empty(**changed)


@pytest.mark.parametrize("time_s", [[0.0, 0.0], [0.0, 0.1, 0.05], [0.0, np.nan]])
def test_time_must_increase_strictly(time_s: list[float]) -> None:
    n = len(time_s)
    with pytest.raises(ValueError, match="time_s must increase strictly"):
        empty(
            time_s=np.array(time_s),
            image_xy=np.zeros((n, 33, 2), np.float32),
            world_xyz=np.zeros((n, 33, 3), np.float32),
            visibility=np.zeros((n, 33), np.float32),
        )


@pytest.mark.parametrize("kept", [0, 1, 100, -1])
def test_a_file_cut_short_is_an_input_error_that_names_it(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "cut.npz"
    film(seated(a_set(1))).save(path)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(InputError, match=r"cut\.npz: is not a landmark recording of formcheck, or is cut short"):
        PoseRecording.load(path)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("whole") / "landmarks.npz"
    film(seated(a_set(1), duration_s=1)).save(path)
    return path.read_bytes()


@given(places=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=30))
def test_a_damaged_file_is_an_input_error_or_still_whole(
    whole: bytes, places: list[tuple[float, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("damaged") / "landmarks.npz"
    data = bytearray(whole)
    for place, value in places:
        data[int(place * len(data))] = value
    path.write_bytes(bytes(data))
    try:
        assert len(PoseRecording.load(path)) == 30
    except InputError as error:
        assert str(path) in str(error)


def test_a_missing_file_a_folder_and_another_npz_are_input_errors(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    for name, message in (("none.npz", "no such file"), (".", "is not a landmark recording"), ("other.npz", "is not a landmark recording")):
        with pytest.raises(InputError, match=message):
            PoseRecording.load(tmp_path / name)


def test_a_newer_format_is_refused_by_its_number(tmp_path: Path) -> None:
    path = tmp_path / "newer.npz"
    np.savez(path, format=np.int64(2))
    with pytest.raises(InputError, match="landmark format 2 is not known; this formcheck reads 1"):
        PoseRecording.load(path)


def test_a_bare_array_is_an_input_error(tmp_path: Path) -> None:
    path = tmp_path / "array.npz"
    with path.open("wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(InputError, match="is not a landmark recording"):
        PoseRecording.load(path)


def test_a_recorder_gives_back_its_frames_past_its_first_capacity() -> None:
    recorder = PoseRecorder()
    assert len(recorder.finish()) == 0
    for i in range(1600):
        recorder.append(PoseFrame(i, i / 30, np.full((33, 2), i), np.full((33, 3), -i), np.full(33, 1.0), (64, 48)))
    recorder.note_people(0.5, 2)
    recorder.note_breath(0.1, np.ones(FLOW_WIDTH, np.float32))
    recording = recorder.finish({"path": "a.mp4"})
    assert len(recorder) == len(recording) == 1600
    assert recording.time_s[0] == 0.0 and recording.time_s[-1] == 1599 / 30
    assert np.array_equal(recording.image_xy[:, 0, 0], np.arange(1600))
    assert np.array_equal(recording.world_xyz[:, 32, 2], -np.arange(1600))
    assert (recording.people.tolist(), recording.people_time_s.tolist()) == ([2], [0.5])
    assert (recording.image_size, recording.source) == ((64, 48), {"path": "a.mp4"})
    assert recording.breath_time_s.tolist() == [0.1] and (recording.breath_flow_px == 1).all()


def test_a_recording_is_not_changed_by_what_is_recorded_after_it() -> None:
    recorder = PoseRecorder()
    recorder.append(PoseFrame.missing(0, 0.0, (64, 48)))
    first = recorder.finish()
    recorder.append(PoseFrame.missing(1, 0.1, (64, 48)))
    assert len(first) == 1 and len(recorder.finish()) == 2


@pytest.mark.parametrize("time_s", [0.1, 0.0])
def test_a_recorder_refuses_a_time_that_does_not_come_after(time_s: float) -> None:
    recorder = PoseRecorder()
    recorder.append(PoseFrame.missing(0, 0.1, (64, 48)))
    with pytest.raises(ValueError, match="time_s must increase strictly, got"):
        recorder.append(PoseFrame.missing(1, time_s, (64, 48)))
