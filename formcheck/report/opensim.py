"""``markers.trc`` and ``angles.mot`` for OpenSim: where the landmarks are, and the joint angles under the names of its models.

Conventions, spelled out in ``docs/exports.md``:

- **Axes** are OpenSim's: X forward, Y up, Z to the right, metres. The camera stands in front, so X points to it, and Z to the right hand of
  whoever faces it. The origin lies between the hips at every moment, as the pose model gives it: there is no travel through the room.
- **Time** is that of the video, in one steady rate. A film whose pictures do not come evenly is put on a grid by straight lines between
  neighbours at most 0.2 s apart; nothing is put where either neighbour was not measured.
- **Not measured** is ``nan`` in the ``.trc``, which is what OpenSim writes itself. OpenSim's reader of motions ends at the first such
  number, so a ``.mot`` has rows only of moments at which all of its columns were measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from formcheck import __version__
from formcheck.exercise.preparation import prepared
from formcheck.exercise.session import SessionReport
from formcheck.motion.gates import gated_points
from formcheck.motion.geometry import Float
from formcheck.motion.landmarks import Landmark, Side
from formcheck.motion.recording import PoseRecording

__all__ = ["COORDINATES", "MARKERS", "OPENSIM_FILES", "Steady", "opensim_xyz", "steady", "write_mot", "write_opensim", "write_trc"]

OPENSIM_FILES = ("markers.trc", "angles.mot")

#: Landmarks that go into the ``.trc``, under their own names; fingers and the parts of the face are left out.
MARKERS: tuple[Landmark, ...] = (
    Landmark.NOSE,
    *(
        Landmark.of(side, part)
        for part in ("ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle", "heel", "foot_index")
        for side in (Side.RIGHT, Side.LEFT)
    ),
)

#: Name of a coordinate in OpenSim's models (Rajagopal 2016) to the column it comes from and the factor of its sign.
COORDINATES: dict[str, tuple[str, int]] = {
    "pelvis_list": ("pelvis_obliquity_deg", 1),
    **{
        f"{name}_{side.value[0]}": (f"{column}_{side.value}_deg", sign)
        for side in (Side.RIGHT, Side.LEFT)
        for name, column, sign in (
            ("hip_flexion", "hip_flexion", 1),
            ("hip_adduction", "hip_abduction", -1),
            ("hip_rotation", "hip_rotation", 1),
            ("knee_angle", "knee_flexion", 1),
        )
    },
}

#: Pictures whose times are within this of an even beat are taken as they are, seconds.
_EVEN_S = 1e-3
#: Neighbours further apart than this are not joined, seconds: the longest gap that is bridged anywhere.
_GAP_S = 0.2
#: Room for rounding in comparisons of times.
_TINY_S = 1e-9


@dataclass(frozen=True, eq=False)
class Steady:
    """A steady beat for the moments of a recording.

    Attributes
    ----------
    time_s
        (M,) seconds; the recording's own when ``resampled`` is false.
    rate_hz
        Moments a second.
    resampled
        Whether values have to be put between the recording's moments.
    """

    time_s: Float
    rate_hz: float
    resampled: bool
    _own_s: Float

    def of(self, values: npt.NDArray[np.floating]) -> Float:
        """(N, ...) values at the recording's moments as (M, ...) at these; NaN where a neighbour is missing or over 0.2 s away."""
        values = np.asarray(values, np.float64)
        if not self.resampled:
            return np.array(values)
        after = np.clip(np.searchsorted(self._own_s, self.time_s - _TINY_S), 1, len(self._own_s) - 1)
        before = after - 1
        gap = self._own_s[after] - self._own_s[before]
        share = np.clip((self.time_s - self._own_s[before]) / gap, 0.0, 1.0)
        shape = (-1,) + (1,) * (values.ndim - 1)
        share_of, low, high = share.reshape(shape), values[before], values[after]
        between = low * (1 - share_of) + high * share_of
        between = np.where((gap <= _GAP_S + _TINY_S).reshape(shape), between, np.nan)
        # A moment that falls on a picture needs no other one.
        near = _TINY_S / gap
        exact: Float = np.where((share <= near).reshape(shape), low, np.where((share >= 1 - near).reshape(shape), high, between))
        return exact


def steady(time_s: Float) -> Steady:
    """The steady beat of (N,) increasing times: their own when they are even to a millisecond, else one of their usual distance."""
    time_s = np.asarray(time_s, np.float64)
    count = len(time_s)
    if count < 2:
        return Steady(time_s, 0.0, False, time_s)
    mean = (time_s[-1] - time_s[0]) / (count - 1)
    if np.abs(time_s - (time_s[0] + mean * np.arange(count))).max() <= _EVEN_S:
        return Steady(time_s, 1 / mean, False, time_s)
    step = float(np.median(np.diff(time_s)))
    whole = int(np.floor((time_s[-1] - time_s[0]) / step + 1e-6))
    return Steady(time_s[0] + step * np.arange(whole + 1), 1 / step, True, time_s)


def opensim_xyz(world_xyz: npt.NDArray[np.floating]) -> Float:
    """(..., 3) metres of the pose model (x right, y down, z away from the camera) in OpenSim's axes: X forward, Y up, Z right."""
    xyz = np.asarray(world_xyz, np.float64)
    return np.stack([-xyz[..., 2], -xyz[..., 1], -xyz[..., 0]], axis=-1)


def write_opensim(recording: PoseRecording, report: SessionReport, folder: Path) -> None:
    """Write `OPENSIM_FILES` of a session into a folder.

    Raises
    ------
    OSError
        A file cannot be written.
    """
    write_trc(recording, report, folder / OPENSIM_FILES[0])
    write_mot(report, folder / OPENSIM_FILES[1])


def write_trc(recording: PoseRecording, report: SessionReport, path: Path) -> None:
    """Write the positions of `MARKERS`, of moments at which somebody is in view and of landmarks that are seen.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    ready = prepared(recording, bool(report.settings.get("mirrored"))).measured
    _, world = gated_points(ready)
    seen = np.where(report.timeline.person[:, None, None], world[:, list(MARKERS)], np.nan)
    beat = steady(recording.time_s)
    xyz = beat.of(opensim_xyz(seen))
    count, names = len(beat.time_s), [mark.name.lower() for mark in MARKERS]
    rate = f"{beat.rate_hz:.6g}"
    axes = [f"{axis}{number}" for number in range(1, len(names) + 1) for axis in "XYZ"]
    lines = [
        f"PathFileType\t4\t(X/Y/Z)\t{path.name}",
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames",
        f"{rate}\t{rate}\t{count}\t{len(names)}\tm\t{rate}\t1\t{count}",
        "Frame#\tTime\t" + "\t".join(f"{name}\t\t" for name in names),
        "\t\t" + "\t".join(axes),
        "",
    ]
    table = xyz.reshape(count, -1)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{line}\n" for line in lines)
        for index in range(count):
            file.write("\t".join([str(index + 1), _number(beat.time_s[index], 6), *(_number(value, 6) for value in table[index])]) + "\n")


def write_mot(report: SessionReport, path: Path) -> None:
    """Write the joint angles of `COORDINATES` in degrees; a column hardly measured is left out, as are moments without all of them.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    beat = steady(report.timeline.time_s)
    curves = {
        name: sign * beat.of(report.timeline.values[column])
        for name, (column, sign) in COORDINATES.items()
        if column in report.timeline.values
    }
    names = _kept(curves, _wanted(report))
    table = np.column_stack([curves[name] for name in names]) if names else np.empty((len(beat.time_s), 0))
    rows = np.flatnonzero(np.isfinite(table).all(axis=1)) if names else np.empty(0, np.intp)
    missing = len(beat.time_s) - len(rows)
    lines = [
        "joint angles",
        "version=1",
        f"nRows={len(rows)}",
        f"nColumns={len(names) + 1}",
        "inDegrees=yes",
        "",
        f"formcheck {__version__}: coordinates as in the model Rajagopal 2016; of gait2392 the sign of knee_angle is the other one.",
        f"Moments without a row, because an angle was not measured there: {missing} of {len(beat.time_s)}.",
        "endheader",
        "\t".join(["time", *names]),
    ]
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{line}\n" for line in lines)
        for index in rows:
            file.write("\t".join([_number(beat.time_s[index], 6), *(_number(value, 5) for value in table[index])]) + "\n")


def _wanted(report: SessionReport) -> list[str]:
    """The coordinates of the angle that is counted, of the legs that worked."""
    angle = report.shown_angle.replace(" ", "_")
    sides = [side for side in Side if side.value in report.sides or "both" in report.sides or not report.sides]
    columns = {f"{angle}_{side.value}_deg" for side in sides}
    return [name for name, (column, _) in COORDINATES.items() if column in columns]


def _kept(curves: dict[str, Float], wanted: list[str]) -> list[str]:
    """The columns in their order: the wanted ones, and those others that bring more numbers than the rows they cost hold."""
    share = {name: float(np.isfinite(curve).mean()) if len(curve) else 0.0 for name, curve in curves.items()}
    usable = sorted((name for name in curves if share[name] > 0), key=lambda name: (name not in wanted, -share[name]))
    best, most = 0, 0
    rows = np.ones(len(next(iter(curves.values()), ())), bool)
    for number, name in enumerate(usable, 1):
        rows = rows & np.isfinite(curves[name])
        if number * int(rows.sum()) >= most or (name in wanted and rows.any()):
            best, most = number, number * int(rows.sum())
    chosen = set(usable[:best]) if most else set()
    return [name for name in curves if name in chosen]


def _number(value: float, decimals: int) -> str:
    return f"{round(float(value), decimals) + 0.0:.{decimals}f}" if np.isfinite(value) else "nan"
