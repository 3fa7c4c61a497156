"""Which cameras are connected, with the names people know them by."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from formcheck.capture.camera_windows import directshow_names
from formcheck.errors import UsageError

__all__ = ["Camera", "cameras", "find_camera", "linux_cameras", "mac_cameras"]

_SYSFS = Path("/sys/class/video4linux")
_DEV = Path("/dev")

#: From linux/videodev2.h.
_QUERYCAP = 0x80685600
_QUERYCAP_BYTES = 104
_CAPTURE, _CAPTURE_PLANES, _STREAMING, _OWN_CAPABILITIES = 0x1, 0x1000, 0x04000000, 0x80000000

_PROFILER_S = 15.0


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera that is connected.

    Attributes
    ----------
    number
        The number it is opened by. Linux: N of /dev/videoN, which may have gaps.
    name
        What the system calls it; "camera N" where it says nothing.
    node
        The device file on Linux, else empty.
    """

    number: int
    name: str
    node: str = ""

    @property
    def label(self) -> str:
        """Number and name, as a list shows them."""
        return f"{self.number}: {self.name}"


def cameras() -> tuple[Camera, ...]:
    """List the connected cameras by number, without opening any: no light goes on.

    Empty when there is none, and on systems that are neither Linux, Windows nor macOS.
    """
    if sys.platform == "linux":
        return linux_cameras()
    if sys.platform == "win32":
        return tuple(Camera(number, name or f"camera {number}") for number, name in enumerate(directshow_names()))
    if sys.platform == "darwin":
        return mac_cameras(_system_profiler())
    return ()


def find_camera(wanted: int | str, listed: tuple[Camera, ...]) -> Camera:
    """Choose a camera by number, or by a part of its name in upper or lower case.

    An exact name wins over a part of one. Where the part fits several, for example the colour and infrared camera of one laptop, the
    one with the lowest number is taken, which is the colour camera.

    Raises
    ------
    UsageError
        No camera has this name. A number that is not listed is no error here: it may be plugged in later.
    """
    text = str(wanted).strip()
    if text.isdecimal():
        number = int(text)
        return next((camera for camera in listed if camera.number == number), Camera(number, f"camera {number}"))
    folded = text.casefold()
    if folded:
        exact = [camera for camera in listed if camera.name.casefold() == folded or camera.node == text]
        partly = [camera for camera in listed if folded in camera.name.casefold()]
        if found := (exact or partly):
            return min(found, key=lambda camera: camera.number)
    known = "; ".join(camera.label for camera in listed)
    advice = f"connected are {known}" if known else "no camera is connected; plug one in"
    raise UsageError(f"{text or 'an empty name'}: no camera with this name; {advice}.")


def linux_cameras(sysfs: Path = _SYSFS, dev: Path = _DEV, capabilities: Callable[[Path], int | None] | None = None) -> tuple[Camera, ...]:
    """List the video4linux devices that give pictures; encoders and the metadata twin of each webcam are left out.

    Parameters
    ----------
    sysfs, dev
        Where the kernel describes the devices and where their files are.
    capabilities
        Gives the capability bits of a device file, None where it cannot be asked; `querycap` by default.
    """
    ask = capabilities or querycap
    found = []
    for folder in sysfs.glob("video*"):
        digits = folder.name.removeprefix("video")
        if not digits.isdecimal():
            continue
        node = dev / folder.name
        bits = ask(node)
        # A device that may not be opened cannot be asked; the first of its driver's nodes is the one with pictures.
        usable = _read(folder / "index") in {"0", ""} if bits is None else _gives_pictures(bits)
        if usable:
            found.append(Camera(int(digits), _tidy(_read(folder / "name")) or f"camera {digits}", str(node)))
    return tuple(sorted(found, key=lambda camera: camera.number))


def querycap(node: Path) -> int | None:
    """Ask a video4linux device what it can do: the bits of this node, or None when it cannot be opened or asked."""
    if sys.platform == "win32":
        return None
    import fcntl
    import os

    try:
        handle = os.open(node, os.O_RDWR | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        answer = fcntl.ioctl(handle, _QUERYCAP, bytes(_QUERYCAP_BYTES))
    except OSError:
        return None
    finally:
        os.close(handle)
    whole, own = struct.unpack_from("=II", answer, 84)
    return int(own if whole & _OWN_CAPABILITIES else whole)


def mac_cameras(profile: str) -> tuple[Camera, ...]:
    """List the cameras in the JSON that ``system_profiler SPCameraDataType -json`` prints; none when it is not that."""
    try:
        items = json.loads(profile)["SPCameraDataType"]
        described = [(str(item["spcamera_unique-id"]), str(item["_name"])) for item in items]
    except (ValueError, KeyError, TypeError):
        return ()
    # OpenCV numbers them in the order of their unique ids, not in the order of the system.
    return tuple(Camera(number, _tidy(name) or f"camera {number}") for number, (_, name) in enumerate(sorted(described)))


def _system_profiler() -> str:
    command = ["/usr/sbin/system_profiler", "-json", "SPCameraDataType"]
    with suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PROFILER_S, check=False)
        return done.stdout
    return ""


def _gives_pictures(bits: int) -> bool:
    return bool(bits & (_CAPTURE | _CAPTURE_PLANES)) and bool(bits & _STREAMING)


def _read(path: Path) -> str:
    with suppress(OSError):
        return path.read_text(encoding="utf-8", errors="replace").strip()
    return ""


def _tidy(name: str) -> str:
    """Without the repetition that the kernel writes: "Integrated Camera: Integrated C" is the Integrated Camera."""
    first, colon, second = name.partition(": ")
    return first if colon and first.startswith(second) else name.strip()
