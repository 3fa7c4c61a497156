"""Cameras that are not there: what OpenCV's capture would do, told by a script in simulated time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache

import cv2
import numpy as np

from formcheck.capture import camera_faults as faults
from formcheck.capture.camera import CameraOpener, CameraRequest
from formcheck.capture.camera_list import Camera
from formcheck.capture.camera_thread import CameraThread
from formcheck.capture.clock import SimulatedClock
from formcheck.capture.feed import EndOfVideo, Look
from formcheck.capture.frame import Image

WEBCAM = Camera(0, "Desk Camera")
_NO_PIXELS = np.zeros((0, 0, 3), np.uint8)


@cache
def room(seed: int, size: tuple[int, int] = (640, 480), level: float = 120.0, contrast: float = 50.0, noise: float = 3.0) -> Image:
    """A picture with structure, and the noise that makes each one different."""
    width, height = size
    ramp = np.linspace(-contrast, contrast, width)[None, :, None] + np.linspace(-contrast, contrast, height)[:, None, None] / 2
    grain = np.random.default_rng(seed).normal(0.0, noise, (height, width, 1))
    return np.clip(level + ramp + grain + np.zeros((1, 1, 3)), 0, 255).astype(np.uint8)


class FakeCapture:
    """The interface of cv2.VideoCapture over a `World`."""

    def __init__(self, world: World, number: int, backend: int) -> None:
        self._world = world
        self.number, self.backend = number, backend
        self.opened = world.now() == "picture" or world.now() not in {"closed", "absent"}
        self.released = False
        self.asked: list[tuple[int, float]] = []
        self.values: dict[int, float] = {}
        self._frozen: Image | None = None

    def isOpened(self) -> bool:
        return self.opened

    def getBackendName(self) -> str:
        return "FAKE"

    def set(self, prop: int, value: float) -> bool:
        self.asked.append((prop, value))
        self.values[prop] = value
        return True

    def get(self, prop: int) -> float:
        return self.values.get(prop, 0.0)

    def grab(self) -> bool:
        return self._world.grab()

    def retrieve(self) -> tuple[bool, Image | None]:
        image = self._world.picture()
        return image is not None, image

    def release(self) -> None:
        self.released = True


@dataclass
class World:
    """What happens to one camera: ``script`` gives the state of things at a time in seconds.

    States: ``picture``, ``black``, ``dark``, ``frozen``, ``slow``, ``small``, ``other size`` send pictures; ``silent`` opens and sends
    nothing; ``closed`` does not open; ``absent`` is not listed and does not open.
    """

    script: Callable[[float], str]
    end_s: float
    refusal: faults.CameraFault = field(default_factory=lambda: faults.failed(WEBCAM.name))
    clock: SimulatedClock = field(default_factory=SimulatedClock)
    looks: list[tuple[float, Look]] = field(default_factory=list)
    captures: list[FakeCapture] = field(default_factory=list)
    opens_s: list[float] = field(default_factory=list)
    grabs: int = 0
    feed: CameraThread | None = None

    def now(self) -> str:
        return self.script(self.clock.now_s())

    def look(self) -> None:
        if self.feed is not None:
            self.looks.append((self.clock.now_s(), _without_pixels(self.feed.newest(0.0))))

    def listed(self) -> tuple[Camera, ...]:
        return () if self.now() == "absent" else (WEBCAM,)

    def make(self, number: int, backend: int) -> FakeCapture:
        self.captures.append(FakeCapture(self, number, backend))
        return self.captures[-1]

    def grab(self) -> bool:
        self.look()
        self.clock.advance(0.1 if self.now() == "slow" else 1 / 30)
        if self.clock.now_s() > self.end_s:
            raise EndOfVideo
        self.grabs += 1
        return self.now() not in {"silent", "closed", "absent"}

    def picture(self) -> Image | None:
        # No two in a row are the same, and few are made: making them is what takes long.
        state, seed = self.now(), self.grabs % 5
        if state == "black":
            return room(seed, level=3.0, contrast=0.0, noise=2.0)
        if state == "dark":
            return room(seed, level=12.0, contrast=10.0, noise=2.0)
        if state == "frozen":
            return room(-1 % 2**31)
        if state in {"small", "other size"}:
            return room(seed, (320, 240) if state == "small" else (1280, 720))
        return room(seed)

    def refuse(self, camera: Camera, listed: tuple[Camera, ...]) -> faults.CameraFault:
        return faults.absent(camera.name, tuple(one.name for one in listed)) if camera not in listed else self.refusal

    def run(self) -> list[tuple[float, Look]]:
        """Live through it all; the consumer looks once for each picture, and whenever the thread waits."""
        world = self

        class WatchedClock(SimulatedClock):
            def wait(self, duration_s: float, until: threading.Event | None = None) -> bool:
                world.look()
                return super().wait(duration_s, until)

        self.clock = WatchedClock()
        opener = WatchedOpener(self)
        self.feed = CameraThread(opener, self.clock)
        self.feed.start()
        assert self.feed._thread is not None
        self.feed._thread.join(60)
        self.look()
        assert self.feed.stop()
        return self.looks


class WatchedOpener(CameraOpener):
    """Notes when it is asked to open."""

    def __init__(self, world: World) -> None:
        super().__init__(0, world.clock, CameraRequest(), list_cameras=world.listed, make_capture=world.make, refusal=world.refuse)
        self._world = world

    def open(self):  # type: ignore[no-untyped-def]
        self._world.opens_s.append(self._world.clock.now_s())
        return super().open()


def _without_pixels(look: Look) -> Look:
    """What is kept of a look: a minute of pictures would be gigabytes, and getting them from the system is what takes long."""
    if look.frame is None:
        return look
    return replace(look, frame=replace(look.frame, video=replace(look.frame.video, image=_NO_PIXELS)))


def codes(looks: list[tuple[float, Look]]) -> list[str]:
    """The faults in the order they were told, each once in a row; "" for none."""
    told: list[str] = []
    for _, look in looks:
        code = look.fault.code.value if look.fault is not None else ""
        if not told or told[-1] != code:
            told.append(code)
    return told


def first_s(looks: list[tuple[float, Look]], code: str) -> float:
    """When a fault was told first."""
    return next(time_s for time_s, look in looks if look.fault is not None and look.fault.code == code)


MJPG = cv2.VideoWriter.fourcc(*"MJPG")
