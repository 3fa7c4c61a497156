"""What the live loop adds to each frame beyond the pose model: a film is played as a camera, and every frame is timed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from formcheck.capture.clock import SystemClock
from formcheck.capture.feed import Feed
from formcheck.capture.live_source import open_feed
from formcheck.exercise import library
from formcheck.live.adaptive import AdaptiveEstimator
from formcheck.live.chooser import Chooser, Wishes
from formcheck.live.model_choice import ModelLadder
from formcheck.live.session import LiveSession, Parts
from formcheck.live.voice import Speaker
from formcheck.live.window import Display, Window, no_screen
from formcheck.report.overlay_sprites import Image

__all__ = ["LiveTimes", "live_times"]

_SIZE = (1280, 720)


@dataclass(frozen=True, slots=True)
class LiveTimes:
    """Milliseconds a frame: of the pose model, and of all that formcheck does from the capture's hand-over to the window.

    ``fps`` are the frames handled a second of film; ``dropped`` those that came while the one before was still being looked at;
    ``windowed`` whether a real window was drawn into.
    """

    model: str
    frames: int
    fps: float
    dropped: int
    model_ms: float
    own_median_ms: float
    own_p99_ms: float
    windowed: bool


class _Memory:
    """Takes pictures where there is no screen to show them on."""

    size = _SIZE
    is_closed = False

    def show(self, image: Image) -> list[str]:
        return []

    def close(self) -> None: ...


def live_times(video: Path, model: str) -> LiveTimes:
    """Play a film through the whole live loop, in its own time, and time each frame.

    Raises
    ------
    InputError
        The film or the model cannot be read.
    """
    windowed = no_screen() is None
    display: Display = Window(_SIZE) if windowed else _Memory()
    clock = SystemClock()
    feeds: list[Feed] = []

    def opened(_: int, first_index: int) -> Feed:
        feed = open_feed(video, clock, first_index=first_index)
        feed.start()
        feeds.append(feed)
        return feed

    with ExitStack() as stack:
        estimator = stack.enter_context(AdaptiveEstimator(ModelLadder(model, models=(model,))))
        parts = Parts(opened, estimator, display, Speaker(None, None), None, lambda spec, direction: (), lambda text: None)
        session = LiveSession(parts, Chooser([library.load("hip-internal-rotation")], Wishes()), guided=False, at_once=True)
        began_s = clock.now_s()
        session.run()
        length_s = clock.now_s() - began_s
    # The first second loads fonts, paints every card for the first time, and lets the model find the person.
    own, of_model = (_ms(values) for values in (session.delays.own_s, session.delays.model_s))
    counter = feeds[0].counter
    return LiveTimes(
        model,
        counter.handed_over,
        counter.handed_over / length_s if length_s > 0 else float("nan"),
        counter.dropped,
        float(np.median(of_model)) if len(of_model) else float("nan"),
        float(np.median(own)) if len(own) else float("nan"),
        float(np.percentile(own, 99)) if len(own) else float("nan"),
        windowed,
    )


def _ms(values: Sequence[float]) -> np.ndarray:
    return 1e3 * np.array(list(values)[30:])
