"""Which pose model this machine can carry: measured at the start, and corrected on the way."""

from __future__ import annotations

import statistics
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from formcheck.capture.bundles import SHA256, bundle
from formcheck.capture.estimator import MediaPipeEstimator, PoseEstimator
from formcheck.capture.frame import VideoFrame
from formcheck.errors import InputError

__all__ = ["BUDGET_FPS", "MARGIN", "MODELS", "MakeEstimator", "ModelChoice", "ModelLadder", "ModelTime", "choose_model", "make_estimator"]

#: From the quickest to the most exact.
MODELS = tuple(SHA256)

#: Frames a second below which a turn of one second has too few samples at its peak for the speed to be judged.
BUDGET_FPS = 20.0

#: What the model may not use of a frame's time: drawing, the analysis and the camera take 8 to 10 ms of 50.
MARGIN = 1.25

#: Time of each model beside the quickest, where it was not measured.
_USUAL_COST = {"lite": 1.0, "full": 1.3, "heavy": 4.0}

_WARM_UP_FRAMES = 2
_FEWEST_FRAMES = 3
#: A model that is over the budget by this factor need not be measured to the end.
_HOPELESS = 1.5

MakeEstimator = Callable[[str], AbstractContextManager[PoseEstimator]]


def make_estimator(name: str) -> AbstractContextManager[PoseEstimator]:
    """Make the MediaPipe estimator of a bundled model.

    Raises
    ------
    InputError
        The bundle is missing or altered.
    """
    return MediaPipeEstimator(bundle(name))


@dataclass(frozen=True, slots=True)
class ModelTime:
    """What one model takes on this machine.

    Attributes
    ----------
    name
        The model.
    frame_s
        Median seconds a frame; NaN where it could not be used.
    slow_s
        Seconds a frame of the slowest tenth.
    frames
        How many were timed.
    error
        Why it could not be used, else "".
    """

    name: str
    frame_s: float
    slow_s: float
    frames: int
    error: str = ""

    @property
    def fps(self) -> float:
        """Frames a second of the model alone."""
        return 1.0 / self.frame_s


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """The model to begin with, and what was measured.

    Attributes
    ----------
    name
        The chosen model.
    times
        Of those that were measured, from the most exact on.
    keeps_up
        Whether it keeps the budget with its margin; false when even the quickest does not.
    sentence
        Why, for the person.
    """

    name: str
    times: tuple[ModelTime, ...]
    keeps_up: bool
    sentence: str

    @property
    def frame_s(self) -> dict[str, float]:
        """Measured seconds a frame by model."""
        return {one.name: one.frame_s for one in self.times if not one.error}


def choose_model(
    frames: Sequence[VideoFrame],
    budget_fps: float = BUDGET_FPS,
    margin: float = MARGIN,
    *,
    models: Sequence[str] = MODELS,
    make: MakeEstimator = make_estimator,
    timer: Callable[[], float] = time.perf_counter,
    longest_s: float = 1.5,
) -> ModelChoice:
    """Find the most exact model that keeps ``budget_fps`` with a margin, by running them on pictures of this camera.

    It begins with the most exact and ends with the first that is quick enough. Each takes its time to load, two frames to warm up, and
    ``longest_s`` at most; one that is hopeless is given up after three frames.

    Parameters
    ----------
    frames
        At least one picture, best with the person in it, who is followed from one to the next; used over and over when they are few.
    budget_fps, margin
        Frames a second to keep, and the factor that the model must be quicker than that.
    models
        Names from the quickest to the most exact.
    make, timer
        Stand in for the models and the clock in tests.

    Raises
    ------
    ValueError
        There is no frame or no model.
    InputError
        Not one model can be used.
    """
    if not frames or not models:
        raise ValueError("at least one frame and one model are needed")
    limit_s = 1.0 / (budget_fps * margin)
    times: list[ModelTime] = []
    for name in reversed(models):
        try:
            times.append(_measure(name, frames, make, timer, longest_s, _HOPELESS * limit_s))
        except InputError as error:
            times.append(ModelTime(name, float("nan"), float("nan"), 0, str(error)))
            continue
        if times[-1].frame_s <= limit_s:
            said = f"This computer runs the {name} model at {times[-1].fps:.0f} frames a second."
            return ModelChoice(name, tuple(times), True, said)
    usable = [one for one in times if not one.error]
    if not usable:
        raise InputError(times[-1].error)
    best = min(usable, key=lambda one: one.frame_s)
    said = (
        f"This computer runs even the {best.name} model at only {best.fps:.0f} frames a second, and {budget_fps:.0f} are wanted: "
        "fast movements are measured less surely. Close other programs, and plug the computer in."
    )
    return ModelChoice(best.name, tuple(times), False, said)


def _measure(
    name: str, frames: Sequence[VideoFrame], make: MakeEstimator, timer: Callable[[], float], longest_s: float, hopeless_s: float
) -> ModelTime:
    taken: list[float] = []
    with make(name) as estimator:
        began = timer()
        number = 0
        while True:
            frame = frames[number % len(frames)]
            start = timer()
            estimator.estimate(frame)
            end = timer()
            number += 1
            if number == _WARM_UP_FRAMES:
                began = end
            elif number > _WARM_UP_FRAMES:
                taken.append(end - start)
            if len(taken) >= _FEWEST_FRAMES and (end - began >= longest_s or min(taken) > hopeless_s):
                break
    slowest = sorted(taken)[-max(1, len(taken) // 10) :]
    return ModelTime(name, statistics.median(taken), statistics.fmean(slowest), len(taken))


class ModelLadder:
    """Says when to change to a quicker or a more exact model. Pure: told the time, it keeps none.

    It steps down when frames took longer than the budget allows for three seconds without a break, and up when the more exact model
    would fit with its margin for twenty. After each step it rests for ten seconds. A step up that had to be taken back doubles the
    twenty seconds, up to five minutes, so that a machine at the edge does not go to and fro. A slow camera is no reason for a step: what
    counts is how long a frame keeps the program busy.

    Parameters
    ----------
    name
        The model in use.
    frame_s
        Measured seconds a frame by model, see `ModelChoice.frame_s`.
    budget_fps, margin
        As for `choose_model`.
    models
        Names from the quickest to the most exact.
    """

    SLOW_FOR_S = 3.0
    ROOM_FOR_S = 20.0
    LONGEST_ROOM_FOR_S = 300.0
    COOL_DOWN_S = 10.0
    #: A break of this length, a pause or sleep, tells nothing about the speed.
    BREAK_S = 1.0
    WINDOW_S = 1.0

    def __init__(
        self,
        name: str,
        frame_s: Mapping[str, float] | None = None,
        budget_fps: float = BUDGET_FPS,
        margin: float = MARGIN,
        models: Sequence[str] = MODELS,
    ) -> None:
        if name not in models:
            raise ValueError(f"{name!r} is none of {', '.join(models)}")
        self._models = tuple(models)
        self._name = name
        self._frame_s = dict(frame_s or {})
        self._limit_s = 1.0 / budget_fps
        self._margin = margin
        self._window: deque[tuple[float, float]] = deque()
        self._slow_since: float | None = None
        self._room_since: float | None = None
        self._rest_until = float("-inf")
        self._room_for_s = self.ROOM_FOR_S
        self._climbed_to: str | None = None
        self._pending: str | None = None
        self._barred: set[str] = set()

    @property
    def name(self) -> str:
        """The model in use."""
        return self._name

    @property
    def pending(self) -> str | None:
        """The model that was asked for and is not in use yet."""
        return self._pending

    def update(self, time_s: float, busy_s: float) -> str | None:
        """Tell how long a frame kept the program busy.

        Parameters
        ----------
        time_s
            When, in seconds; increasing.
        busy_s
            From taking the frame to having shown it, without waiting for the camera.

        Returns
        -------
        The model to change to, or None. It is asked for once; `settled` must follow when the change was made or failed.
        """
        if self._window and time_s - self._window[-1][0] > self.BREAK_S:
            self._forget()
        self._window.append((time_s, busy_s))
        while time_s - self._window[0][0] > self.WINDOW_S:
            self._window.popleft()
        if self._pending is not None or time_s < self._rest_until:
            self._slow_since = self._room_since = None
            return None
        usual_s = statistics.median(busy for _, busy in self._window)
        lighter, heavier = self._beside(-1), self._beside(1)
        self._slow_since = _since(self._slow_since, usual_s > self._limit_s, time_s)
        roomy = heavier is not None and self._expected_s(heavier, usual_s) * self._margin <= self._limit_s
        self._room_since = _since(self._room_since, roomy, time_s)
        if lighter is not None and _lasts(self._slow_since, time_s, self.SLOW_FOR_S):
            self._pending = lighter
        elif heavier is not None and _lasts(self._room_since, time_s, self._room_for_s):
            self._pending = heavier
        return self._pending

    def settled(self, time_s: float, name: str) -> None:
        """Tell which model is in use after a change was asked for: the new one, or the old one if that failed."""
        wanted, before = self._pending, self._name
        self._pending = None
        self._name = name
        self._rest_until = time_s + self.COOL_DOWN_S
        self._forget()
        if wanted is not None and name != wanted:
            self._barred.add(wanted)
        elif self._rank(name) > self._rank(before):
            self._climbed_to = name
        elif before == self._climbed_to:
            self._room_for_s = min(2 * self._room_for_s, self.LONGEST_ROOM_FOR_S)
            self._climbed_to = None

    def _forget(self) -> None:
        self._window.clear()
        self._slow_since = self._room_since = None

    def _rank(self, name: str) -> int:
        return self._models.index(name)

    def _beside(self, step: int) -> str | None:
        """The nearest model in a direction that can be used."""
        rank = self._rank(self._name) + step
        while 0 <= rank < len(self._models):
            if self._models[rank] not in self._barred:
                return self._models[rank]
            rank += step
        return None

    def _expected_s(self, name: str, usual_s: float) -> float:
        """What a frame would take with another model. All of the present time is scaled, though a part of it is not the model's."""
        if name in self._frame_s and self._name in self._frame_s:
            return usual_s * self._frame_s[name] / self._frame_s[self._name]
        # Of models it knows nothing about, a step is taken to be as costly as the costliest of the usual ones.
        steepest = _USUAL_COST["heavy"] / _USUAL_COST["full"]
        if name in _USUAL_COST and self._name in _USUAL_COST:
            return usual_s * _USUAL_COST[name] / _USUAL_COST[self._name]
        return usual_s * steepest


def _since(before: float | None, holds: bool, time_s: float) -> float | None:
    if not holds:
        return None
    return time_s if before is None else before


def _lasts(since: float | None, time_s: float, duration_s: float) -> bool:
    return since is not None and time_s - since >= duration_s
