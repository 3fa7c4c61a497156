"""Who works on films: this process, or several of its own, of which one may die without taking more than its film with it."""

from __future__ import annotations

import multiprocessing
import pickle
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from formcheck.batch import worker
from formcheck.batch.film import STOPPED, FilmProgress, FilmResult, FilmTask, Runner, failure, sharing, work_film
from formcheck.errors import FormcheckError
from formcheck.pipeline import Job
from formcheck.progress import Progress

__all__ = ["Processes", "ThisProcess", "runner_for"]

#: How often it is looked whether the user wants to stop.
_LOOK_S = 0.1
#: How long a worker has to leave by itself.
_LEAVE_S = 5.0
#: How often a film is tried whose worker dies.
_TRIES = 2
#: Workers that die one after the other before they are ready: then none will ever be.
_MOST_STILLBORN = 3


def runner_for(job: Job, place: Path | None, workers: int, films: int) -> Runner:
    """Who does so many films with so many workers: one film, or one worker, needs no other process; spare workers help with each film."""
    if workers == 1 or films <= 1:
        return ThisProcess(sharing(job, workers if films <= 1 else 1), place)
    return Processes(sharing(job, max(1, workers // films)), place, min(workers, films), max(1, workers // films))


class ThisProcess:
    """Does one film after the other, here."""

    def __init__(self, job: Job, place: Path | None) -> None:
        self._job = job
        self._place = place

    def run(
        self,
        tasks: Iterable[FilmTask],
        finished: Callable[[FilmResult], None],
        stop: threading.Event,
        progress: FilmProgress | None = None,
    ) -> None:
        """Do the films as `Runner` says."""
        if stop.is_set():
            return
        for task in tasks:

            def tell(at: Progress, task: FilmTask = task) -> None:
                if progress is not None:
                    progress(task, at)

            finished(work_film(task, self._job, self._place, tell if progress is not None else None, stop))
            if stop.is_set():
                return


class Processes:
    """Does films in processes of its own, each of which does many.

    A process that dies, of a fault in native code, for want of memory, or killed, takes only its film with it: that is tried once more,
    last of all, and then given up. In its place another process is started.

    Parameters
    ----------
    job, place
        As in `work_film`.
    workers
        How many processes.
    threads
        How many threads each may use.
    """

    def __init__(self, job: Job, place: Path | None, workers: int, threads: int = 1) -> None:
        self._job = job
        self._order = worker.JOB + pickle.dumps((job, place))
        self._most = workers
        self._threads = threads

    def run(
        self,
        tasks: Iterable[FilmTask],
        finished: Callable[[FilmResult], None],
        stop: threading.Event,
        progress: FilmProgress | None = None,
    ) -> None:
        """Do the films as `Runner` says.

        Raises
        ------
        FormcheckError
            No worker can be started.
        """
        crew = _Crew(self._job, self._order, self._most, self._threads, finished, progress)
        try:
            crew.work(iter(tasks), stop)
        except BaseException:
            crew.leave(worker.GIVE_UP)
            raise
        crew.leave(worker.QUIT)


class _Worker:
    """One process, and the film it is at."""

    def __init__(self, order: bytes, threads: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.task: FilmTask | None = None
        self.ready = False
        self.told_to_stop = False
        self.process = context.Process(target=worker.serve, args=(theirs, threads), name="films", daemon=True)
        with _deaf_to_ctrl_c():
            self.process.start()
        theirs.close()
        self.send(order)

    def send(self, order: bytes) -> None:
        # Of a worker that is gone the end of the connection tells.
        with suppress(OSError):
            self.connection.send_bytes(order)

    def receive(self) -> tuple[Any, ...] | None:
        """What it has to say; None when it is gone."""
        try:
            message: tuple[Any, ...] = pickle.loads(self.connection.recv_bytes())
        except (EOFError, OSError):
            return None
        return message

    def bury(self) -> str:
        """Clear away a process that is gone; how it ended, in words."""
        self.process.join(_LEAVE_S)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        code = self.process.exitcode
        self.connection.close()
        self.process.close()
        return _how(code)


class _Crew:
    """The workers of one run."""

    def __init__(
        self,
        job: Job,
        order: bytes,
        most: int,
        threads: int,
        finished: Callable[[FilmResult], None],
        progress: FilmProgress | None,
    ) -> None:
        self._job = job
        self._order = order
        self._most = most
        self._threads = threads
        self._finished = finished
        self._progress = progress
        self._workers: list[_Worker] = []
        self._again: deque[FilmTask] = deque()
        self._tries: dict[int, int] = {}
        self._stillborn = 0

    def work(self, tasks: Iterator[FilmTask], stop: threading.Event) -> None:
        for _ in range(self._most):
            self._workers.append(_Worker(self._order, self._threads))
        more = True
        while True:
            if stop.is_set():
                more = False
                self._again_never()
                self._stop()
            for one in self._workers:
                if one.ready and one.task is None and (more or self._again):
                    task = next(tasks, None) if more else None
                    more = more and task is not None
                    task = task if task is not None else self._again.popleft() if self._again else None
                    if task is not None:
                        one.task = task
                        one.send(worker.FILM + pickle.dumps(task))
            if not more and not self._again and all(one.task is None for one in self._workers):
                return
            self._listen()

    def leave(self, order: bytes) -> None:
        """Send all workers home, and wait until they are gone."""
        for one in self._workers:
            one.send(order)
        for one in self._workers:
            one.bury()
        self._workers.clear()

    def _stop(self) -> None:
        for one in self._workers:
            if not one.told_to_stop:
                one.told_to_stop = True
                one.send(worker.STOP)

    def _listen(self) -> None:
        speaking = wait([one.connection for one in self._workers], _LOOK_S)
        for one in [one for one in self._workers if one.connection in speaking]:
            message = one.receive()
            if message is None:
                self._replace(one)
            elif message[0] == "ready":
                one.ready = True
                self._stillborn = 0
            elif message[0] == "at":
                if self._progress is not None and one.task is not None:
                    self._progress(one.task, message[2])
            else:
                one.task = None
                self._finished(message[1])

    def _replace(self, dead: _Worker) -> None:
        self._workers.remove(dead)
        how, task = dead.bury(), dead.task
        if not dead.ready:
            self._stillborn += 1
            if self._stillborn >= _MOST_STILLBORN:
                raise FormcheckError(f"no worker process could be started (it {how}); run again with --workers 1.")
        if dead.told_to_stop:
            if task is not None:
                self._finished(
                    failure(task, self._job, f"stopped; the process that measured it {how}.", STOPPED, "stopped", interrupted=True)
                )
            return
        self._workers.append(_Worker(self._order, self._threads))
        if task is None:
            return
        self._tries[task.number] = self._tries.get(task.number, 0) + 1
        if self._tries[task.number] < _TRIES:
            self._again.append(task)
        else:
            self._finished(failure(task, self._job, f"the process that measured it {how}, twice; the other films go on without it.", 1))

    def _again_never(self) -> None:
        """After a stop nothing is tried once more; what was begun still comes back."""
        while self._again:
            task = self._again.popleft()
            self._finished(failure(task, self._job, "stopped before it was tried once more.", STOPPED, "stopped", interrupted=True))


def _how(code: int | None) -> str:
    """How a process ended, in words."""
    if code is None or code >= 0:
        return f"ended by itself (code {code})"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = str(-code)
    # What the system does when the memory is used up.
    return f"was killed ({name}), perhaps for want of memory" if name == "SIGKILL" else f"crashed ({name})"


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """A process started within the block does not hear Ctrl-C until it says so itself."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
