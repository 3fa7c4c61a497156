"""What a live session is put together from in tests: a camera that plays landmarks, a window without glass, a voice that writes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from formcheck.capture.camera_faults import CameraFault
from formcheck.capture.feed import CameraFormat, CameraFrame, CameraState, FrameCounter, Look
from formcheck.capture.frame import VideoFrame
from formcheck.coach.choice import Choice, ComfortRange
from formcheck.coach.guidance import Cue, Guidance, Stage
from formcheck.exercise import library
from formcheck.exercise.spec import ExerciseSpec
from formcheck.history.journal import JOURNAL_SUFFIX, Journal
from formcheck.live.chest import Flow
from formcheck.live.chooser import Chooser, Wishes
from formcheck.live.session import LiveSession, Parts
from formcheck.motion.breath_traces import FLOW_WIDTH, BreathTraces, step_of
from formcheck.motion.landmarks import PoseFrame
from formcheck.motion.recording import PoseRecording
from tests import people

SPEC = library.load("hip-internal-rotation")
GREY = np.full((480, 640, 3), 120, np.uint8)


def guided(reps: int = 3, *, first_s: float = 6.0, more: int = 0, **of_rep: float) -> PoseRecording:
    """A seated person who rests, turns the right knee ``reps`` times, rests, then the left one ``more`` times, and rests."""
    right = people.a_set(reps, first_s=first_s, **of_rep)
    left = people.a_set(more, side=people.Side.LEFT, first_s=people.length_s(right) + 8.0, **of_rep) if more else []
    body = people.seated([*right, *left], duration_s=people.length_s([*right, *left]) + 4.0)
    return people.film(body, people.DESK, noise_px=0.3)


class PlayedFeed:
    """Gives the frames of a recording one after the other, with a grey picture, or the faults that are scripted by frame."""

    def __init__(self, recording: PoseRecording, faults: dict[int, CameraFault] | None = None) -> None:
        self._times = [float(time_s) for time_s in recording.time_s]
        self._faults = faults or {}
        self._place = 0
        self.counter = FrameCounter()

    name, format = "played", CameraFormat(640, 480, 30.0, "", "PLAYED")

    def start(self) -> None: ...

    def newest(self, timeout_s: float) -> Look:
        if self._place >= len(self._times):
            return Look(CameraState.ENDED)
        place, self._place = self._place, self._place + 1
        fault = self._faults.get(place)
        if fault is not None and not fault.code.shows_pictures:
            return Look(CameraState.WAITING, None, fault, 0.5)
        return Look(CameraState.LIVE, CameraFrame(VideoFrame(place, self._times[place], GREY), place, 0), fault)

    def stop(self, timeout_s: float = 1.0) -> bool:
        return True


class PlayedPoses:
    """The estimator that goes with `PlayedFeed`."""

    model = "full"
    trouble = ""

    def __init__(self, recording: PoseRecording) -> None:
        self._recording = recording
        self.noted: list[float] = []
        self.seen = 0

    def estimate(self, frame: VideoFrame) -> PoseFrame:
        self.seen += 1
        return self._recording[frame.index]

    def note(self, time_s: float, busy_s: float) -> None:
        self.noted.append(busy_s)


class FakeDisplay:
    """A window that presses keys by a script, called with the number of the picture."""

    def __init__(self, keys: Callable[[int], list[str]] = lambda _: [], size: tuple[int, int] = (640, 480)) -> None:
        self.size = size
        self.is_closed = False
        self.shown = 0
        self.images: list[np.ndarray] = []
        self._keys = keys

    def show(self, image: np.ndarray) -> list[str]:
        self.shown += 1
        self.images = [image]
        return self._keys(self.shown)

    def close(self) -> None: ...


class WrittenVoice:
    """Writes down what would be heard."""

    def __init__(self) -> None:
        self.cues: list[Cue] = []

    def give(self, cue: Cue) -> None:
        self.cues.append(cue)

    def close(self) -> None: ...


class PlayedFlow:
    """Plays samples of a chest in place of looking at pictures; by default there are none."""

    def __init__(self, traces: BreathTraces | None = None) -> None:
        self._traces = traces or BreathTraces.none()
        self._last = -1

    def offer(self, frame: VideoFrame, pose: PoseFrame) -> np.ndarray | None:
        step = step_of(frame.time_s)
        if step <= self._last or step >= len(self._traces):
            return None
        # What a picture moved since one that was not seen is not known.
        row = self._traces.flow_px[step] if step == self._last + 1 else np.full(FLOW_WIDTH, np.nan, np.float32)
        self._last = step
        return row


class Rehearsal:
    """A session on played landmarks; ``stages`` are those it went through, ``guidance`` everything the coach answered."""

    def __init__(
        self,
        recording: PoseRecording,
        folder: Path | None = None,
        *,
        wishes: Wishes | None = None,
        display: FakeDisplay | None = None,
        kept: tuple[ComfortRange, ...] = (),
        faults: dict[int, CameraFault] | None = None,
        at_once: bool = True,
        spec: ExerciseSpec = SPEC,
        flow: Callable[[], Flow] | None = None,
    ) -> None:
        self.voice = WrittenVoice()
        self.display = display or FakeDisplay()
        self.guidance: list[Guidance] = []
        self.stages: list[Stage] = []
        self.noted: list[str] = []

        def journal(choice: Choice) -> Journal:
            assert folder is not None
            header = {
                "id": "20260503T183000-abcdef",
                "started_at": "2026-05-03T20:30:00+02:00",
                "exercise": choice.spec.id,
                "profile": "anna",
                "model_name": "full",
            }
            return Journal(folder / "journal" / f"a{JOURNAL_SUFFIX}", header)

        parts = Parts(
            lambda place, first: PlayedFeed(recording, faults),
            PlayedPoses(recording),
            self.display,
            self.voice,  # type: ignore[arg-type]
            journal if folder is not None else None,
            lambda spec, direction: kept,
            lambda text: None,
            threaded=False,
            noted=self.noted.append,
            flow=flow or PlayedFlow,
        )
        self.session = LiveSession(parts, Chooser([spec], wishes or Wishes()), at_once=at_once)
        self.session.on_guidance = self._hear

    def _hear(self, guidance: Guidance) -> None:
        self.guidance.append(guidance)
        if not self.stages or self.stages[-1] is not guidance.screen.stage:
            self.stages.append(guidance.screen.stage)

    def run(self) -> Rehearsal:
        self.session.run()
        return self

    def texts(self) -> list[str]:
        return [cue.text for cue in self.voice.cues if cue.text]
