"""Where a session is shown and where what the person does comes from: a window, or whatever takes the same facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from formcheck.capture.feed import CameraFrame
from formcheck.coach.guidance import Cue, Screen
from formcheck.coach.moment import Event
from formcheck.exercise.session import FrameResult
from formcheck.live.chooser import Row
from formcheck.live.view import LiveView
from formcheck.live.window import Display
from formcheck.motion.landmarks import Side

__all__ = ["Presenter", "Shown", "WindowPresenter"]


@dataclass(frozen=True, eq=False)
class Shown:
    """Everything there is to show of one moment.

    Attributes
    ----------
    picture
        The newest picture, never mirrored; None before the first.
    result
        What was measured in the newest picture that was measured; None before the first.
    screen
        What the coach wants to show.
    cues
        What it wants to say or sound now.
    working
        The leg at work; None for both.
    rows
        What can be chosen, in the stage of choosing.
    shown_angle
        The counted angle in words.
    status
        How camera and model are doing.
    """

    picture: CameraFrame | None
    result: FrameResult | None
    screen: Screen
    cues: tuple[Cue, ...] = ()
    working: Side | None = None
    rows: tuple[Row, ...] = ()
    shown_angle: str = "hip rotation"
    status: str = ""


class Presenter(Protocol):
    """Shows moments and hands back what the person did: names of keys, or events of the coach as they are."""

    def show(self, shown: Shown) -> Sequence[str | Event]:
        """Show a moment; return what was done since the last one."""
        ...

    @property
    def waits(self) -> bool:
        """Whether something was done that should be heard before the next picture comes."""
        ...

    @property
    def is_closed(self) -> bool:
        """Whether the person closed it."""
        ...

    def close(self) -> None:
        """Take it away."""
        ...


class WindowPresenter:
    """Draws every moment into a window; X mirrors the picture.

    Parameters
    ----------
    display
        The window.
    mirrored
        Whether the picture is shown as a mirror would at first.
    """

    waits = False

    def __init__(self, display: Display, mirrored: bool) -> None:
        self._display = display
        self._mirrored = mirrored
        self._view: LiveView | None = None

    def show(self, shown: Shown) -> Sequence[str | Event]:
        """Draw it; return the names of the keys that were pressed."""
        if self._view is None or self._view.size != self._display.size:
            self._view = LiveView(self._display.size, shown.shown_angle)
        image = self._view.draw(
            shown.picture.video.image if shown.picture is not None else None,
            shown.result,
            shown.screen,
            mirrored=self._mirrored,
            working=shown.working,
            rows=shown.rows,
            status=shown.status,
        )
        keys = self._display.show(image)
        if not shown.rows:
            self._mirrored ^= keys.count("x") % 2 == 1
            keys = [key for key in keys if key != "x"]
        return keys

    @property
    def is_closed(self) -> bool:
        """Whether the person closed the window."""
        return self._display.is_closed

    def close(self) -> None:
        """Take the window away."""
        self._display.close()
