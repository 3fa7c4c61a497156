"""Whether everything is there that formcheck needs, and how fast it is on this machine."""

from __future__ import annotations

import platform
import queue
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from itertools import islice

from formcheck import __version__
from formcheck.capture.bundles import SHA256
from formcheck.errors import FormcheckError

__all__ = ["Finding", "examine"]


_PACKAGES = (
    "mediapipe",
    "opencv-python",
    "av",
    "numpy",
    "scipy",
    "pydantic",
    "typer",
    "rich",
    "pillow",
    "jinja2",
    "platformdirs",
    "matplotlib",
)
_MEASURE_S = 2.0
_SAMPLE_FRAMES = 60
_SLOW_FPS = 15.0
#: Windows takes up to 5 s to open a camera.
_CAMERA_S = 8.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    ``level`` is "good", "note" (worth knowing; recorded videos do not need it), "slow" or "broken"; ``advice`` says what to do, empty
    when all is well; ``value`` is the measured number with its ``unit``, or None.
    """

    what: str
    level: str
    text: str
    advice: str = ""
    value: float | None = None
    unit: str = ""


def examine() -> Iterator[Finding]:
    """Look at everything, one finding after the other, the quick ones first."""
    yield _python()
    yield from _packages()
    for check in (_video_files, _encoder):
        yield _guarded(check)
    yield from _cameras()
    for model in SHA256:
        yield _guarded(lambda name=model: _model_speed(name), f"model {model}")  # type: ignore[misc]


def _python() -> Finding:
    text = f"formcheck {__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    return Finding("versions", "good", text)


def _needed() -> tuple[str, ...]:
    """Names of the packages that the installed formcheck asks for; from a checkout that is not installed, the usual ones."""
    try:
        wanted = metadata.requires("formcheck") or []
    except metadata.PackageNotFoundError:
        return _PACKAGES
    names = (re.match(r"[\w.-]+", line) for line in wanted if "extra ==" not in line)
    return tuple(name.group() for name in names if name)


def _packages() -> Iterator[Finding]:
    for name in _needed():
        try:
            yield Finding(name, "good", metadata.version(name))
        except metadata.PackageNotFoundError:
            yield Finding(name, "broken", "is not installed", f"run python3 run.py, or pip install {name}")


def _guarded(check: Callable[[], Finding], what: str = "") -> Finding:
    try:
        return check()
    except FormcheckError as error:
        return Finding(what or check.__name__.strip("_").replace("_", " "), "broken", str(error))
    except (ImportError, OSError, RuntimeError, ValueError) as error:
        name = what or check.__name__.strip("_").replace("_", " ")
        advice = "install formcheck again; on Linux also: sudo apt install libgl1 libegl1 libgles2"
        return Finding(name, "broken", f"{type(error).__name__}: {error}", advice)


def _video_files() -> Finding:
    from formcheck.capture.video import VideoFile
    from formcheck.resources import sample_path

    start = time.perf_counter()
    with VideoFile(sample_path()) as video:
        frames = sum(1 for _ in islice(video, _SAMPLE_FRAMES))
    fps = frames / (time.perf_counter() - start)
    return Finding("video files", "good", f"the sample decodes at {fps:.0f} frames a second", value=fps, unit="fps")


def _encoder() -> Finding:
    import av

    try:
        av.Codec("libx264", "w")
    except (av.error.FFmpegError, ValueError):
        return Finding("video encoder", "broken", "there is no H.264 encoder", "pip install --force-reinstall av, which brings one")
    return Finding("video encoder", "good", "H.264 (libx264)")


def _cameras() -> Iterator[Finding]:
    """Each camera, opened for a moment: what it sends, or why it does not open."""
    from formcheck.capture.camera_list import cameras

    listed = cameras()
    if not listed:
        yield Finding("cameras", "note", "none is connected", "recorded videos need none; for live, plug one in")
    for camera in listed:
        yield _guarded(lambda number=camera.number, label=camera.label: _camera(number, label), f"camera {camera.label}")  # type: ignore[misc]


def _camera(number: int, label: str) -> Finding:
    from formcheck.capture.camera import CameraOpener
    from formcheck.capture.camera_faults import CameraFault
    from formcheck.capture.clock import SystemClock

    answers: queue.Queue[str | CameraFault | BaseException] = queue.Queue()

    def ask() -> None:
        try:
            opened = CameraOpener(number, SystemClock()).open()
            if isinstance(opened, CameraFault):
                answers.put(opened)
            else:
                answers.put(opened.format.sentence)
                opened.release()
        # It is raised where it can be told.
        except BaseException as error:
            answers.put(error)

    # A driver may hang; then its thread is left to itself.
    threading.Thread(target=ask, name=f"camera {number}", daemon=True).start()
    try:
        answer = answers.get(timeout=_CAMERA_S)
    except queue.Empty:
        return Finding(f"camera {label}", "note", f"did not answer within {_CAMERA_S:.0f} s", "unplug it and plug it in again")
    if isinstance(answer, BaseException):
        raise answer
    if isinstance(answer, CameraFault):
        return Finding(f"camera {label}", "note", "does not open", answer.sentence)
    return Finding(f"camera {label}", "good", answer)


def _model_speed(name: str) -> Finding:
    from formcheck.capture.bundles import bundle
    from formcheck.capture.estimator import MediaPipeEstimator
    from formcheck.capture.video import VideoFile
    from formcheck.resources import sample_path

    model = bundle(name)
    with VideoFile(sample_path()) as video:
        frames = list(islice(video, _SAMPLE_FRAMES))
    with MediaPipeEstimator(model) as estimator:
        estimator.estimate(frames[0])
        done, start = 0, time.perf_counter()
        for frame in frames[1:]:
            estimator.estimate(frame)
            done += 1
            if time.perf_counter() - start > _MEASURE_S:
                break
        fps = done / (time.perf_counter() - start)
    text = f"sha256 is right, {fps:.0f} frames a second"
    if fps < _SLOW_FPS:
        return Finding(f"model {name}", "slow", text, "recorded video works, but takes long; --model lite is faster", fps, "fps")
    return Finding(f"model {name}", "good", text, value=fps, unit="fps")
