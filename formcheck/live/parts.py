"""What a live session is put together from."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from formcheck.capture.chest import ChestFlow
from formcheck.capture.feed import Feed
from formcheck.capture.frame import VideoFrame
from formcheck.coach.choice import Choice, ComfortRange
from formcheck.exercise.spec import ExerciseSpec
from formcheck.history.journal import Journal
from formcheck.live.chest import Flow
from formcheck.live.presenter import Presenter
from formcheck.live.recorder import FilmRecorder
from formcheck.live.voice import Speaker
from formcheck.live.window import Display
from formcheck.motion.landmarks import PoseFrame

__all__ = ["Delays", "Estimator", "Parts"]


class Estimator(Protocol):
    """What finds the pose: `formcheck.live.adaptive.AdaptiveEstimator`, or one that replays."""

    @property
    def model(self) -> str:
        """The model in use."""
        ...

    @property
    def trouble(self) -> str:
        """Why another model could not be taken; "" when nothing is wrong."""
        ...

    def estimate(self, frame: VideoFrame) -> PoseFrame:
        """Find the pose in this frame."""
        ...

    def note(self, time_s: float, busy_s: float) -> None:
        """Tell how long the frame kept the program busy."""
        ...


@dataclass(frozen=True)
class Parts:
    """What a session is put together from.

    Attributes
    ----------
    open_feed
        Opens and starts a source: called with how often the person has asked for another one, and the index of its first frame.
    estimator, display, speaker, journal
        journal None: nothing is kept.
    kept
        The comfortable ranges kept of this person, for an exercise and direction.
    told, noted
        Get a line for whoever reads the terminal: what would be spoken where there is no window, and facts about the camera.
    film
        Takes the pictures when a film of the session was asked for.
    presenter
        Shows the session in place of ``display``; None: it is drawn into that.
    flow
        Makes what follows the chest, where the breath is looked at.
    """

    open_feed: Callable[[int, int], Feed]
    estimator: Estimator
    display: Display
    speaker: Speaker
    journal: Callable[[Choice], Journal] | None
    kept: Callable[[ExerciseSpec, str], tuple[ComfortRange, ...]]
    told: Callable[[str], None]
    count_people: Callable[[], object] | None = None
    threaded: bool = True
    noted: Callable[[str], None] = lambda text: None
    film: FilmRecorder | None = None
    presenter: Presenter | None = None
    flow: Callable[[], Flow] = ChestFlow


@dataclass
class Delays:
    """Seconds a frame: in the model, and in everything of formcheck's own from the capture's hand-over to the window."""

    model_s: deque[float] = field(default_factory=lambda: deque(maxlen=20_000))
    own_s: deque[float] = field(default_factory=lambda: deque(maxlen=20_000))
