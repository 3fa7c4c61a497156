"""From the displacements around the chest to one curve of the breath, and when it may be believed.

A breath lifts the front of the chest and widens it: its cells move towards the head, those at the left and right move apart. Neither a
camera that shakes nor a trunk that sways does both, so the two are measured apart, and a breath is what they agree on. The rhythm of the
exercise is that of the breath, and no filter of frequencies could tell them apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import numpy as np
import numpy.typing as npt

from formcheck.motion.breath_traces import ACROSS, ALONG, CHEST_COLUMNS, STEP_S, BreathTraces
from formcheck.motion.filters import true_runs
from formcheck.motion.geometry import Float

__all__ = ["BreathSignal", "Doubt", "banded", "breath_signal"]

#: Breaths from 5 to 40 a minute, with what is needed to follow how they turn.
BAND_HZ = (0.08, 0.7)
#: Agreement is looked at over this long: two to four breaths.
WINDOW_S = 12.0
#: Correlation of lifting and widening from which they are one breath. Two curves of noise in this band reach it in about one window of 100.
MIN_AGREEMENT = 0.6
#: This share of a window must be usable.
MIN_USABLE = 0.8
#: A trunk that moves sideways faster than this, in its lengths a second (12 mm/s), leans or turns; a breath moves it at a tenth of that.
MAX_SWAY_PER_S = 0.025
#: A chest that lifts or widens faster (30 mm/s) does something else than breathe: a deep breath reaches half of it.
MAX_LIFT_PER_S = 0.06
#: What was disturbed is left out with this much around it.
MARGIN_S = 1.0
#: Least standard deviation of a breath, lengths of the trunk: half a millimetre.
MIN_SWING = 0.001
#: A head that moves at least as much as the chest lifts, and this much in step with it or against it, is rocking along with the trunk.
MAX_HEAD_AGREEMENT = 0.7
#: A trunk that goes sideways by this much of what the chest lifts and widens may do that by going. Seen from the side a breath goes
#: sideways by half.
MAX_SWAY_PART = 0.75
#: Neither lifting nor widening is more than this times the other in a breath.
MAX_UNEVEN = 4.0
#: Of less than this no breath is read: not half of a slow one.
LEAST_S = 4.0
#: Samples further apart are not joined.
MAX_GAP_S = 0.35
#: A picture in which nothing at all moves (pixels) for this long is one that is shown again.
FROZEN_PX, FROZEN_S = 1e-4, 0.5
#: With less texture than this most of a movement is lost in what the camera adds.
MIN_TEXTURE = 0.3

_SPEED_HZ = 1.0


class Doubt(StrEnum):
    """Why the breath could not be told at a moment."""

    NONE = "none"
    UNSEEN = "unseen"
    FROZEN = "frozen"
    PLAIN = "plain"
    MOVED = "moved"
    ROCKED = "rocked"
    FAINT = "faint"
    UNCLEAR = "unclear"


_DOUBTS = tuple(Doubt)


@dataclass(frozen=True, eq=False)
class BreathSignal:
    """The breath on an even grid of tenths of a second, (G,) each.

    Attributes
    ----------
    time_s
        Seconds.
    chest
        How far the chest is out, in lengths of the trunk: lifting and widening together, from an arbitrary zero, in steps of what was
        usable only. Plus is in.
    wide
        The part of it that widens: what a working leg passes on to the trunk lifts the chest more than it widens it.
    quality
        0 to 1: agreement of lifting and widening in the seconds around, times the share of them that was usable; 0 where not measured.
    share
        0 to 1: the share of the seconds around that was usable.
    texture
        0 to 1, as in `BreathTraces`.
    usable
        The chest was seen and nothing else moved it.
    measured
        What the chest does here is a breath.
    doubt
        Index into ``tuple(Doubt)``: why it is not measured.
    """

    time_s: Float
    chest: Float
    wide: Float
    quality: Float
    share: Float
    texture: Float
    usable: npt.NDArray[np.bool_]
    measured: npt.NDArray[np.bool_]
    doubt: npt.NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.time_s)


def breath_signal(traces: BreathTraces) -> BreathSignal:
    """Read the breath from the samples of a recording, or of the last minute of a live one."""
    grid = _Grid.of(traces)
    if len(grid.time_s) < round(LEAST_S / STEP_S):
        nothing = np.zeros(len(grid.time_s), bool)
        unseen = np.full(len(nothing), _DOUBTS.index(Doubt.UNSEEN), np.int8)
        zero = np.zeros(len(nothing))
        return BreathSignal(grid.time_s, zero, zero, zero, zero, zero, nothing, nothing, unseen)
    moved = _widened(grid.moved(), MARGIN_S)
    usable = grid.seen & ~grid.frozen & ~grid.plain & ~moved
    lift, wide, head, sway = (np.cumsum(np.where(usable, speed, 0.0)) for speed in (grid.lift, grid.wide, grid.head, grid.sway))
    around = _Around(usable)
    lifts, widens, nods, sways = (banded(curve) for curve in (lift, wide, head, sway))
    breathes = lifts + widens
    swing = around.swing(breathes)
    agreement = around.agreement(lifts, widens)
    rocked = (np.abs(around.agreement(nods, breathes)) > MAX_HEAD_AGREEMENT) & (around.swing(nods) > around.swing(lifts))
    swayed = around.swing(sways) > MAX_SWAY_PART * swing
    small, large = np.sort([around.swing(lifts), around.swing(widens)], axis=0)
    enough = around.share >= MIN_USABLE
    doubts = [
        (Doubt.UNCLEAR, (agreement < MIN_AGREEMENT) | (large > MAX_UNEVEN * small) | ~enough),
        (Doubt.FAINT, (swing < MIN_SWING) & enough),
        (Doubt.ROCKED, rocked),
        (Doubt.MOVED, moved | (swayed & (swing >= MIN_SWING)) | (~enough & (around.share_of(moved) > 1 - MIN_USABLE))),
        (Doubt.PLAIN, grid.plain),
        (Doubt.FROZEN, grid.frozen),
        (Doubt.UNSEEN, ~grid.seen),
    ]
    doubt = np.zeros(len(usable), np.int8)
    for kind, where in doubts:
        doubt[where] = _DOUBTS.index(kind)
    told = doubt == 0
    quality = np.where(told, np.clip(agreement, 0.0, 1.0) * around.share, 0.0)
    return BreathSignal(grid.time_s, _smooth(lift + wide), _smooth(wide), quality, around.share, grid.texture, usable, told, doubt)


@dataclass(frozen=True, eq=False)
class _Grid:
    """Displacements on an even grid, lengths of the trunk since the grid point before; 0 where they are not known."""

    time_s: Float
    lift: Float
    wide: Float
    sway: Float
    head: Float
    seen: npt.NDArray[np.bool_]
    frozen: npt.NDArray[np.bool_]
    texture: Float

    @property
    def plain(self) -> npt.NDArray[np.bool_]:
        """(G,) too little texture to follow."""
        return self.seen & (self.texture < MIN_TEXTURE)

    @classmethod
    def of(cls, traces: BreathTraces) -> _Grid:
        time = traces.time_s
        if len(time) < 2:
            no, none = np.zeros(len(time)), np.zeros(len(time), bool)
            return cls(np.array(time), no, no, no, no, none, none, no)
        lift, wide, sway, head = _movements(traces)
        known = np.isfinite(lift + wide + sway) & (np.diff(time, prepend=-np.inf) <= MAX_GAP_S)
        count = round((time[-1] - time[0]) / STEP_S) + 1
        grid = time[0] + STEP_S * np.arange(count)
        # A grid point belongs to the sample that ends the interval it lies in.
        owner = np.minimum(np.searchsorted(time, grid - 1e-6), len(time) - 1)

        def even(value: Float) -> Float:
            place = np.interp(grid, time, np.cumsum(np.where(known & np.isfinite(value), value, 0.0)))
            return np.diff(place, prepend=place[0])

        with np.errstate(invalid="ignore"):
            still = known & (np.nan_to_num(np.abs(traces.flow_px[:, :-2])).max(axis=1) < FROZEN_PX)
        frozen = _kept(still[owner], FROZEN_S)
        return cls(grid, even(lift), even(wide), even(sway), even(head), known[owner], frozen, np.nan_to_num(traces.texture)[owner])

    def moved(self) -> npt.NDArray[np.bool_]:
        """(G,) the trunk did something that is no breath."""
        speeds = [np.abs(_low(value / STEP_S, _SPEED_HZ)) for value in (self.sway, self.lift, self.wide)]
        return np.asarray((speeds[0] > MAX_SWAY_PER_S) | (speeds[1] > MAX_LIFT_PER_S) | (speeds[2] > MAX_LIFT_PER_S))


def _movements(traces: BreathTraces) -> tuple[Float, Float, Float, Float]:
    """(M,) each: how far the chest lifted and widened, how far it and the head went sideways and up, lengths of the trunk; NaN unknown."""
    chest = traces.chest()
    walls = np.stack([traces.moved("wall_left"), traces.moved("wall_right")])
    others = np.concatenate([walls, [traces.moved(name) for name in ("head", "pelvis_left", "pelvis_right")]])
    # What most of the picture does, the camera does; a leg that works or a head that nods is outvoted.
    camera = _median(np.moveaxis(others, 0, 1))
    lift = _median(chest[..., ALONG].reshape(len(chest), -1)) - camera[:, ALONG]
    columns = _median(np.moveaxis(chest[..., ACROSS], 1, 2))
    place = np.array(CHEST_COLUMNS)
    wide = columns @ place / float(place @ place) * float(np.ptp(place))
    sway = _median(chest[..., ACROSS].reshape(len(chest), -1)) - camera[:, ACROSS]
    head = traces.moved("head")[:, ALONG] - np.nan_to_num(_median(np.moveaxis(walls, 0, 1))[:, ALONG])
    return lift, wide, sway, head


def _median(values: Float) -> Float:
    """Median of what is known: over K of (M, K, 2), (M, K) or (M, C, K). NaN where less than half is."""
    axis = 1 if values.ndim == 3 and values.shape[-1] == 2 else -1
    known = np.isfinite(values)
    enough = 2 * known.sum(axis=axis) >= values.shape[axis]
    filled = np.where(np.expand_dims(enough, axis), values, 0.0)
    return np.asarray(np.where(enough, np.nanmedian(filled, axis=axis), np.nan), np.float64)


class _Around:
    """Moments over the seconds around each grid point, of what was usable in them; at the ends over the first and last of them."""

    def __init__(self, usable: npt.NDArray[np.bool_]) -> None:
        self._weight = usable.astype(np.float64)
        self._half = round(WINDOW_S / STEP_S) // 2
        self.share = self._mean(self._weight)

    def _mean(self, value: Float) -> Float:
        n = len(value)
        width = min(2 * self._half + 1, n)
        first = np.clip(np.arange(n) - self._half, 0, n - width)
        total = np.concatenate([[0.0], np.cumsum(value)])
        return np.asarray((total[first + width] - total[first]) / width, np.float64)

    def share_of(self, where: npt.NDArray[np.bool_]) -> Float:
        """Share of the seconds around in which something is so."""
        return self._mean(where.astype(np.float64))

    def _covariance(self, a: Float, b: Float) -> Float:
        share = np.maximum(self.share, 1e-9)
        means = [self._mean(self._weight * value) / share for value in (a, b)]
        return np.asarray(self._mean(self._weight * a * b) / share - means[0] * means[1], np.float64)

    def agreement(self, a: Float, b: Float) -> Float:
        """Correlation of two curves."""
        power = np.sqrt(np.maximum(self._covariance(a, a), 0) * np.maximum(self._covariance(b, b), 0))
        return np.where(power > 1e-12, self._covariance(a, b) / np.maximum(power, 1e-12), 0.0)

    def swing(self, a: Float) -> Float:
        """Standard deviation of a curve."""
        return np.sqrt(np.maximum(self._covariance(a, a), 0.0))


def _low(value: Float, cutoff_hz: float) -> Float:
    return _filtered(value, cutoff_hz, "low")


def _smooth(value: Float) -> Float:
    return _filtered(value, BAND_HZ[1], "low")


def banded(value: Float) -> Float:
    """The part of a curve on the even grid that breathes; a curve too short to filter is given back without its mean."""
    if len(value) < round(LEAST_S / STEP_S):
        return value - np.mean(value) if len(value) else value
    return _filtered(value, BAND_HZ, "band")


def _filtered(value: Float, cutoff_hz: float | tuple[float, float], kind: str) -> Float:
    """Butterworth of second order, forwards and backwards. What is before and after repeats the curve, turned round."""
    from scipy.signal import sosfiltfilt

    return np.asarray(sosfiltfilt(_butterworth(cutoff_hz, kind), value, padlen=min(len(value) - 1, 60)), np.float64)


@cache
def _butterworth(cutoff_hz: float | tuple[float, float], kind: str) -> Float:
    from scipy.signal import butter

    return np.asarray(butter(2, cutoff_hz, kind, fs=1 / STEP_S, output="sos"), np.float64)


def _widened(where: npt.NDArray[np.bool_], margin_s: float) -> npt.NDArray[np.bool_]:
    width = 2 * round(margin_s / STEP_S) + 1
    return np.asarray(np.convolve(where, np.ones(width), "same") > 0.5)


def _kept(where: npt.NDArray[np.bool_], least_s: float) -> npt.NDArray[np.bool_]:
    kept = np.zeros(len(where), bool)
    for start, stop in true_runs(where):
        kept[start:stop] = (stop - start) * STEP_S >= least_s - 1e-9
    return kept
