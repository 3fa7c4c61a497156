"""Why a camera does not open: not there, not allowed, or in another program's hands."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from formcheck.capture import camera_faults as faults
from formcheck.capture.camera_faults import CameraFault
from formcheck.capture.camera_list import Camera
from formcheck.capture.camera_windows import consent_given

__all__ = ["Refusal", "linux_refusal", "mac_refusal", "node_is_gone", "why_not_open", "windows_refusal"]

#: Says why a camera of a list does not open.
Refusal = Callable[[Camera, tuple[Camera, ...]], CameraFault]

_GET_FORMAT, _SET_FORMAT = 0xC0D05604, 0xC0D05605
_FORMAT_BYTES = 208

_MAC_REMEDY = "Open System Settings, Privacy & Security, Camera, allow your terminal program there, and start it again."
_WINDOWS_REMEDY = "Open Settings, Privacy & security, Camera, and switch on camera access for this device and for desktop apps."


def why_not_open(camera: Camera, listed: tuple[Camera, ...]) -> CameraFault:
    """Say why a camera did not open, as well as this system can tell.

    Parameters
    ----------
    camera
        The one that was tried.
    listed
        The cameras that are connected now.
    """
    if sys.platform == "linux":
        return linux_refusal(camera, listed)
    if sys.platform == "win32":
        return windows_refusal(camera, listed, consent_given())
    if sys.platform == "darwin":
        return mac_refusal(camera, listed, _mac_authorization())
    return faults.failed(camera.name) if camera in listed or not listed else _absent(camera, listed)


def linux_refusal(
    camera: Camera, listed: tuple[Camera, ...], *, proc: Path = Path("/proc"), is_taken: Callable[[Path], bool] | None = None
) -> CameraFault:
    """Tell the reasons apart by the device file; ``proc`` and ``is_taken`` stand in for the system in tests."""
    node = Path(camera.node or f"/dev/video{camera.number}")
    if not node.exists():
        return _absent(camera, listed)
    if not os.access(node, os.R_OK | os.W_OK):
        remedy = "Add yourself to the group 'video' with: sudo usermod -aG video $USER, then log out and in again."
        return faults.forbidden(camera.name, remedy)
    holder = _holder(node, proc)
    if holder or (is_taken or _is_taken)(node):
        return faults.busy(camera.name, holder)
    return faults.failed(camera.name)


def windows_refusal(camera: Camera, listed: tuple[Camera, ...], allowed: bool) -> CameraFault:
    """Windows lends a camera to one program at a time, so one that is there and allowed is with another."""
    if not allowed:
        return faults.forbidden(camera.name, _WINDOWS_REMEDY)
    if all(other.number != camera.number for other in listed):
        return _absent(camera, listed)
    return faults.busy(camera.name)


def mac_refusal(camera: Camera, listed: tuple[Camera, ...], authorization: int | None) -> CameraFault:
    """Where macOS knows that access was refused it says so; several programs may share a camera, so it is hardly ever busy.

    ``authorization`` is AVAuthorizationStatus: 0 not asked yet, 1 restricted, 2 denied, 3 authorized; None unknown.
    """
    if authorization in {0, 1, 2}:
        return faults.forbidden(camera.name, _MAC_REMEDY)
    if all(other.number != camera.number for other in listed):
        return _absent(camera, listed)
    return faults.failed(camera.name)


def node_is_gone(camera: Camera) -> bool:
    """Whether the device file went away, as it does when a camera is pulled out; False where there are no device files."""
    return bool(camera.node) and not Path(camera.node).exists()


def _absent(camera: Camera, listed: tuple[Camera, ...]) -> CameraFault:
    return faults.absent(camera.name, tuple(other.name for other in listed if other.number != camera.number))


def _holder(node: Path, proc: Path) -> str:
    """Name of another program of this user that has the device open, or "" when none is seen."""
    own = str(os.getpid())
    for process in proc.glob("[0-9]*"):
        if process.name == own:
            continue
        with suppress(OSError):
            if any(handle.is_symlink() and str(handle.readlink()) == str(node) for handle in (process / "fd").iterdir()):
                return (process / "comm").read_text(encoding="utf-8", errors="replace").strip()
    return ""


def _is_taken(node: Path) -> bool:
    """Whether another process, perhaps another user's, streams: then the format cannot be set, not even to what it is."""
    if sys.platform == "win32":
        return False
    import fcntl

    try:
        handle = os.open(node, os.O_RDWR | os.O_NONBLOCK)
    except OSError as error:
        return error.errno == errno.EBUSY
    try:
        wanted = bytearray(_FORMAT_BYTES)
        wanted[0] = 1
        fcntl.ioctl(handle, _GET_FORMAT, wanted)
        fcntl.ioctl(handle, _SET_FORMAT, wanted)
    except OSError as error:
        return error.errno == errno.EBUSY
    finally:
        os.close(handle)
    return False


def _mac_authorization() -> int | None:
    """Ask macOS whether this program may use cameras; None when it cannot be asked."""
    import ctypes

    try:
        objc = ctypes.CDLL("/usr/lib/libobjc.A.dylib")
        framework = ctypes.CDLL("/System/Library/Frameworks/AVFoundation.framework/AVFoundation")
        objc.objc_getClass.restype = objc.sel_registerName.restype = ctypes.c_void_p
        device = objc.objc_getClass(b"AVCaptureDevice")
        selector = objc.sel_registerName(b"authorizationStatusForMediaType:")
        video = ctypes.c_void_p.in_dll(framework, "AVMediaTypeVideo")
        send = ctypes.CFUNCTYPE(ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)(("objc_msgSend", objc))
        return int(send(device, selector, video))
    except (OSError, AttributeError, ValueError):
        return None
