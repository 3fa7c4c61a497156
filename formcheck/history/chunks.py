"""The form of a journal: chunks one after the other, each with its length and a checksum, so that a torn end is seen as one.

    magic "FCJ1"  then, again and again:  kind (1 byte)  length (4 bytes, little endian)  CRC-32 of kind and data (4 bytes)  data

Kinds: ``H`` the header, JSON; ``R`` a record of the coach, JSON; ``P`` pose frames, ``B`` samples of the movement around the chest, both
float32 arrays. Other kinds are passed over, as those who knew no ``B`` do. What comes after the first chunk that
is cut short or does not match its checksum is not believed.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from formcheck.motion.breath_traces import FLOW_WIDTH
from formcheck.motion.landmarks import PoseFrame

__all__ = ["MAGIC", "Chunk", "chunks_of", "packed", "packed_breath", "packed_json", "packed_poses", "unpacked_breath", "unpacked_poses"]

MAGIC = b"FCJ1"
_HEAD = struct.Struct("<cII")
_POSES = struct.Struct("<IHHI")
_BREATH = struct.Struct("<IH")
#: Larger chunks are never written: a length beyond this is damage.
_MOST_BYTES = 64_000_000
_VALUES = 33 * (2 + 3 + 1)


class Chunk(NamedTuple):
    """One chunk: its kind, its data, and where it ends in the file."""

    kind: str
    data: bytes
    end: int


def packed(kind: str, data: bytes) -> bytes:
    """A chunk as bytes."""
    letter = kind.encode("ascii")
    return _HEAD.pack(letter, len(data), zlib.crc32(letter + data)) + data


def packed_json(kind: str, value: Any) -> bytes:
    """A chunk that holds JSON."""
    return packed(kind, json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode())


def packed_poses(poses: Sequence[PoseFrame]) -> bytes:
    """A chunk of pose frames of one picture size."""
    width, height = poses[0].image_size
    values = np.empty((len(poses), _VALUES), "<f4")
    for row, pose in zip(values, poses, strict=True):
        row[:66] = pose.image_xy.ravel()
        row[66:165] = pose.world_xyz.ravel()
        row[165:] = pose.visibility
    times = np.array([pose.time_s for pose in poses], "<f8")
    head = _POSES.pack(len(poses), width, height, poses[0].index)
    return packed("P", head + times.tobytes() + values.tobytes())


def unpacked_poses(data: bytes) -> Iterator[PoseFrame]:
    """The frames of a chunk of poses.

    Raises
    ------
    ValueError
        The chunk is not of this form.
    """
    if len(data) < _POSES.size:
        raise ValueError("a chunk of poses is too short")
    count, width, height, first = _POSES.unpack_from(data)
    if len(data) != _POSES.size + count * (8 + 4 * _VALUES):
        raise ValueError("a chunk of poses has the wrong length")
    times = np.frombuffer(data, "<f8", count, _POSES.size)
    values = np.frombuffer(data, "<f4", count * _VALUES, _POSES.size + 8 * count).reshape(count, _VALUES).astype(np.float32)
    for place, (time_s, row) in enumerate(zip(times, values, strict=True)):
        yield PoseFrame(first + place, float(time_s), row[:66].reshape(33, 2), row[66:165].reshape(33, 3), row[165:], (width, height))


def packed_breath(samples: Sequence[tuple[float, npt.NDArray[np.float32]]]) -> bytes:
    """A chunk of samples of the movement around the chest: seconds, and rows of `BreathTraces.flow_px`."""
    times = np.array([time_s for time_s, _ in samples], "<f8")
    rows = np.array([row for _, row in samples], "<f4")
    return packed("B", _BREATH.pack(*rows.shape) + times.tobytes() + rows.tobytes())


def unpacked_breath(data: bytes) -> Iterator[tuple[float, npt.NDArray[np.float32]]]:
    """The samples of a chunk of them; none of one whose rows are of another length, which another version wrote.

    Raises
    ------
    ValueError
        The chunk is not of this form.
    """
    if len(data) < _BREATH.size:
        raise ValueError("a chunk of the breath is too short")
    count, width = _BREATH.unpack_from(data)
    if len(data) != _BREATH.size + count * (8 + 4 * width):
        raise ValueError("a chunk of the breath has the wrong length")
    if width != FLOW_WIDTH:
        return
    times = np.frombuffer(data, "<f8", count, _BREATH.size)
    rows = np.frombuffer(data, "<f4", count * width, _BREATH.size + 8 * count).reshape(count, width).astype(np.float32)
    for time_s, row in zip(times, rows, strict=True):
        yield float(time_s), row


def chunks_of(content: bytes) -> Iterator[Chunk]:
    """The whole chunks of a journal, up to the first that is torn or damaged.

    Raises
    ------
    ValueError
        The content does not begin as a journal does.
    """
    if not content.startswith(MAGIC):
        raise ValueError("it does not begin as a journal does")
    place = len(MAGIC)
    while place + _HEAD.size <= len(content):
        letter, length, checksum = _HEAD.unpack_from(content, place)
        start = place + _HEAD.size
        data = content[start : start + length]
        if length > _MOST_BYTES or len(data) < length or zlib.crc32(letter + data) != checksum:
            return
        place = start + length
        yield Chunk(letter.decode("latin-1"), data, place)
