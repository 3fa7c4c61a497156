"""A real window, by OpenCV; and its absence."""

from __future__ import annotations

import os
import socket
import sys
from typing import Protocol

import cv2

from formcheck.errors import InputError
from formcheck.live.keys import key_name
from formcheck.report.overlay_sprites import Image

__all__ = ["Display", "NoWindow", "Window", "no_screen"]

_TITLE = "formcheck"
_SMALLEST = (320, 240)


class Display(Protocol):
    """Where the session is shown and the keys come from."""

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) px of the picture to draw."""
        ...

    def show(self, image: Image) -> list[str]:
        """Show an RGB picture; return the names of the keys that were pressed."""
        ...

    @property
    def is_closed(self) -> bool:
        """Whether the person closed it."""
        ...

    def close(self) -> None:
        """Take it away."""
        ...


def no_screen() -> str | None:
    """Why no window can be opened here, or None. The toolkit would end the whole program instead of saying so."""
    if not sys.platform.startswith("linux"):
        return None
    if not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
        return "there is no screen here (neither DISPLAY nor WAYLAND_DISPLAY is set); run it on a desktop, or with --no-window."
    if os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY") and not _answers(os.environ["DISPLAY"]):
        return f"the screen {os.environ['DISPLAY']} cannot be opened; check DISPLAY, or run with --no-window."
    return None


def _answers(display: str) -> bool:
    """Whether an X server listens there. The toolkit must not be asked: where none does, it ends the process."""
    host, _, number = display.rpartition(":")
    number = number.split(".")[0]
    if not number.isdigit():
        return False
    places: list[tuple[int, object]] = []
    if host in ("", "unix"):
        name = f"/tmp/.X11-unix/X{number}"
        places = [(socket.AF_UNIX, name), (socket.AF_UNIX, f"\0{name}")]
    else:
        places = [(socket.AF_INET, (host, 6000 + int(number)))]
    for family, address in places:
        with socket.socket(family, socket.SOCK_STREAM) as one:
            one.settimeout(2.0)
            try:
                one.connect(address)  # type: ignore[arg-type]
            except OSError:
                continue
            return True
    return False


class Window:
    """A window that may be resized; what is drawn follows its size.

    Raises
    ------
    InputError
        No window can be opened here.
    """

    def __init__(self, size: tuple[int, int] = (1280, 720)) -> None:
        why = no_screen()
        if why is not None:
            raise InputError(why)
        self._size = size
        try:
            cv2.namedWindow(_TITLE, cv2.WINDOW_NORMAL | cv2.WINDOW_FREERATIO | cv2.WINDOW_GUI_NORMAL)
            cv2.resizeWindow(_TITLE, *size)
        except cv2.error as error:
            raise InputError(f"no window can be opened ({error.err or error}); install opencv-python, or run with --no-window.") from error
        self._shown = False

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) px of the window's inside."""
        return self._size

    def show(self, image: Image) -> list[str]:
        """Show an RGB picture; return the names of the keys that were pressed."""
        cv2.imshow(_TITLE, cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
        self._shown = True
        names = []
        # A few keys may wait; the rest comes with the next frame.
        for _ in range(8):
            code = cv2.pollKey()
            if code == -1:
                break
            name = key_name(code)
            if name is not None:
                names.append(name)
        self._follow_size()
        return names

    def _follow_size(self) -> None:
        try:
            _, _, width, height = cv2.getWindowImageRect(_TITLE)
        except cv2.error:
            return
        if width >= _SMALLEST[0] and height >= _SMALLEST[1]:
            self._size = (width, height)

    @property
    def is_closed(self) -> bool:
        """Whether the person closed it."""
        if not self._shown:
            return False
        try:
            return cv2.getWindowProperty(_TITLE, cv2.WND_PROP_VISIBLE) < 1
        except cv2.error:
            return True

    def close(self) -> None:
        """Take it away; fine when it is gone already."""
        try:
            cv2.destroyWindow(_TITLE)
            cv2.waitKey(1)
        except cv2.error:
            return


class NoWindow:
    """No window: nothing is drawn, and no key comes."""

    size = (0, 0)
    is_closed = False

    def show(self, image: Image) -> list[str]:
        """Do nothing."""
        return []

    def close(self) -> None:
        """Do nothing."""
