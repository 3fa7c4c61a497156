"""What can be wrong with a camera, each named with a plain sentence that says what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["CameraFault", "FaultCode", "backoff_s"]

_BACKOFF_S = (0.5, 1.0, 2.0, 4.0, 5.0)


class FaultCode(StrEnum):
    """What is wrong with a camera."""

    ABSENT = "absent"
    BUSY = "busy"
    FORBIDDEN = "forbidden"
    FAILED = "failed"
    PULLED_OUT = "pulled_out"
    NO_PICTURES = "no_pictures"
    FROZEN = "frozen"
    BLACK = "black"
    DARK = "dark"
    SLOW = "slow"
    WRONG_SIZE = "wrong_size"

    @property
    def shows_pictures(self) -> bool:
        """Whether pictures keep coming in spite of it."""
        return self in {FaultCode.FROZEN, FaultCode.BLACK, FaultCode.DARK, FaultCode.SLOW, FaultCode.WRONG_SIZE}

    @property
    def blinds(self) -> bool:
        """Whether nothing can be measured meanwhile: the session waits. False for what is only a nuisance."""
        return self not in {FaultCode.DARK, FaultCode.SLOW, FaultCode.WRONG_SIZE}


@dataclass(frozen=True, slots=True)
class CameraFault:
    """One thing that is wrong with the camera now.

    Attributes
    ----------
    code
        What it is.
    sentence
        What it is and what to do, for the person, in one or two sentences.
    """

    code: FaultCode
    sentence: str


def backoff_s(failures: int) -> float:
    """Return how long to wait before the next try after this many failures in a row, at least 1: 0.5, 1, 2, 4, 5, 5 … s."""
    if failures < 1:
        raise ValueError(f"failures must be at least 1, got {failures}")
    return _BACKOFF_S[min(failures, len(_BACKOFF_S)) - 1]


def absent(camera: str, others: tuple[str, ...] = ()) -> CameraFault:
    """The camera is not connected; ``others`` are those that are."""
    seen = f"These are connected: {', '.join(others)}." if others else "No camera is connected."
    return CameraFault(FaultCode.ABSENT, f"{_start(camera)} is not there. {seen} Plug it in, or choose another.")


def busy(camera: str, holder: str = "") -> CameraFault:
    """Another program, by name where it is known, has the camera."""
    who = holder or "Another program"
    return CameraFault(FaultCode.BUSY, f"{who} is using {camera}. Close it there, also in browser tabs and video calls.")


def forbidden(camera: str, remedy: str) -> CameraFault:
    """The system does not let this program use the camera; ``remedy`` is a whole sentence."""
    return CameraFault(FaultCode.FORBIDDEN, f"The system does not allow the use of {camera}. {remedy}")


def failed(camera: str) -> CameraFault:
    """The camera is there and does not open, for no reason that can be told."""
    return CameraFault(
        FaultCode.FAILED, f"{_start(camera)} does not open. Unplug it and plug it in again, or close other programs that use it."
    )


def pulled_out(camera: str) -> CameraFault:
    """The camera went away in the middle."""
    return CameraFault(FaultCode.PULLED_OUT, f"{_start(camera)} was disconnected. Plug it in again; your count is kept.")


def no_pictures(camera: str) -> CameraFault:
    """The camera is open and sends nothing."""
    return CameraFault(
        FaultCode.NO_PICTURES,
        f"{_start(camera)} sends no pictures. Close other programs that use it; if that does not help, unplug it and plug it in again.",
    )


def frozen() -> CameraFault:
    """The same picture again and again."""
    return CameraFault(
        FaultCode.FROZEN,
        "The picture stands still. Look for a privacy switch or key; if there is none, unplug the camera and plug it in again.",
    )


def black() -> CameraFault:
    """A covered lens."""
    return CameraFault(FaultCode.BLACK, "The picture is black. Open the cover of the lens, or the privacy switch or key.")


def dark() -> CameraFault:
    """A room that is too dark."""
    return CameraFault(FaultCode.DARK, "It is very dark here. Switch on a light in front of you, not behind you.")


def slow(fps: float) -> CameraFault:
    """Too few pictures a second."""
    return CameraFault(
        FaultCode.SLOW, f"The camera sends only {fps:.0f} pictures a second. More light usually helps; so does a USB port of its own."
    )


def too_small(size: tuple[int, int]) -> CameraFault:
    """A picture too coarse to see feet in."""
    return CameraFault(
        FaultCode.WRONG_SIZE,
        f"The camera sends small pictures of {size[0]} x {size[1]}, which makes angles uncertain. Close other programs that use it, "
        "or choose another camera.",
    )


def size_changed(before: tuple[int, int], now: tuple[int, int]) -> CameraFault:
    """The picture has another size than at the start."""
    return CameraFault(
        FaultCode.WRONG_SIZE,
        f"The picture changed from {before[0]} x {before[1]} to {now[0]} x {now[1]}. Stand or sit still once more, "
        "so that your resting position is measured again.",
    )


def _start(camera: str) -> str:
    return camera[:1].upper() + camera[1:]
