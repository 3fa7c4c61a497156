"""Readings in a process of their own: they take a tenth of a second of pure computing, in which this one could not draw."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import threading
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import NamedTuple

from formcheck.exercise.options import AnalysisOptions
from formcheck.exercise.spec import ExerciseSpec
from formcheck.live.reading import Reading, read
from formcheck.motion.breath_traces import BreathTraces
from formcheck.motion.recording import PoseRecording

__all__ = ["Job", "Reader"]

_END_S = 2.0
#: The picture goes before the analysis: where both cores are wanted, this one waits.
_NICE = 5


class Job(NamedTuple):
    """What to read: see `formcheck.live.reading.read`."""

    run: int
    from_s: float
    recording: PoseRecording
    options: AnalysisOptions
    breath: BreathTraces | None = None


class Reader:
    """Reads in another process, or in this one where another cannot be started or has ended. Used by one thread.

    Parameters
    ----------
    spec
        The exercise.

    Attributes
    ----------
    is_remote
        Whether there is another process.
    """

    def __init__(self, spec: ExerciseSpec) -> None:
        self._spec = spec
        self._connection: Connection | None = None
        self._process: BaseProcess | None = None
        self._lock = threading.Lock()
        self._closed = False

    @property
    def is_remote(self) -> bool:
        """Whether there is another process."""
        return self._connection is not None

    def start(self) -> None:
        """Start the process, unless it was closed already."""
        with self._lock, suppress(OSError, ValueError, RuntimeError):
            if self._closed:
                return
            context = multiprocessing.get_context("spawn")
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, self._spec), name="formcheck reading", daemon=True)
            process.start()
            theirs.close()
            self._connection, self._process = ours, process

    def __call__(self, job: Job) -> Reading:
        """Make the reading; whatever it raises is raised here."""
        connection = self._connection
        if connection is not None:
            try:
                # Not `send`, whose older protocol copies the minute of landmarks piece by piece, while nobody else here can go on.
                connection.send_bytes(pickle.dumps(job, pickle.HIGHEST_PROTOCOL))
                answer = connection.recv()
            except (OSError, EOFError):
                # It was killed; what it would have done is done here.
                self.close()
            else:
                if isinstance(answer, BaseException):
                    raise answer
                assert isinstance(answer, Reading)
                return answer
        return read(job.run, job.from_s, job.recording, self._spec, job.options, job.breath)

    def close(self) -> None:
        """End the process; fine when there is none."""
        with self._lock:
            self._closed = True
            connection, self._connection = self._connection, None
            process, self._process = self._process, None
        # First the process: who waits for its answer is told by its end.
        if process is not None:
            process.terminate()
            process.join(_END_S)
        if connection is not None:
            connection.close()


def _serve(connection: Connection, spec: ExerciseSpec) -> None:
    # Ctrl-C reaches every process of a terminal; this one ends when the other closes the connection.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(_NICE)
    while True:
        try:
            job = connection.recv()
        except (OSError, EOFError):
            return
        try:
            answer: Reading | BaseException = read(job.run, job.from_s, job.recording, spec, job.options, job.breath)
        except Exception as error:
            answer = error
        with suppress(OSError):
            connection.send(answer)
