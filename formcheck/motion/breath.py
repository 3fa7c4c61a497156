"""The breath of a recording, and of this moment: rate, phase, depth, holds, and whether anything may be said of it.

A whole recording is read with filters that look both ways. Live, the same functions read what is there until now, so the newest second is
the least certain one; nothing is carried over from one reading to the next but the samples.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from formcheck.motion.breath_cycles import SWING_OF_SD, Stroke, holds_of, phase_rad, rate_per_min, strokes_of, usual_swing
from formcheck.motion.breath_signal import BreathSignal, Doubt, banded, breath_signal
from formcheck.motion.breath_traces import FLOW_WIDTH, STEP_S, BreathTraces
from formcheck.motion.filters import true_runs
from formcheck.motion.geometry import Float

__all__ = ["Breath", "BreathMeter", "BreathNow", "lately", "measure_breath"]

#: A doubt shorter than this is not worth a line.
MIN_SPELL_S = 2.0
#: The middle of the breath of this moment lies half way between the crest and the trough of the last seconds: one breath or two.
RECENT_S = 8.0
_DOUBTS = tuple(Doubt)


@dataclass(frozen=True, eq=False)
class Breath:
    """What is known of the breath on an even grid of tenths of a second.

    Attributes
    ----------
    time_s
        (G,) seconds; G may be 0.
    level
        (G,) -1 to 1 in usual breathing, plus is in; deeper breaths go beyond. NaN where not measured.
    phase_rad
        (G,) 0 as the breath begins to go in, pi as it begins to go out, up to 2 pi; NaN where not measured or held.
    quality
        (G,) 0 to 1; 0 where nothing may be said. While the breath is held there is nothing to agree: the share that was usable.
    measured
        (G,) bool: breathing, or holding the breath, was told here.
    strokes
        Every way in or out, in order of time.
    holds
        Start and end of each stretch of eight seconds or more without breath.
    rate_per_min
        Breaths a minute while breathing; NaN for too few of them.
    usual
        Crest to trough of the usual breath, lengths of the trunk; NaN when too little was measured.
    chest
        (G,) how far the chest is out, in lengths of the trunk from an arbitrary zero, plus is in; with its slow drift, and everywhere.
    doubts
        (why, start, end) of each longer stretch that was not measured.
    """

    time_s: Float
    level: Float
    phase_rad: Float
    quality: Float
    measured: npt.NDArray[np.bool_]
    strokes: tuple[Stroke, ...]
    holds: tuple[tuple[float, float], ...]
    rate_per_min: float
    usual: float
    doubts: tuple[tuple[Doubt, float, float], ...]
    chest: Float

    @property
    def measured_fraction(self) -> float:
        """Share of the time in which the breath was told; 0 for no time."""
        return float(self.measured.mean()) if len(self.measured) else 0.0

    def share_measured(self, start_s: float, end_s: float) -> float:
        """Share of a stretch of time in which the breath was told; 0 where there are no samples."""
        inside = (self.time_s >= start_s) & (self.time_s <= end_s)
        return float(self.measured[inside].mean()) if inside.any() else 0.0


def measure_breath(traces: BreathTraces) -> Breath:
    """Read the breath from all samples of a recording. Samples without anything to see give a `Breath` in which nothing is measured."""
    signal = breath_signal(traces)
    usual = usual_swing(signal)
    holds = holds_of(signal, usual)
    strokes = strokes_of(signal, usual, holds)
    held = np.zeros(len(signal), bool)
    for start, end in holds:
        held |= (signal.time_s >= start) & (signal.time_s <= end)
    measured = signal.measured | held
    breathing = [stroke for stroke in strokes if stroke.measured]
    phase = phase_rad(signal, breathing)
    return Breath(
        signal.time_s,
        _level(signal, usual, measured),
        phase,
        np.where(held & ~signal.measured, signal.share, signal.quality),
        measured,
        tuple(strokes),
        tuple(holds),
        rate_per_min(strokes),
        SWING_OF_SD * usual,
        tuple(_doubts(signal, held)),
        signal.chest,
    )


def _level(signal: BreathSignal, usual: float, measured: npt.NDArray[np.bool_]) -> Float:
    if not np.isfinite(usual):
        return np.full(len(signal), np.nan)
    return np.where(measured, banded(signal.chest) / (SWING_OF_SD * usual / 2), np.nan)


def _doubts(signal: BreathSignal, held: npt.NDArray[np.bool_]) -> list[tuple[Doubt, float, float]]:
    found = []
    for number, doubt in enumerate(_DOUBTS):
        if doubt is Doubt.NONE:
            continue
        for start, stop in true_runs((signal.doubt == number) & ~held):
            if (stop - start) * STEP_S >= MIN_SPELL_S:
                found.append((doubt, float(signal.time_s[start]), float(signal.time_s[stop - 1])))
    return sorted(found, key=lambda item: item[1])


@dataclass(frozen=True, slots=True)
class BreathNow:
    """The breath at this moment.

    Attributes
    ----------
    time_s
        Time of the newest sample.
    level
        -1 to 1, plus is in; NaN when not measured.
    breathes_in
        True in, False out, None when it cannot be told.
    quality
        0 to 1, 0 when nothing may be said.
    rate_per_min
        Breaths a minute lately; NaN unknown.
    held_s
        How long the breath has been held; 0 while it goes.
    doubt
        Why nothing may be said; `Doubt.NONE` when something may.
    """

    time_s: float
    level: float = float("nan")
    breathes_in: bool | None = None
    quality: float = 0.0
    rate_per_min: float = float("nan")
    held_s: float = 0.0
    doubt: Doubt = Doubt.UNSEEN

    @classmethod
    def of(cls, breath: Breath) -> BreathNow:
        """The newest moment of what was read."""
        if not len(breath.time_s):
            return cls(float("nan"))
        last = float(breath.time_s[-1])
        if not breath.measured[-1]:
            doubt = next((why for why, _, end in reversed(breath.doubts) if end >= last - STEP_S / 2), Doubt.UNCLEAR)
            return cls(last, doubt=doubt)
        held = next((last - start for start, end in breath.holds if end >= last - STEP_S / 2), 0.0)
        level = float(lately(breath, STEP_S)[-1])
        rising = None if held else bool(breath.chest[-1] > breath.chest[-4])
        return cls(last, level, rising, float(breath.quality[-1]), breath.rate_per_min, held, Doubt.NONE)


def lately(breath: Breath, seconds: float) -> Float:
    """The level of the last seconds as it was seen while it happened, one value a tenth of a second, NaN where not measured.

    A filter that looks both ways pulls the last seconds of its curve towards the middle; the chest itself is where it is.
    """
    if not len(breath.time_s):
        return np.empty(0)
    recent = breath.chest[-round(RECENT_S / STEP_S) :]
    middle = (float(recent.max()) + float(recent.min())) / 2
    last = slice(-round(seconds / STEP_S), None)
    return np.where(breath.measured[last], (breath.chest[last] - middle) / (breath.usual / 2), np.nan)


class BreathMeter:
    """Reads the breath while it happens: feed it the samples, ask it now and then (a reading takes about three milliseconds).

    Parameters
    ----------
    memory_s
        How much of the past is looked at: long enough for the usual breath before a hold.
    """

    def __init__(self, memory_s: float = 45.0) -> None:
        self._memory_s = memory_s
        self._rows: deque[tuple[float, npt.NDArray[np.float32]]] = deque()

    def add(self, time_s: float, flow_px: npt.NDArray[np.float32]) -> None:
        """Take the next sample: its time, later than the one before, and a row of `BreathTraces.flow_px`.

        Raises
        ------
        ValueError
            The time does not come after the one before, or the row has another length.
        """
        if flow_px.shape != (FLOW_WIDTH,):
            raise ValueError(f"flow_px must have shape {(FLOW_WIDTH,)}, got {flow_px.shape}")
        if self._rows and time_s <= self._rows[-1][0]:
            raise ValueError(f"time_s must increase strictly, got {time_s} after {self._rows[-1][0]}")
        self._rows.append((time_s, flow_px))
        while self._rows[0][0] < time_s - self._memory_s:
            self._rows.popleft()

    def forget(self) -> None:
        """Begin anew, as after a pause or another person."""
        self._rows.clear()

    def traces(self) -> BreathTraces:
        """The samples of the last while."""
        if not self._rows:
            return BreathTraces.none()
        times, rows = zip(*self._rows, strict=True)
        return BreathTraces(np.array(times), np.stack(rows))

    def breath(self) -> Breath:
        """Everything known of the last while."""
        return measure_breath(self.traces())

    def now(self) -> BreathNow:
        """The newest moment."""
        return BreathNow.of(self.breath())
