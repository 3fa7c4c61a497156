"""Reading a journal back, also one whose session ended in the middle of a word."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from formcheck.errors import InputError
from formcheck.history.chunks import MAGIC, chunks_of, unpacked_breath, unpacked_poses
from formcheck.history.journal import JOURNAL_SUFFIX
from formcheck.history.locks import lock
from formcheck.motion.recording import PoseRecorder, PoseRecording

__all__ = ["Recovered", "abandoned", "read_journal"]


@dataclass(frozen=True, eq=False)
class Recovered:
    """What a journal holds.

    Attributes
    ----------
    path
        The file.
    header
        What session it is.
    records
        The records of the coach, JSON values.
    recording
        All poses, and what the breath is read from; of several picture sizes those of the last one.
    lost_bytes
        Bytes behind the last whole chunk: what was being written when it ended.
    """

    path: Path
    header: dict[str, Any]
    records: tuple[dict[str, Any], ...]
    recording: PoseRecording
    lost_bytes: int

    @property
    def is_finished(self) -> bool:
        """Whether the session came to its end."""
        return any(record.get("kind") == "finished" for record in self.records)


def read_journal(path: Path) -> Recovered:
    """Read a journal up to where it is whole.

    Raises
    ------
    InputError
        It cannot be read, or is none.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: the journal cannot be read ({(error.strerror or str(error)).lower()}).") from error
    header: dict[str, Any] | None = None
    records: list[dict[str, Any]] = []
    recorder = PoseRecorder()
    breath: list[tuple[float, npt.NDArray[np.float32]]] = []
    end = len(MAGIC)
    try:
        for chunk in chunks_of(content):
            end = chunk.end
            if chunk.kind == "H":
                header = json.loads(chunk.data)
            elif chunk.kind == "R":
                records.append(json.loads(chunk.data))
            elif chunk.kind == "P":
                recorder = _with_poses(recorder, chunk.data)
            elif chunk.kind == "B":
                breath.extend(unpacked_breath(chunk.data))
    except (ValueError, TypeError) as error:
        raise InputError(f"{path}: is no journal of formcheck ({error}); it was left as it is, move it away.") from error
    if not isinstance(header, dict) or not all(isinstance(record, dict) for record in records):
        raise InputError(f"{path}: is no journal of formcheck (it has no header); it was left as it is, move it away.")
    _note_breath(recorder, breath)
    source = {key: header[key] for key in ("model_name", "model_sha256") if isinstance(header.get(key), str)}
    return Recovered(path, header, tuple(records), recorder.finish(source), len(content) - end)


def _with_poses(recorder: PoseRecorder, data: bytes) -> PoseRecorder:
    for pose in unpacked_poses(data):
        if len(recorder) and (recorder.image_size != pose.image_size or pose.time_s <= recorder.finish().time_s[-1]):
            # Another camera, or a clock that went back: what was before cannot be laid on the same picture or time line.
            recorder = PoseRecorder()
        recorder.append(pose)
    return recorder


def _note_breath(recorder: PoseRecorder, breath: Sequence[tuple[float, npt.NDArray[np.float32]]]) -> None:
    """Add the samples that belong to the frames: those before another camera, or before a clock that went back, do not."""
    if not len(recorder):
        return
    times = recorder.finish().time_s
    kept: list[tuple[float, npt.NDArray[np.float32]]] = []
    for time_s, row in breath:
        if kept and time_s <= kept[-1][0]:
            kept = []
        if times[0] <= time_s <= times[-1]:
            kept.append((time_s, row))
    for time_s, row in kept:
        recorder.note_breath(time_s, row)


def abandoned(folder: Path) -> Iterator[Path]:
    """Journals in a folder whose process is not alive any more, the oldest first."""
    for path in sorted(folder.glob(f"*{JOURNAL_SUFFIX}")) if folder.is_dir() else []:
        try:
            with path.open("rb+") as file:
                free = lock(file)
        except OSError:
            continue
        if free:
            yield path
