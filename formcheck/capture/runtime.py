"""MediaPipe and OpenCV: loaded with clear words when the system lacks something, and kept from writing their log on the terminal."""

from __future__ import annotations

import functools
import importlib
import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any

from formcheck.capture.bundles import ModelBundle
from formcheck.capture.lean_model import without_mask
from formcheck.errors import InputError
from formcheck.loading import put_off

__all__ = ["load_landmarker", "load_mediapipe", "load_opencv", "quiet"]

#: Shared library: package that brings it on Debian and Ubuntu, and on Fedora.
_PACKAGES = {
    "libGL.so": ("libgl1", "libglvnd-glx"),
    "libEGL.so": ("libegl1", "libglvnd-egl"),
    "libGLESv2.so": ("libgles2", "libglvnd-gles"),
    "libGLdispatch.so": ("libglvnd0", "libglvnd"),
    "libgthread-2.0.so": ("libglib2.0-0", "glib2"),
    "libglib-2.0.so": ("libglib2.0-0", "glib2"),
    "libstdc++.so": ("libstdc++6", "libstdc++"),
}

#: How lines of the native log begin. Where two threads speak at once, the words come in one line and the rest in the next.
_NATIVE_LINE = re.compile(
    rb"[IWE]\d{4} \d{2}:\d{2}:\d+\.\d+ |[IWE]\d{8} \d{2}:\d{2}:\d{2}\.\d+ |INFO: (Created|Initialized|Replacing|Applying) "
    rb"|WARNING: (All log messages before|Logging before) |((INFO|WARNING): )*(\[\w+\.cc:\d+\] |(INFO|WARNING): $)"
)

_STDERR = 2


def load_mediapipe() -> Any:
    """Import mediapipe.

    Raises
    ------
    InputError
        It, or a system library that it needs, is missing; the message names the package to install.
    """
    return _load("mediapipe")


def load_opencv() -> Any:
    """Import cv2; raises as `load_mediapipe` does."""
    return _load("cv2")


@functools.cache
def _load(name: str) -> Any:
    try:
        # mediapipe asks for pyplot to draw landmarks in space, and for the sound card to listen; nobody here does either. Together they
        # take longer to load than it does itself.
        with quiet(), put_off("matplotlib"), put_off("matplotlib.pyplot"), put_off("sounddevice"):
            return importlib.import_module(name)
    except (ImportError, OSError) as error:
        raise InputError(_missing(name, error)) from error


def load_landmarker(bundle: ModelBundle, *, video: bool, people: int = 1, min_detection: float = 0.5, lean: bool = True) -> Any:
    """Make a MediaPipe pose landmarker from a checked bundle; the caller closes it.

    Parameters
    ----------
    bundle
        The pose model.
    video
        Whether the pictures will be successive frames of one video, or have nothing to do with each other.
    people
        How many people to look for at most.
    min_detection
        0..1, how sure the detector must be that somebody is there.
    lean
        Whether what nobody here asks the model for is left out: the same landmarks, in less time. False loads the bundle as it comes.

    Raises
    ------
    InputError
        mediapipe or a system library is missing, or the bundle cannot be loaded.
    """
    mp = load_mediapipe()
    vision = mp.tasks.vision
    options = vision.PoseLandmarkerOptions(
        base_options=mp.tasks.BaseOptions(model_asset_buffer=_content(bundle, lean)),
        running_mode=vision.RunningMode.VIDEO if video else vision.RunningMode.IMAGE,
        num_poses=people,
        min_pose_detection_confidence=min_detection,
    )
    try:
        with quiet():
            return vision.PoseLandmarker.create_from_options(options)
    except (ImportError, OSError) as error:
        raise InputError(_missing("mediapipe", error)) from error
    except (RuntimeError, ValueError) as error:
        raise InputError(f"{bundle.path}: this pose model cannot be loaded ({_first_line(error)}); install formcheck again.") from error


def _content(bundle: ModelBundle, lean: bool) -> bytes:
    try:
        content = bundle.path.read_bytes()
    except OSError as error:
        raise InputError(f"{bundle.path}: the pose model cannot be read ({error.strerror}); install formcheck again.") from error
    return without_mask(content) if lean else content


def _missing(module: str, error: Exception) -> str:
    found = re.search(r"lib[\w+.-]*?\.so", str(error))
    name = found.group() if found else ""
    if name in _PACKAGES:
        debian, fedora = _PACKAGES[name]
        return f"{name} is missing, which {module} needs: 'sudo apt install {debian}', or on Fedora 'sudo dnf install {fedora}'."
    return f"{module} cannot be loaded ({_first_line(error)}): install formcheck again."


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


class _Stderr:
    """The error stream of the process, diverted while at least one thread wants the native log to be quiet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._saved = -1
        self._caught: IO[bytes] | None = None

    def divert(self) -> None:
        with self._lock:
            self._users += 1
            if self._users > 1:
                return
            _flush_python()
            # Without a standard error, as in a program without a console, there is nothing to keep quiet.
            with suppress(OSError):
                self._saved = os.dup(_STDERR)
                self._caught = tempfile.TemporaryFile()  # noqa: SIM115 - closed in restore()
                os.dup2(self._caught.fileno(), _STDERR)

    def restore(self) -> None:
        with self._lock:
            self._users -= 1
            if self._users or self._saved < 0:
                return
            _flush_python()
            os.dup2(self._saved, _STDERR)
            os.close(self._saved)
            self._saved = -1
            if self._caught is not None:
                self._caught.seek(0)
                self._pass_on(self._caught.read())
                self._caught.close()
                self._caught = None

    @staticmethod
    def _pass_on(text: bytes) -> None:
        kept = b"".join(_without_native(text.splitlines(keepends=True)))
        while kept:
            kept = kept[os.write(_STDERR, kept) :]


def _without_native(lines: list[bytes]) -> Iterator[bytes]:
    """All lines but those of the native log, and the ends of theirs that another thread's words came before."""
    after_native = False
    for line in lines:
        after_native = bool(_NATIVE_LINE.match(line)) or (after_native and not line.strip())
        if not after_native:
            yield line


def _flush_python() -> None:
    with suppress(AttributeError, OSError, ValueError):
        sys.stderr.flush()


_stderr = _Stderr()


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the log of native code off the terminal within the block.

    The library offers no way to silence itself. What else is written to the error stream meanwhile, by Python or in another thread, appears
    at the end of the block.
    """
    _stderr.divert()
    try:
        yield
    finally:
        _stderr.restore()
