"""How the picture around the chest moved, as numbers: what a breath is read from when the pictures are gone.

A sample is taken at the first picture at or after each tenth of a second. It holds how far some places of the body moved since the sample
before it: displacements, never positions, so that pieces measured side by side can be joined, and nothing of the picture can be seen in it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from formcheck.motion.geometry import Float

__all__ = [
    "ACROSS",
    "ALONG",
    "CHEST_CELLS",
    "CHEST_COLUMNS",
    "CHEST_ROWS",
    "FLOW_WIDTH",
    "PLACES",
    "STEP_S",
    "BreathTraces",
    "step_of",
]

#: Time between two samples: four times what the fastest breath needs, and a third of the work of every picture.
STEP_S = 0.1
#: Middles of the chest's cells: along the trunk from the shoulders (0) to the hips (1), and across it in widths of the shoulders.
CHEST_ROWS = (0.10, 0.25, 0.40, 0.55)
CHEST_COLUMNS = (-0.33, -0.11, 0.11, 0.33)
_ROWS, _COLUMNS = range(len(CHEST_ROWS)), range(len(CHEST_COLUMNS))
_CHEST = tuple(f"chest_{row}{column}" for row in _ROWS for column in _COLUMNS)
CHEST_CELLS = len(_CHEST)
#: Every place that is followed, in the order of the numbers. The two of a pair are that at the left and that at the right of the picture
#: when the person sits upright.
PLACES = (*_CHEST, "head", "shoulder_left", "shoulder_right", "pelvis_left", "pelvis_right", "wall_left", "wall_right")
#: The two components of each: across the trunk (to the right of the picture when upright) and along it (towards the head).
ACROSS, ALONG = 0, 1
#: Numbers a sample: two a place, how much texture the chest shows, and the length of the trunk.
FLOW_WIDTH = 2 * len(PLACES) + 2
_MIRRORED = (
    *(PLACES.index(f"chest_{row}{column}") for row in _ROWS for column in reversed(_COLUMNS)),
    PLACES.index("head"),
    *(PLACES.index(f"{name}_{side}") for name in ("shoulder", "pelvis", "wall") for side in ("right", "left")),
)


def step_of(time_s: float) -> int:
    """Number of the tenth of a second that a moment is in; a hair before the next one counts as it."""
    return int(np.floor(time_s / STEP_S + 1e-6))


@dataclass(frozen=True, eq=False)
class BreathTraces:
    """The samples of a recording.

    Attributes
    ----------
    time_s
        (M,) seconds of the pictures that were looked at, strictly increasing; M may be 0.
    flow_px
        (M, `FLOW_WIDTH`) float32. First for each of `PLACES` the displacement since the sample before, across and along the trunk, in
        pixels of the original picture; NaN where it could not be told: the first sample, after a gap, nobody in view, a place outside the
        picture or behind an arm. Then the share, 0 to 1, of a movement that the texture of the chest can show; last the length of the
        trunk, pixels.
    """

    time_s: npt.NDArray[np.float64]
    flow_px: npt.NDArray[np.float32]

    def __post_init__(self) -> None:
        if self.flow_px.shape != (len(self.time_s), FLOW_WIDTH):
            raise ValueError(f"flow_px must have shape {(len(self.time_s), FLOW_WIDTH)}, got {self.flow_px.shape}")
        if len(self.time_s) > 1 and not (np.diff(self.time_s) > 0).all():
            raise ValueError("time_s must increase strictly")

    def __len__(self) -> int:
        return len(self.time_s)

    @classmethod
    def none(cls) -> BreathTraces:
        """No samples."""
        return cls(np.empty(0), np.empty((0, FLOW_WIDTH), np.float32))

    @property
    def trunk_px(self) -> Float:
        """(M,) length of the trunk in the picture, pixels."""
        return np.asarray(self.flow_px[:, -1], np.float64)

    @property
    def texture(self) -> Float:
        """(M,) share of a movement that the texture of the chest can show, 0 (plain or dark) to 1."""
        return np.asarray(self.flow_px[:, -2], np.float64)

    def moved(self, place: str) -> Float:
        """(M, 2) displacement of one of `PLACES` since the sample before, across and along, in lengths of the trunk."""
        first = 2 * PLACES.index(place)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(self.flow_px[:, first : first + 2] / self.trunk_px[:, None], np.float64)

    def chest(self) -> Float:
        """(M, rows, columns, 2) displacement of the chest's cells, in lengths of the trunk."""
        cells = np.asarray(self.flow_px[:, : 2 * CHEST_CELLS], np.float64)
        with np.errstate(invalid="ignore", divide="ignore"):
            return (cells / self.trunk_px[:, None]).reshape(-1, len(CHEST_ROWS), len(CHEST_COLUMNS), 2)

    def mirrored(self) -> BreathTraces:
        """The same person seen in a mirror."""
        places = self.flow_px[:, :-2].reshape(len(self), len(PLACES), 2)[:, list(_MIRRORED)] * np.array([-1, 1], np.float32)
        return BreathTraces(self.time_s, np.concatenate([places.reshape(len(self), 2 * len(PLACES)), self.flow_px[:, -2:]], axis=1))
