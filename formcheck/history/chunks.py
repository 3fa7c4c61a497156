"""The form of a journal: chunks one after the other, each with its length and a checksum, so that a torn end is seen as one.

    magic "FCJ1"  then, again and again:  kind (1 byte)  length (4 bytes, little endian)  CRC-32 of kind and data (4 bytes)  data

Kinds: ``H`` the header, JSON; ``R`` a record of the coach, JSON; ``P`` pose frames, float32 arrays. What comes after the first chunk that
is cut short or does not match its checksum is not believed.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from formcheck.motion.landmarks import PoseFrame

__all__ = ["MAGIC", "Chunk", "chunks_of", "packed", "packed_json", "packed_poses", "unpacked_poses"]

MAGIC = b"FCJ1"
_HEAD = struct.Struct("<cII")
_POSES = struct.Struct("<IHHI")
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
