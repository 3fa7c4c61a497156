"""A pose estimator that changes its model while it runs, without losing a frame or the count."""

from __future__ import annotations

import threading
from collections import deque
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Self

from formcheck.capture.estimator import PoseEstimator
from formcheck.capture.frame import VideoFrame
from formcheck.live.model_choice import MakeEstimator, ModelLadder, make_estimator
from formcheck.motion.landmarks import PoseFrame

__all__ = ["AdaptiveEstimator"]

#: A new model looks at the last pictures first, so that it has found the person before it is asked.
_WARM_UP_FRAMES = 3
_CLOSE_S = 5.0


class _Loaded:
    """One model that is open."""

    def __init__(self, name: str, make: MakeEstimator) -> None:
        self.name = name
        self._manager: AbstractContextManager[PoseEstimator] = make(name)
        self.estimator = self._manager.__enter__()

    def close(self) -> None:
        self._manager.__exit__(None, None, None)


class AdaptiveEstimator:
    """Estimates with one model, and loads another beside it when the ladder asks; a `PoseEstimator`, and a context manager.

    The new model is loaded and warmed up in a thread of its own while the old one goes on. It takes over between two frames. Poses of
    both are the same kind of numbers, so whoever counts need not know; that they are not equally exact is why `model` tells which it is.

    Parameters
    ----------
    ladder
        Says when to change. Its model is the first.
    make
        Makes an estimator by its name.

    Attributes
    ----------
    changes
        (time in s, name) of each model that took over, the first one not included.
    trouble
        A sentence when the last change failed; "" when it did not.

    Raises
    ------
    InputError
        On entering: the first model cannot be loaded.
    """

    def __init__(self, ladder: ModelLadder, make: MakeEstimator = make_estimator) -> None:
        self._ladder = ladder
        self._make = make
        self._current: _Loaded | None = None
        self._ready: _Loaded | None = None
        self._failure: BaseException | None = None
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._recent: deque[VideoFrame] = deque(maxlen=_WARM_UP_FRAMES)
        self.changes: list[tuple[float, str]] = []
        self.trouble = ""

    @property
    def model(self) -> str:
        """The model in use."""
        return self._ladder.name

    @property
    def next_model(self) -> str | None:
        """The model that is being loaded; None when none is."""
        return self._ladder.pending

    def __enter__(self) -> Self:
        self._current = _Loaded(self._ladder.name, self._make)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for thread in self._threads:
            thread.join(_CLOSE_S)
        current, self._current = self._current, None
        with self._lock:
            ready, self._ready = self._ready, None
        for loaded in (current, ready):
            if loaded is not None:
                loaded.close()

    def estimate(self, frame: VideoFrame) -> PoseFrame:
        """Return the pose in this frame; frames come in order of time.

        Raises
        ------
        InputError
            The model failed on this picture.
        """
        self._take_over(frame.time_s)
        if self._current is None:
            raise RuntimeError("an AdaptiveEstimator is opened with a with statement")
        self._recent.append(frame)
        return self._current.estimator.estimate(frame)

    def note(self, time_s: float, busy_s: float) -> None:
        """Tell how long the frame kept the program busy, see `ModelLadder.update`; a change begins here."""
        wanted = self._ladder.update(time_s, busy_s)
        if wanted is not None and not any(thread.name == _loader_name(wanted) and thread.is_alive() for thread in self._threads):
            self._run(_loader_name(wanted), lambda: self._load(wanted, tuple(self._recent)))

    def _load(self, name: str, recent: tuple[VideoFrame, ...]) -> None:
        loaded: _Loaded | None = None
        try:
            loaded = _Loaded(name, self._make)
            for frame in recent:
                loaded.estimator.estimate(frame)
        # Whatever it is, the model in use goes on.
        except Exception as error:
            if loaded is not None:
                loaded.close()
            with self._lock:
                self._failure = error
            return
        with self._lock:
            self._ready = loaded

    def _take_over(self, time_s: float) -> None:
        with self._lock:
            ready, self._ready = self._ready, None
            failure, self._failure = self._failure, None
        if failure is not None:
            why = str(failure).rstrip(".")
            self.trouble = f"Another pose model could not be loaded ({why}); {self._ladder.name} goes on."
            self._ladder.settled(time_s, self._ladder.name)
        if ready is not None:
            old, self._current = self._current, ready
            self.trouble = ""
            self.changes.append((time_s, ready.name))
            self._ladder.settled(time_s, ready.name)
            if old is not None:
                self._run("model closing", old.close)

    def _run(self, name: str, work: object) -> None:
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        thread = threading.Thread(target=work, name=name, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()


def _loader_name(model: str) -> str:
    return f"model loading {model}"
