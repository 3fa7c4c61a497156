"""The breath of a running session: samples of the chest as the pictures come, and what a reading of them says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from formcheck.capture.chest import ChestFlow
from formcheck.capture.frame import VideoFrame
from formcheck.coach.guidance import Task, Want
from formcheck.coach.moment import BreathState
from formcheck.exercise.breathing import judged_breath
from formcheck.exercise.session import Fault, FaultCode, Rep
from formcheck.exercise.spec import BreathSpec
from formcheck.motion.breath import Breath, BreathMeter, BreathNow, lately, measure_breath
from formcheck.motion.breath_signal import Doubt
from formcheck.motion.breath_traces import STEP_S, BreathTraces
from formcheck.motion.landmarks import PoseFrame

__all__ = ["TRACE_S", "ChestWatch", "Flow", "breath_state"]

#: What is looked back on: the set as the analysis sees it, see `formcheck.live.buffer.WINDOW_S`.
MEMORY_S = 60.0
#: What is shown, five values a second.
TRACE_S = 10.0
#: After a longer gap somebody else may sit there.
MAX_GAP_S = 1.0
#: Nothing is asked of a breath of which less than this was usable, or agreed.
MIN_QUALITY = 0.6
_WATCHED = frozenset({Task.REST, Task.RANGE, Task.SET})

Row = npt.NDArray[np.float32]


class Flow(Protocol):
    """What follows the chest from picture to picture: `ChestFlow`."""

    def offer(self, frame: VideoFrame, pose: PoseFrame) -> Row | None:
        """Look at a picture; a row of `BreathTraces.flow_px`, or None between two samples."""
        ...


class ChestWatch:
    """Follows the chest while rest, range or set is recorded. Begins anew after a wait, a gap, another place, rest or camera.

    Parameters
    ----------
    flow
        Makes what follows the chest.
    """

    def __init__(self, flow: Callable[[], Flow] = ChestFlow) -> None:
        self._make = flow
        self._meter = BreathMeter(MEMORY_S)
        self._flow: Flow | None = None
        self._last_s = -float("inf")
        self._run = 0
        self._size = (0, 0)

    def offer(self, frame: VideoFrame, pose: PoseFrame, want: Want) -> Row | None:
        """Look at the next picture, with the person found in it and what the coach wants; a new sample, or None."""
        anew = want.task is Task.REST and want.run != self._run
        gap = not 0 < frame.time_s - self._last_s <= MAX_GAP_S
        self._last_s, self._run = frame.time_s, want.run
        if want.task not in _WATCHED or want.held or anew or gap or pose.image_size != self._size:
            self.forget()
        self._size = pose.image_size
        if want.task not in _WATCHED or want.held:
            return None
        if self._flow is None:
            self._flow = self._make()
        row = self._flow.offer(frame, pose)
        if row is not None:
            self._meter.add(frame.time_s, row)
        return row

    def traces(self) -> BreathTraces:
        """The samples of the last minute."""
        return self._meter.traces()

    def forget(self) -> None:
        """Begin anew; the picture before is let go of."""
        self._flow = None
        self._meter.forget()


def breath_state(traces: BreathTraces, spec: BreathSpec, reps: Sequence[Rep], from_s: float) -> BreathState:
    """Read the samples, and judge them by the rules of a recording.

    Parameters
    ----------
    reps
        Finished movements of this run, in order of start.
    from_s
        When the run began: a hold counts from there on, as the report knows nothing of what was before.
    """
    breath = measure_breath(traces)
    now = BreathNow.of(breath)
    trace = tuple(float(np.round(level, 2)) for level in lately(breath, TRACE_S)[::-2][::-1])
    if now.doubt is not Doubt.NONE or now.quality < MIN_QUALITY:
        return BreathState(now, trace)
    faults = judged_breath(breath, spec, reps)[1]
    step = next((fault for fault in faults if fault.code is FaultCode.BREATH_OUT_OF_STEP), None)
    return BreathState(now, trace, _held(faults, breath, spec, from_s), step)


def _held(faults: Sequence[Fault], breath: Breath, spec: BreathSpec, from_s: float) -> Fault | None:
    """The hold that goes on now."""
    last_s = float(breath.time_s[-1])
    for fault in faults:
        going_on = fault.code is FaultCode.BREATH_HOLD and fault.end_s >= last_s - STEP_S / 2
        if going_on and fault.end_s - max(fault.start_s, from_s) >= spec.hold_s - 1e-6:
            return fault
    return None
