"""The analysis of a running session: the recorded engine, again and again over the last minute, and every frame in between.

A movement can be sized, timed and judged only when it is seen whole, with filters that look both ways; so the same functions that analyse
a recording read the last minute a few times a second, in a thread of their own. What a person watches in between, the angle of this
very frame, is carried on from the last reading. `docs/live.md` says what that costs and how well the two agree.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Self

from formcheck.coach.guidance import Task, Want
from formcheck.coach.moment import BreathState, LiveState, RestBaseline, Unrest
from formcheck.exercise.options import AnalysisOptions
from formcheck.exercise.session import FrameResult, Rep
from formcheck.exercise.spec import ExerciseSpec
from formcheck.live.buffer import PoseBuffer
from formcheck.live.ledger import RepLedger
from formcheck.live.now import LegNow, Moving
from formcheck.live.proxy import proxy_deg
from formcheck.live.reader import Job, Reader
from formcheck.live.reading import Anchor, Reading, read
from formcheck.live.stillness import Stillness, StillnessOf
from formcheck.motion.breath_traces import BreathTraces
from formcheck.motion.landmarks import PoseFrame, Side

__all__ = ["READ_EVERY_S", "LiveAnalyzer"]

#: Readings begin no closer than this, and the analysis rests as long as it worked: half a core at the most.
READ_EVERY_S = 0.22
#: The breath is read half as often: it is ten times as slow as a leg. What is older than this is not shown as the breath of now.
READ_BREATH_EVERY_S, BREATH_AGE_S = 0.5, 2.0
#: A baseline is taken from at least this much stillness.
REST_STILL_S = 3.0
#: A resting leg whose angle wanders by more than this is seen too badly to be measured.
MAX_REST_NOISE_DEG = 4.0
_RECORDING = frozenset({Task.REST, Task.RANGE, Task.SET})


class LiveAnalyzer:
    """Fed with every pose and what the coach wants; answers with the state of this moment.

    Used as a context manager. Without ``threaded`` each reading is made where it falls due, by the times of the frames: the same frames
    then always give the same answers.

    Parameters
    ----------
    spec
        The exercise.
    model_name
        Name of the pose model the poses come from; `use_model` tells another one.
    threaded
        Read beside the caller, in a process that a thread waits for.
    now
        A clock for how long a reading takes.
    breath
        Gives the samples of the chest until now; None: the breath is not looked at.
    """

    def __init__(
        self,
        spec: ExerciseSpec,
        model_name: str,
        threaded: bool = True,
        now: Callable[[], float] = time.monotonic,
        breath: Callable[[], BreathTraces] | None = None,
    ) -> None:
        self._spec = spec
        self._threaded = threaded
        self._now = now
        self._chest = breath
        self._breath: BreathState | None = None
        self._breath_due_s = -float("inf")
        self._model_name = model_name
        self._buffer = PoseBuffer(model_name)
        self._want = Want()
        self._ledger = RepLedger()
        self._moving = {side: Moving() for side in Side}
        self._stillness = Stillness(spec)
        self._still = StillnessOf()
        self._reading: Reading | None = None
        # Kept from run to run: an angle that was known a moment ago still is.
        self._anchors: Mapping[Side, Anchor] = {}
        self._due_s = -float("inf")
        self._news = threading.Condition()
        self._job: Job | None = None
        self._reader = Reader(spec)
        self._fresh: Reading | None = None
        self._busy = self._closing = False
        self._error: BaseException | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        if self._threaded:
            self._thread = threading.Thread(target=self._work, name="reading", daemon=True)
            self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with self._news:
            self._closing = True
            self._news.notify_all()
        if self._thread is not None:
            # Whoever waits for an answer has it broken off.
            self._reader.close()
            self._thread.join(5.0)

    def use_model(self, name: str) -> None:
        """Another pose model is in use from now on; what was counted stays."""
        self._model_name = name
        self._buffer.model_name = name

    def update(self, pose: PoseFrame, want: Want) -> tuple[FrameResult, LiveState]:
        """Take in the newest pose and say what is known at this moment.

        Parameters
        ----------
        pose
            In order of time.
        want
            What the coach asked for last.
        """
        if self._error is not None:
            raise self._error
        if want.run != self._want.run or (want.task is not self._want.task and want.task in _RECORDING):
            self._begin(want)
        self._want = want
        if want.held:
            self._breath = None
        if want.task in _RECORDING:
            self._buffer.append(pose)
            if want.task is Task.REST:
                self._still = self._stillness.update(pose)
            self._read_when_due(pose.time_s)
        return self._state(pose)

    def settle(self, pose: PoseFrame) -> tuple[FrameResult, LiveState]:
        """Read all there is once more, now, and say what is known: the last word before a session ends."""
        window = self._buffer.window()
        if window is not None and self._want.task in _RECORDING:
            options = AnalysisOptions(direction=self._want.direction or None, limit_deg=self._want.limit_deg)
            self._take(read(self._want.run, self._buffer.first_s, window, self._spec, options, ended=True))
        return self._state(pose)

    def _begin(self, want: Want) -> None:
        before = self._want.task
        if want.task is Task.REST:
            self._buffer.forget_rest()
        self._buffer.start(keep_as_rest=before is Task.REST and want.task is not Task.REST)
        self._stillness.forget()
        self._still = StillnessOf()
        self._reading, self._due_s = None, -float("inf")
        if self._breath is not None:
            # The breath goes on from stage to stage; what was judged of it belongs to the run that is over.
            self._breath = replace(self._breath, held=None, out_of_step=None)

    def _read_when_due(self, time_s: float) -> None:
        with self._news:
            fresh, self._fresh = self._fresh, None
            busy = self._busy
        if fresh is not None:
            self._take(fresh)
        if busy or time_s < self._due_s:
            return
        window = self._buffer.window()
        if window is None:
            return
        options = AnalysisOptions(direction=self._want.direction or None, limit_deg=self._want.limit_deg)
        self._due_s = time_s + READ_EVERY_S
        job = Job(self._want.run, self._buffer.first_s, window, options, self._breath_when_due(time_s))
        if not self._threaded:
            self._take(read(job.run, job.from_s, job.recording, self._spec, job.options, job.breath))
            return
        with self._news:
            self._job, self._busy = job, True
            self._news.notify_all()

    def _breath_when_due(self, time_s: float) -> BreathTraces | None:
        """The samples to read now; None when they are not to be."""
        if self._chest is None or self._breath_due_s - READ_BREATH_EVERY_S <= time_s < self._breath_due_s:
            return None
        self._breath_due_s = time_s + READ_BREATH_EVERY_S
        return self._chest()

    def _breath_now(self, time_s: float) -> BreathState | None:
        """What was read of the breath, unless it is of another time."""
        breath = self._breath
        fresh = breath is not None and abs(time_s - breath.now.time_s) <= BREATH_AGE_S
        return breath if fresh else None

    def _take(self, reading: Reading) -> None:
        if reading.breath is not None and reading.run == self._want.run:
            self._breath = reading.breath
        if reading.run == self._want.run:
            self._reading, self._anchors = reading, reading.anchors
            self._ledger.take(reading)

    def _work(self) -> None:
        self._reader.start()
        while True:
            with self._news:
                while self._job is None and not self._closing:
                    self._news.wait()
                if self._closing:
                    return
                job, self._job = self._job, None
            assert job is not None
            began_s = self._now()
            try:
                reading = self._reader(job)
            except BaseException as error:
                self._error = error
                return
            with self._news:
                self._fresh = reading
                # Rest as long as it worked, unless the session ends meanwhile.
                self._news.wait_for(lambda: self._closing, timeout=max(0.0, self._now() - began_s))
                self._busy = False

    def _state(self, pose: PoseFrame) -> tuple[FrameResult, LiveState]:
        reading = self._reading
        legs = {side: self._leg_now(pose, side) for side in Side}
        lasting = reading.lasting if reading is not None else ()
        known = self._ledger.run == self._want.run
        reps, faults = (self._ledger.reps, self._ledger.faults) if known else ((), ())
        result = FrameResult(
            pose,
            {side: leg.angle_deg for side, leg in legs.items()},
            {side: leg.phase for side, leg in legs.items()},
            _counts(reps),
            lasting,
            None,
            {side: leg.pm_deg for side, leg in legs.items()},
        )
        limit = self._want.limit_deg if self._want.limit_deg is not None else (reading.limit_deg if reading else float("nan"))
        rest, unrest = self._rest(reading)
        state = LiveState(
            run=self._want.run,
            reps=reps,
            faults=faults,
            live_faults=lasting,
            angle_deg=result.angle_deg,
            phase=result.phase,
            angle_speed_deg_s={side: leg.speed_deg_s for side, leg in legs.items()},
            still_s=self._still.still_s,
            rest_ok=rest is not None,
            unrest=unrest,
            rest=rest,
            limit_deg=dict.fromkeys(Side, limit),
            not_measured=reading.not_measured if reading is not None else (),
            breath=self._breath_now(pose.time_s),
        )
        return result, state

    def _leg_now(self, pose: PoseFrame, side: Side) -> LegNow:
        proxy = float(proxy_deg(pose.image_xy[None], side, self._spec)[0])
        return self._moving[side].update(pose.time_s, proxy, self._anchors.get(side))

    def _rest(self, reading: Reading | None) -> tuple[RestBaseline | None, tuple[Unrest, ...]]:
        if self._want.task is not Task.REST:
            return None, ()
        if reading is None or self._still.still_s < REST_STILL_S:
            return None, self._still.unrest
        if reading.refused is not None:
            return None, (Unrest.NOT_SEEN,)
        noises = [noise for noise in reading.rest_noise_deg.values() if noise == noise]
        if not noises:
            return None, (Unrest.NOT_SEEN,)
        if min(noises) > MAX_REST_NOISE_DEG:
            return None, (Unrest.TOO_NOISY,)
        return RestBaseline(reading.rest_deg, reading.rest_noise_deg, reading.trunk_deg), ()


def _counts(reps: tuple[Rep, ...]) -> dict[str, int]:
    counts = {"left": 0, "right": 0, "both": 0}
    for rep in reps:
        if rep.counted:
            counts[rep.side_name] += 1
    return counts | {"total": sum(counts.values())}
