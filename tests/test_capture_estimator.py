"""The pose model behind its adapter, and recorded poses in its place."""

from __future__ import annotations

import csv
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from formcheck.capture import runtime
from formcheck.capture.bundles import ModelBundle, bundle
from formcheck.capture.estimator import MediaPipeEstimator, ReplayEstimator
from formcheck.capture.frame import VideoFrame
from formcheck.capture.video import VideoFile
from formcheck.errors import InputError
from formcheck.motion.landmarks import Landmark, Side
from tests.builders import example_recording

CLIP = "hip-internal-rotation-too-far"


def blank(index: int, time_s: float, full_size: tuple[int, int] | None = None) -> VideoFrame:
    return VideoFrame(index, time_s, np.zeros((48, 64, 3), np.uint8), full_size)


class FakeLandmarker:
    """Says what it was asked, and finds the same person each time, or nobody."""

    def __init__(self, found: bool = True) -> None:
        self.asked_ms: list[int] = []
        self.closed = False
        mark = SimpleNamespace(x=0.25, y=0.5, z=-0.1, visibility=0.9)
        self.marks = [[mark] * 33] if found else []

    def detect_for_video(self, picture: Any, stamp_ms: int) -> Any:
        self.asked_ms.append(stamp_ms)
        return SimpleNamespace(pose_landmarks=self.marks, pose_world_landmarks=self.marks)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def fake(monkeypatch):
    landmarker = FakeLandmarker()
    library = SimpleNamespace(Image=lambda **_: None, ImageFormat=SimpleNamespace(SRGB=1))
    monkeypatch.setattr("formcheck.capture.estimator.load_mediapipe", lambda: library)
    monkeypatch.setattr("formcheck.capture.estimator.load_landmarker", lambda *_, **__: landmarker)
    return landmarker


ANY = ModelBundle("lite", Path("lite.task"), "0" * 64)


@pytest.mark.parametrize(
    ("times_s", "stamps_ms"),
    [
        ([0.0, 1 / 30, 2 / 30], [0, 33, 67]),
        ([0.0, 0.0001, 0.0002, 0.01], [0, 1, 2, 10]),
        ([k / 240 for k in range(5)], [0, 4, 8, 12, 17]),
        ([0.0, 3600.0], [0, 3_600_000]),
    ],
)
def test_the_model_gets_whole_milliseconds_that_increase(fake, times_s, stamps_ms):
    with MediaPipeEstimator(ANY) as estimator:
        poses = [estimator.estimate(blank(k, time_s)) for k, time_s in enumerate(times_s)]
    assert fake.asked_ms == stamps_ms
    assert [pose.time_s for pose in poses] == times_s
    assert fake.closed


def test_landmarks_are_in_pixels_of_the_original(fake):
    with MediaPipeEstimator(ANY) as estimator:
        pose = estimator.estimate(blank(7, 1.5, (640, 480)))
    assert (pose.index, pose.time_s, pose.image_size) == (7, 1.5, (640, 480))
    assert np.allclose(pose.image_xy, (160, 240))
    assert np.allclose(pose.world_xyz, (0.25, 0.5, -0.1))
    assert np.allclose(pose.visibility, 0.9)


def test_nobody_is_a_missing_pose(fake):
    fake.marks = []
    with MediaPipeEstimator(ANY) as estimator:
        pose = estimator.estimate(blank(3, 0.1, (640, 480)))
    assert pose.is_missing
    assert (pose.index, pose.time_s, pose.image_size, pose.visibility.max()) == (3, 0.1, (640, 480), 0)


def test_an_estimator_must_be_opened_first():
    with pytest.raises(RuntimeError, match="with statement"):
        MediaPipeEstimator(ANY).estimate(blank(0, 0.0))


def test_a_failure_of_the_model_is_said_plainly(fake, monkeypatch):
    def fail(*_: object) -> None:
        raise RuntimeError("graph stopped")

    monkeypatch.setattr(fake, "detect_for_video", fail)
    with MediaPipeEstimator(ANY) as estimator, pytest.raises(InputError, match=r"failed at 2\.50 s \(graph stopped\)"):
        estimator.estimate(blank(0, 2.5))


def test_replay_gives_the_recorded_pose_of_each_frame():
    recording = example_recording(duration_s=2.0, reps=1)
    estimator = ReplayEstimator(recording)
    for index in (0, 17, len(recording) - 1):
        pose = estimator.estimate(blank(index, index / 30))
        assert (pose.index, pose.time_s) == (index, recording.time_s[index])
        assert (pose.image_xy == recording.image_xy[index]).all()
    for index in (len(recording), -1):
        with pytest.raises(InputError, match=f"no frame {index}"):
            estimator.estimate(blank(index, 0.0))


@pytest.fixture
def unloaded():
    """As if neither library had been loaded yet; afterwards they are found again."""
    runtime._load.cache_clear()
    yield
    runtime._load.cache_clear()


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (
            "libGL.so.1: cannot open shared object file: No such file or directory",
            ["libGL.so", "apt install libgl1", "dnf install libglvnd-glx"],
        ),
        ("libEGL.so.1: cannot open shared object file", ["libegl1", "libglvnd-egl"]),
        ("libGLESv2.so.2: cannot open shared object file", ["libgles2", "libglvnd-gles"]),
        ("No module named 'thing'", ["cannot be loaded", "No module named", "install formcheck again"]),
    ],
)
@pytest.mark.parametrize("kind", [ImportError, OSError])
def test_a_missing_system_library_is_named_with_its_package(unloaded, monkeypatch, message, words, kind):
    def fail(name: str) -> None:
        raise kind(message)

    monkeypatch.setattr(runtime.importlib, "import_module", fail)
    for module, load in (("mediapipe", runtime.load_mediapipe), ("cv2", runtime.load_opencv)):
        with pytest.raises(InputError) as error:
            load()
        assert all(word in str(error.value) for word in [module, *words])
        assert "\n" not in str(error.value)


def test_a_library_missing_only_when_the_model_is_made(monkeypatch):
    def fail(options: Any) -> None:
        raise OSError("libEGL.so.1: cannot open shared object file: No such file or directory")

    monkeypatch.setattr(runtime.load_mediapipe().tasks.vision.PoseLandmarker, "create_from_options", fail)
    with pytest.raises(InputError, match="apt install libegl1"):
        runtime.load_landmarker(bundle("lite"), video=True)


NATIVE = b"""INFO: Created TensorFlow Lite XNNPACK delegate for CPU.
WARNING: Logging before InitGoogle() is written to STDERR
INFO: [environment.cc:36] Creating LiteRT environment with options
INFO: INFO: [environment.cc:36] Creating LiteRT environment with options
[compiled_model.cc:1022] Flatbuffer model initialized directly from incoming litert model.
WARNING: [model_load.cc:402] Sparsity tensors may not yet be fully supported.
W0000 00:00:1795427331.605750    1052 inference_feedback_manager.cc:121] Feedback manager requires a model
I0000 00:00:1795427331.605750    1052 gl_context.cc:369] GL version: 3.2
INFO: 
INFO: Created TensorFlow Lite XNNPACK delegate for CPU.INFO: Created TensorFlow Lite XNNPACK delegate for CPU.

"""


def test_only_the_native_log_is_kept_quiet(capfd):
    import os

    with runtime.quiet():
        os.write(2, NATIVE)
        sys.stderr.write("a warning of ours\n\nand more\n")
        with runtime.quiet():
            os.write(2, b"INFO: something of another program\n")
            os.write(2, NATIVE)
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "a warning of ours\n\nand more\nINFO: something of another program\nafter\n"


def test_the_pose_model_loads_without_what_only_draws():
    code = (
        "import sys; from formcheck.capture.runtime import load_mediapipe; load_mediapipe(); "
        "print(sorted({'matplotlib.pyplot', 'matplotlib.figure', 'scipy.signal'} & set(sys.modules))); "
        "later = sys.modules['mediapipe.tasks.python.vision.drawing_utils'].plt; import matplotlib.pyplot; "
        "print(later.figure is matplotlib.pyplot.figure, matplotlib.pyplot is not later)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == ["[]", "True True"], done.stderr


def test_the_error_stream_comes_back_after_an_error(capfd):
    import os

    with pytest.raises(KeyError), runtime.quiet():
        raise KeyError("x")
    os.write(2, b"still here\n")
    assert capfd.readouterr().err == "still here\n"


@pytest.mark.model
def test_a_bundle_that_is_none_is_refused(tmp_path, capfd):
    path = tmp_path / "pose_landmarker_lite.task"
    path.write_bytes(b"not a model" * 100)
    with pytest.raises(InputError, match="cannot be loaded") as error, MediaPipeEstimator(ModelBundle("lite", path, "0")):
        pass
    assert str(error.value).startswith(str(path))
    assert "\n" not in str(error.value)


@pytest.mark.model
@pytest.mark.parametrize("folder", ["plain", "ü 日本"])
def test_it_finds_the_person_where_the_truth_says(root, tmp_path, folder):
    with (root / "samples" / f"{CLIP}.truth.csv").open(encoding="utf-8") as file:
        truth = list(islice(csv.DictReader(file), 12))
    found = bundle("lite")
    if folder != "plain":
        copy = tmp_path / folder / found.path.name
        copy.parent.mkdir()
        copy.write_bytes(found.path.read_bytes())
        found = ModelBundle(found.name, copy, found.sha256)
    with VideoFile(root / "samples" / f"{CLIP}.mp4") as video, MediaPipeEstimator(found) as estimator:
        poses = [estimator.estimate(frame) for frame in islice(video, 12)]
    for pose, row in zip(poses, truth, strict=True):
        assert pose.time_s == pytest.approx(float(row["time_s"]), abs=1e-4)
        assert pose.image_size == (640, 480)
        for side in Side:
            for part, margin_px in (("knee", 12), ("ankle", 12), ("hip", 20), ("shoulder", 20)):
                expected = [float(row[f"{part}_{side.value}_{axis}_px"]) for axis in "xy"]
                assert np.linalg.norm(pose.image_xy[Landmark.of(side, part)] - expected) < margin_px, (part, side)
                assert pose.visibility[Landmark.of(side, part)] > 0.5
        hips = pose.world_xyz[[Landmark.LEFT_HIP, Landmark.RIGHT_HIP]]
        assert np.abs(hips.mean(axis=0)).max() < 0.05
        assert 0.1 < np.linalg.norm(hips[0] - hips[1]) < 0.5


@pytest.mark.model
def test_nobody_in_noise_and_in_the_tiniest_pictures():
    rng = np.random.default_rng(3)
    with MediaPipeEstimator(bundle("lite")) as estimator:
        for index in range(3):
            noise = rng.integers(0, 255, (240, 320, 3), dtype=np.uint8)
            assert estimator.estimate(VideoFrame(index, index / 30, noise)).is_missing
    with MediaPipeEstimator(bundle("lite")) as estimator:
        assert estimator.estimate(VideoFrame(0, 0.0, np.zeros((16, 16, 3), np.uint8))).is_missing
        assert estimator.estimate(VideoFrame(1, 0.1, np.zeros((1, 1, 3), np.uint8))).is_missing


@pytest.mark.model
def test_the_terminal_stays_clean(root):
    code = f"""
from itertools import islice
from pathlib import Path
from formcheck.capture.bundles import bundle
from formcheck.capture.estimator import MediaPipeEstimator
from formcheck.capture.video import VideoFile
with VideoFile(Path({str(root / "samples" / f"{CLIP}.mp4")!r})) as video, MediaPipeEstimator(bundle("lite")) as estimator:
    print(sum(not estimator.estimate(frame).is_missing for frame in islice(video, 5)))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "5\n", "")


def test_making_a_pose_of_landmarks_is_quick(fake):
    frame = blank(0, 0.0)
    with MediaPipeEstimator(ANY) as estimator:
        estimator.estimate(frame)
        spent = []
        for _ in range(200):
            start = time.perf_counter()
            estimator.estimate(frame)
            spent.append(time.perf_counter() - start)
    assert np.median(spent) < 0.5e-3
