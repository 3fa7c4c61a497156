"""The journal of a running session: everything measured is appended as it happens, and nothing is ever changed.

A thread writes, so that a slow disk never makes a picture wait: four times a second to the system (what a killed process leaves behind),
once a second to the disk (what a power cut leaves behind).
"""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import numpy as np
import numpy.typing as npt

from formcheck.errors import OutputError
from formcheck.history.chunks import MAGIC, chunks_of, packed_breath, packed_json, packed_poses
from formcheck.history.locks import lock
from formcheck.history.places import private_folder
from formcheck.motion.landmarks import PoseFrame

__all__ = ["JOURNAL_SUFFIX", "Journal"]

JOURNAL_SUFFIX = ".fcj"
_WRITE_EVERY_S, _SYNC_EVERY_S = 0.25, 1.0
_Sample = tuple[float, npt.NDArray[np.float32]]
#: Seconds of frames that may wait for a disk that does not answer; then the trouble is told.
_MOST_WAITING = 3000


class Journal:
    """Appends to one journal file; a context manager. `pose`, `breath` and `record` return at once.

    Parameters
    ----------
    path
        The file; it must not be there yet.
    header
        JSON values that say what session this is; with ``goes_on`` it is there already, and stays as it is.
    goes_on
        The journal of a session that broke off is appended to, behind what of it is whole.

    Raises
    ------
    OutputError
        On entering: the file cannot be made, or another process is writing it.
    """

    def __init__(self, path: Path, header: Mapping[str, Any], *, goes_on: bool = False) -> None:
        self.path = path
        self._goes_on = goes_on
        self._header = dict(header)
        self._todo: queue.Queue[PoseFrame | _Sample | Mapping[str, Any] | None] = queue.Queue()
        self._file: BinaryIO | None = None
        self._thread = threading.Thread(target=self._work, name="journal", daemon=True)
        self._trouble: str | None = None

    def __enter__(self) -> Self:
        try:
            private_folder(self.path.parent)
            if self._goes_on:
                self._file = self._opened_again()
            else:
                self._file = self.path.open("xb")
                lock(self._file)
                self._file.write(MAGIC + packed_json("H", self._header))
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise OutputError(
                f"{self.path}: the journal of the session cannot be written ({(error.strerror or str(error)).lower()}); make room, "
                "or choose another folder with FORMCHECK_DATA_DIR."
            ) from error
        self._thread.start()
        return self

    def _opened_again(self) -> BinaryIO:
        file = self.path.open("rb+")
        try:
            if not lock(file):
                raise OutputError(f"{self.path}: this session is going on in another window.")
            end = len(MAGIC)
            for chunk in chunks_of(file.read()):
                end = chunk.end
            # What was being written when it broke off would hide everything after it.
            file.truncate(end)
            file.seek(end)
        except BaseException:
            file.close()
            raise
        return file

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def named(self, **facts: Any) -> Self:
        """The same journal with more in its header; before it is entered."""
        assert self._file is None
        self._header.update(facts)
        return self

    @property
    def trouble(self) -> str | None:
        """A sentence when the journal cannot be written any more, else None. The session goes on without it."""
        if self._trouble is None and self._todo.qsize() > _MOST_WAITING:
            return "The disk does not answer; what is measured now is not kept."
        return self._trouble

    def pose(self, pose: PoseFrame) -> None:
        """Append a frame."""
        self._todo.put(pose)

    def breath(self, time_s: float, flow_px: npt.NDArray[np.float32]) -> None:
        """Append a sample of the movement around the chest, a row of `BreathTraces.flow_px`."""
        self._todo.put((time_s, flow_px))

    def record(self, record: Mapping[str, Any]) -> None:
        """Append a record, JSON values."""
        self._todo.put(record)

    def close(self) -> None:
        """Write what is waiting and close the file; it stays, see `formcheck.history.recovery`."""
        if self._file is None:
            return
        self._todo.put(None)
        self._thread.join(10.0)
        file, self._file = self._file, None
        file.close()

    def _work(self) -> None:
        synced_s, poses, breath = time.monotonic(), list[PoseFrame](), list[_Sample]()
        while True:
            ended = self._collect(poses, breath, time.monotonic() + _WRITE_EVERY_S)
            self._append(poses, breath)
            if ended or time.monotonic() - synced_s >= _SYNC_EVERY_S:
                synced_s = time.monotonic()
                self._sync()
            if ended:
                return

    def _collect(self, poses: list[PoseFrame], breath: list[_Sample], until_s: float) -> bool:
        """Take in what comes until a moment; records are written at once, as they are rare. True at the end."""
        while (left_s := until_s - time.monotonic()) > 0:
            try:
                item = self._todo.get(timeout=left_s)
            except queue.Empty:
                return False
            if item is None:
                return True
            if isinstance(item, PoseFrame):
                if poses and poses[-1].image_size != item.image_size:
                    self._append(poses, breath)
                poses.append(item)
            elif isinstance(item, tuple):
                breath.append(item)
            else:
                self._append(poses, breath)
                self._write(packed_json("R", item))
        return False

    def _append(self, poses: list[PoseFrame], breath: list[_Sample]) -> None:
        if poses:
            self._write(packed_poses(poses))
            poses.clear()
        if breath:
            self._write(packed_breath(breath))
            breath.clear()

    def _write(self, data: bytes) -> None:
        assert self._file is not None
        if self._trouble is not None:
            return
        try:
            self._file.write(data)
            self._file.flush()
        except OSError as error:
            self._trouble = f"What is measured is not kept any more: {error.strerror or error}."

    def _sync(self) -> None:
        assert self._file is not None
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            self._trouble = self._trouble or f"What is measured may not be kept: {error.strerror or error}."
