"""A stream of pose frames kept as arrays: what replay, analysis and bug reports are made of.

A recording of half an hour at 30 frames a second takes about 50 MB: arrays of float32, no objects per frame.
"""

from __future__ import annotations

import struct
import tokenize
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from formcheck.errors import InputError
from formcheck.motion.breath_traces import FLOW_WIDTH, BreathTraces
from formcheck.motion.landmarks import MIRROR, Landmark, PoseFrame

__all__ = ["PoseRecorder", "PoseRecording"]

_FORMAT = 1
#: What numpy and zipfile raise for a file that is not one of theirs, or was damaged.
_DAMAGE = (
    OSError,
    KeyError,
    ValueError,
    EOFError,
    TypeError,
    AttributeError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    struct.error,
    SyntaxError,
    tokenize.TokenError,
    zlib.error,
    zipfile.BadZipFile,
)
_N = len(Landmark)
_SHAPES: dict[str, tuple[int, ...]] = {
    "image_xy": (_N, 2),
    "world_xyz": (_N, 3),
    "visibility": (_N,),
}


@dataclass(frozen=True, eq=False)
class PoseRecording:
    """Everything the pose model said about one video, and how many people were seen at times.

    Attributes
    ----------
    time_s
        (N,) seconds, strictly increasing.
    image_xy, world_xyz, visibility
        (N, 33, 2) px, (N, 33, 3) m, (N, 33) 0..1, as in `PoseFrame`; NaN where nobody was found.
    image_size
        (width, height) px after rotation.
    people_time_s, people
        (M,) seconds and (M,) the number of people found at that moment, looked for now and then. M may be 0.
    source
        Facts about the video: path, duration_s, fps, rotation_deg, model name and sha256. JSON values.
    breath_time_s, breath_flow_px
        (M,) seconds and (M, `FLOW_WIDTH`) small displacements around the chest, see `BreathTraces`. M is 0 where they were left out, and in
        recordings older than them.
    """

    time_s: npt.NDArray[np.float64]
    image_xy: npt.NDArray[np.float32]
    world_xyz: npt.NDArray[np.float32]
    visibility: npt.NDArray[np.float32]
    image_size: tuple[int, int]
    people_time_s: npt.NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    people: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    source: dict[str, str | int | float | None] = field(default_factory=dict)
    breath_time_s: npt.NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    breath_flow_px: npt.NDArray[np.float32] = field(default_factory=lambda: np.empty((0, FLOW_WIDTH), np.float32))

    def __post_init__(self) -> None:
        n = len(self.time_s)
        for name, shape in _SHAPES.items():
            got = getattr(self, name).shape
            if got != (n, *shape):
                raise ValueError(f"{name} must have shape {(n, *shape)}, got {got}")
        if n > 1 and not (np.diff(self.time_s) > 0).all():
            raise ValueError("time_s must increase strictly")
        _ = self.breath

    def __len__(self) -> int:
        return len(self.time_s)

    @property
    def breath(self) -> BreathTraces:
        """What a breath is read from; no samples where it was left out."""
        return BreathTraces(self.breath_time_s, self.breath_flow_px)

    def __getitem__(self, index: int) -> PoseFrame:
        return PoseFrame(
            index,
            float(self.time_s[index]),
            self.image_xy[index],
            self.world_xyz[index],
            self.visibility[index],
            self.image_size,
        )

    def __iter__(self) -> Iterator[PoseFrame]:
        return (self[i] for i in range(len(self)))

    def part(self, start_s: float, end_s: float) -> PoseRecording:
        """The frames, the looks for people and the samples of the breath with ``start_s <= time_s < end_s``; views, no copies."""
        first, last = np.searchsorted(self.time_s, (start_s, end_s))
        arrays = {name: getattr(self, name)[first:last] for name in ("time_s", *_SHAPES)}
        seen = slice(*np.searchsorted(self.people_time_s, (start_s, end_s)))
        arrays |= {"people_time_s": self.people_time_s[seen], "people": self.people[seen]}
        chest = slice(*np.searchsorted(self.breath_time_s, (start_s, end_s)))
        return replace(self, **arrays, breath_time_s=self.breath_time_s[chest], breath_flow_px=self.breath_flow_px[chest])

    def followed_by(self, later: PoseRecording) -> PoseRecording:
        """Both one after the other, with the facts about the video of this one.

        Raises
        ------
        ValueError
            ``later`` does not come later.
        """
        names = ("time_s", *_SHAPES, "people_time_s", "people", "breath_time_s", "breath_flow_px")
        size = self.image_size if len(self) else later.image_size
        arrays: dict[str, Any] = {name: np.concatenate([getattr(self, name), getattr(later, name)]) for name in names}
        return replace(self, **arrays, image_size=size)

    def mirrored(self) -> PoseRecording:
        """The same person seen in a mirror: pictures flipped, sides changed. Twice gives the recording back."""
        image = self.image_xy[:, MIRROR] * np.array([-1, 1], np.float32) + np.array([self.image_size[0], 0], np.float32)
        world = self.world_xyz[:, MIRROR] * np.array([-1, 1, 1], np.float32)
        flow = self.breath.mirrored().flow_px
        return replace(self, image_xy=image, world_xyz=world, visibility=self.visibility[:, MIRROR], breath_flow_px=flow)

    def sides_changed(self) -> PoseRecording:
        """The same points of the same picture with left and right named the other way round, as a mirrored film has to be drawn on."""
        arrays = {name: getattr(self, name)[:, MIRROR] for name in _SHAPES}
        return replace(self, **arrays)

    def save(self, path: Path) -> None:
        """Write as a compressed ``.npz``; `load` gives back the same recording."""
        import json

        with path.open("wb") as file:
            np.savez_compressed(
                file,
                format=np.int64(_FORMAT),
                time_s=self.time_s,
                image_xy=self.image_xy,
                world_xyz=self.world_xyz,
                visibility=self.visibility,
                image_size=np.array(self.image_size, np.int64),
                people_time_s=self.people_time_s,
                people=self.people,
                source=np.array(json.dumps(self.source, ensure_ascii=False, sort_keys=True)),
                **self._breath_arrays(),
            )

    def _breath_arrays(self) -> dict[str, Any]:
        """The optional arrays: a recording without them is written as it always was, and readers that do not know them leave them alone."""
        return {"breath_time_s": self.breath_time_s, "breath_flow_px": self.breath_flow_px} if len(self.breath_time_s) else {}

    @classmethod
    def load(cls, path: Path) -> PoseRecording:
        """Read what `save` wrote.

        Raises
        ------
        InputError
            The file is missing, cut short, or no recording of this format.
        """
        import json

        try:
            # Opened here: of a file cut short numpy would leave its own handle open.
            with path.open("rb") as file, np.load(file, allow_pickle=False) as data:
                if int(data["format"]) != _FORMAT:
                    raise InputError(f"{path}: landmark format {int(data['format'])} is not known; this formcheck reads {_FORMAT}.")
                width, height = (int(v) for v in data["image_size"])
                return cls(
                    np.asarray(data["time_s"], np.float64),
                    np.asarray(data["image_xy"], np.float32),
                    np.asarray(data["world_xyz"], np.float32),
                    np.asarray(data["visibility"], np.float32),
                    (width, height),
                    np.asarray(data["people_time_s"], np.float64),
                    np.asarray(data["people"], np.int64),
                    json.loads(str(data["source"])),
                    **_breath_of(data),
                )
        except FileNotFoundError:
            raise InputError(f"{path}: no such file.") from None
        except _DAMAGE as error:
            raise InputError(f"{path}: is not a landmark recording of formcheck, or is cut short ({error}).") from error


def _breath_of(data: Mapping[str, Any]) -> dict[str, Any]:
    if "breath_time_s" not in data:
        return {}
    times, flow = np.asarray(data["breath_time_s"], np.float64), np.asarray(data["breath_flow_px"], np.float32)
    return {"breath_time_s": times, "breath_flow_px": flow}


class PoseRecorder:
    """Collects pose frames into a `PoseRecording` without an object per frame.

    A frame whose time does not come after the one before is refused with ValueError.
    """

    def __init__(self) -> None:
        self._capacity = 0
        self._count = 0
        self._time = np.empty(0)
        self._arrays = {name: np.empty((0, *shape), np.float32) for name, shape in _SHAPES.items()}
        self._size: tuple[int, int] = (0, 0)
        self._people: list[tuple[float, int]] = []
        self._breath: list[tuple[float, npt.NDArray[np.float32]]] = []

    def __len__(self) -> int:
        return self._count

    @property
    def image_size(self) -> tuple[int, int]:
        """(width, height) px of the frames so far; zeros before the first."""
        return self._size

    def append(self, pose: PoseFrame) -> None:
        """Add the next frame."""
        if self._count and pose.time_s <= self._time[self._count - 1]:
            raise ValueError(f"time_s must increase strictly, got {pose.time_s} after {self._time[self._count - 1]}")
        if self._count == self._capacity:
            self._grow()
        self._time[self._count] = pose.time_s
        for name, array in self._arrays.items():
            array[self._count] = getattr(pose, name)
        self._size = pose.image_size
        self._count += 1

    def note_people(self, time_s: float, people: int) -> None:
        """Remember how many people were found at a moment."""
        self._people.append((time_s, people))

    def note_breath(self, time_s: float, flow_px: npt.NDArray[np.float32]) -> None:
        """Remember a sample of the movement around the chest, a row of `BreathTraces.flow_px`."""
        self._breath.append((time_s, flow_px))

    def finish(self, source: dict[str, str | int | float | None] | None = None) -> PoseRecording:
        """The recording of all frames so far, without a copy. The recorder may go on afterwards: it only ever adds."""
        n = self._count
        return PoseRecording(
            self._time[:n],
            self._arrays["image_xy"][:n],
            self._arrays["world_xyz"][:n],
            self._arrays["visibility"][:n],
            self._size,
            np.array([t for t, _ in self._people], np.float64),
            np.array([k for _, k in self._people], np.int64),
            dict(source or {}),
            np.array([t for t, _ in self._breath], np.float64),
            np.array([row for _, row in self._breath], np.float32).reshape(-1, FLOW_WIDTH),
        )

    def _grow(self) -> None:
        self._capacity = max(1024, self._capacity * 3 // 2)
        self._time = np.resize(self._time, self._capacity)
        for name, array in self._arrays.items():
            bigger = np.empty((self._capacity, *array.shape[1:]), np.float32)
            bigger[: len(array)] = array
            self._arrays[name] = bigger
