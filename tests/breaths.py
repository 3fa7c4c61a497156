"""Breaths as numbers: samples of a chest that moves as told, without any picture."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from formcheck.motion.breath_traces import CHEST_CELLS, CHEST_COLUMNS, CHEST_ROWS, FLOW_WIDTH, PLACES, STEP_S, BreathTraces

Curve = Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]
TRUNK_PX = 100.0


def still(time: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Nothing moves."""
    return np.zeros(len(time))


def sine(rate_per_min: float, size: float = 0.005, first_s: float = 0.0) -> Curve:
    """A steady breath that begins to go in at ``first_s``; ``size`` from its middle to its crest, lengths of the trunk."""
    return lambda time: -size * np.cos(2 * np.pi * rate_per_min / 60 * (time - first_s))


def held(breath: Curve, start_s: float, end_s: float) -> Curve:
    """The same breath, standing still from ``start_s`` to ``end_s`` and going on from there."""
    return lambda time: breath(np.where(time < start_s, time, np.where(time < end_s, start_s, time - (end_s - start_s))))


def traces(
    duration_s: float,
    lift: Curve = still,
    wide: Curve | None = None,
    *,
    camera: Curve = still,
    trunk: Curve = still,
    sway: Curve = still,
    head: Curve = still,
    leg: Curve = still,
    noise_px: float = 0.003,
    texture: float = 0.8,
    step_s: float = STEP_S,
    seed: int = 1,
) -> BreathTraces:
    """Samples of a person whose chest lifts and widens as told, by default both alike.

    ``camera`` moves everything up, ``trunk`` chest and head, ``sway`` the chest sideways, ``head`` the head up, and ``leg`` one side of the
    pelvis.
    """
    wide = lift if wide is None else wide
    time = np.arange(0.0, duration_s + 1e-9, step_s)
    place = np.zeros((len(time), len(PLACES), 2))
    place[:, :, 1] += camera(time)[:, None]
    up = lift(time) + trunk(time)
    place[:, :CHEST_CELLS, 1] += up[:, None]
    columns = np.tile(CHEST_COLUMNS, len(CHEST_ROWS)) / np.ptp(CHEST_COLUMNS)
    place[:, :CHEST_CELLS, 0] += wide(time)[:, None] * columns + sway(time)[:, None]
    place[:, PLACES.index("head"), 1] += head(time) + trunk(time)
    place[:, PLACES.index("pelvis_left"), 1] += leg(time)
    flow = np.full((len(time), FLOW_WIDTH), np.nan, np.float32)
    noise = np.random.default_rng(seed).normal(0, noise_px, (len(time), len(PLACES), 2))
    moved = np.diff(place * TRUNK_PX + noise, axis=0)
    flow[1:, :-2] = moved.reshape(len(time) - 1, -1)
    flow[1:, -2:] = texture, TRUNK_PX
    return BreathTraces(time, flow)
