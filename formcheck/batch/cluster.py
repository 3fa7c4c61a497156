"""Films done by other computers: the workers of a dask cluster. The only file that knows of dask.

A film goes out as a small order and comes back as a result with the files of its folder, which whoever asked puts in place, whole or not
at all. So a film that was begun twice, because a worker was lost or thought to be lost, is in the results once.
"""

from __future__ import annotations

import logging
import math
import os
import queue
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from formcheck.batch.film import STOPPED, FilmProgress, FilmResult, FilmTask, failure, work_film
from formcheck.batch.order import Order, UnfitWorkerError, check_versions, check_worker, fulfil
from formcheck.batch.remote import is_remote
from formcheck.errors import InputError, UsageError, describe, exit_code_of
from formcheck.pipeline import Job
from formcheck.progress import Progress

if TYPE_CHECKING:
    from distributed import Client, Future

__all__ = ["ClusterRunner"]

#: Films handed out for each thread of the cluster: one at work and one waiting, so that no thread waits for this computer.
_HANDED_OUT = 2
_CONNECT_S = 10.0
#: How long a cluster may have no worker at all, at the start or on the way, before that is an error.
_NO_WORKER_S = 60.0
_LOOK_S = 2.0
_TICK_S = 0.2
_TELL_S = 2.0
_FETCH_S = 600.0
#: A film whose workers were lost so many times over, though other films may have been at fault, is given up.
_MOST_ROUNDS = 3
#: What workers say on the way: which film they began, and how far it is.
_TOPIC = "formcheck"


@dataclass(slots=True)
class _Handed:
    """A film that was given to the cluster, and what was heard of it: how often it was begun since, and how often it was given anew."""

    task: FilmTask
    future: Future[FilmResult]
    rounds: int = 0
    begun: int = 0


class ClusterRunner:
    """Does films on the workers of a dask cluster.

    Parameters
    ----------
    address
        Of the scheduler: ``tcp://10.0.0.1:8786``, ``tls://...`` with the certificates named in dask's own configuration.
    job
        What is to be done with each film.
    place
        Where the result folders go on this computer, whose files come with each result; only ``analyse`` needs it.
    no_worker_s
        How long the cluster may be without any worker, in seconds.
    """

    def __init__(self, address: str, job: Job, place: Path | None = None, *, no_worker_s: float = _NO_WORKER_S) -> None:
        self._address = address
        self._job = job
        self._place = place
        self._no_worker_s = no_worker_s

    def run(
        self,
        tasks: Iterable[FilmTask],
        finished: Callable[[FilmResult], None],
        stop: threading.Event,
        progress: FilmProgress | None = None,
    ) -> None:
        """Do the films, none of which is to be kept in a history; see `formcheck.batch.film.Runner`.

        After ``stop`` the films that no worker has begun are taken back, and those that were begun are waited for.

        Raises
        ------
        UsageError
            The address is none, or dask is not installed.
        InputError
            The scheduler cannot be reached or was lost, it has no worker, or a worker cannot do this work. What was finished stays.
        """
        with _connected(self._address) as client:
            _wait_for_workers(client, self._address, self._no_worker_s, stop)
            _check_all(client, self._job)
            _Shift(self, client, finished, progress).go(iter(tasks), stop)


class _Shift:
    """One run: what is handed out at the moment, and what happens to it."""

    def __init__(
        self, runner: ClusterRunner, client: Client, finished: Callable[[FilmResult], None], progress: FilmProgress | None
    ) -> None:
        self._runner = runner
        self._client = client
        self._finished = finished
        self._progress = progress
        self._out: dict[str, _Handed] = {}
        self._heard: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        self._threads: dict[str, int] = {}
        self._stopped = False
        self._looked_s = self._seen_s = time.monotonic()

    def go(self, tasks: Iterator[FilmTask], stop: threading.Event) -> None:
        self._client.subscribe_topic(_TOPIC, lambda event: self._heard.put(("event", event[1])))
        try:
            self._look()
            more = True
            while more or self._out:
                if stop.is_set() and not self._stopped:
                    more, self._stopped = False, True
                    self._take_back()
                while more and not stop.is_set() and len(self._out) < max(1, _HANDED_OUT * sum(self._threads.values())):
                    task = next(tasks, None)
                    if task is None:
                        more = False
                    else:
                        self._begin(task)
                self._hear()
        finally:
            if self._client.status == "running":
                self._client.cancel([one.future for one in self._out.values()])

    def _hear(self) -> None:
        """Wait a moment for news, and now and then see whether the cluster is still there."""
        kind = ""
        news: Any = None
        with suppress(queue.Empty):
            kind, news = self._heard.get(timeout=_TICK_S)
        if kind == "done":
            self._done(news)
        elif kind == "event":
            self._told(news)
        if time.monotonic() - self._looked_s > _LOOK_S:
            self._look()

    def _look(self) -> None:
        if self._client.status != "running":
            raise self._lost()
        for key, one in self._out.items():
            if one.future.done():
                self._heard.put(("done", key))
        try:
            self._threads = self._client.nthreads()
        except (OSError, TimeoutError) as error:
            raise self._lost() from error
        self._looked_s = time.monotonic()
        if self._threads:
            self._seen_s = self._looked_s
        elif self._looked_s - self._seen_s > self._runner._no_worker_s:
            raise _no_workers(self._runner._address, self._runner._no_worker_s)

    def _begin(self, task: FilmTask) -> None:
        """Hand out a film, or say at once what is wrong with it where this computer sees that."""
        if task.keep_for is not None:
            raise ValueError("a worker would keep it in a history of its own")
        placed = is_remote(task.address) or task.path is not None
        there = task if placed else replace(task, path=str(Path(task.address).absolute()))
        if _refused_here(there, self._runner._place):
            self._finished(work_film(task, self._runner._job, self._runner._place))
        else:
            self._hand_out(there)

    def _hand_out(self, task: FilmTask, rounds: int = 0) -> None:
        if self._client.status != "running":
            raise self._lost()
        order = Order(f"film-{uuid4().hex}", task, self._runner._job)
        future = self._client.submit(_at_work, order, key=order.key, pure=False)
        self._out[order.key] = _Handed(task, future, rounds)
        # The callback is not given the future: it would keep the result on its worker for as long as it waits.
        future.add_done_callback(lambda _, key=order.key: self._heard.put(("done", key)))

    def _take_back(self) -> None:
        waiting = [key for key, one in self._out.items() if not one.begun]
        self._client.cancel([self._out.pop(key).future for key in waiting])

    def _told(self, news: Mapping[str, Any]) -> None:
        """A worker began a film, or says how far it is."""
        handed = self._out.get(str(news.get("key")))
        if handed is None:
            return
        if "fraction" not in news:
            handed.begun += 1
        elif self._progress is not None:
            left = float("nan") if news["left"] is None else float(news["left"])
            self._progress(handed.task, Progress(str(news["stage"]), float(news["fraction"]), int(news["frames"]), left))

    def _done(self, key: str) -> None:
        handed = self._out.pop(key, None)
        if handed is None:
            return
        status = handed.future.status
        if status == "error":
            self._failed(handed, handed.future.exception(timeout=_FETCH_S))
        elif status == "cancelled":
            # Not by us: the scheduler went away, or somebody emptied it.
            raise self._lost()
        else:
            result = self._fetched(handed)
            if result is not None:
                self._finished(result)

    def _fetched(self, handed: _Handed) -> FilmResult | None:
        """The result from the worker that has it; None when it could not be had, and the film was given out anew."""
        from distributed.client import FutureCancelledError

        try:
            result: FilmResult = handed.future.result(timeout=_FETCH_S)
            return result
        except FutureCancelledError:
            raise self._lost() from None
        except (OSError, TimeoutError):
            if self._client.status != "running":
                raise self._lost() from None
            self._again(handed)
            return None

    def _failed(self, handed: _Handed, error: BaseException | None) -> None:
        from distributed.scheduler import KilledWorker

        if isinstance(error, UnfitWorkerError):
            raise error
        if not isinstance(error, KilledWorker):
            said = describe(error) if error is not None else "failed without a word"
            self._finished(failure(handed.task, self._runner._job, said, 1))
        elif handed.begun > error.allowed_failures and max(self._threads.values(), default=1) == 1:
            self._finished(failure(handed.task, self._runner._job, _killer(handed, handed.begun), 1))
        else:
            # It only waited on workers that others brought down, or worked beside them.
            self._again(handed)

    def _again(self, handed: _Handed) -> None:
        if self._stopped:
            said = "stopped; the worker that had it died."
            self._finished(failure(handed.task, self._runner._job, said, STOPPED, "stopped", interrupted=True))
        elif handed.rounds + 1 < _MOST_ROUNDS:
            self._hand_out(handed.task, handed.rounds + 1)
        else:
            self._finished(failure(handed.task, self._runner._job, _killer(handed, handed.begun), 1))

    def _lost(self) -> InputError:
        return InputError(
            f"{self._runner._address}: the scheduler was lost; what was finished until then is kept. Start it again, and the same command"
            " goes on with the rest."
        )


def _at_work(order: Order) -> FilmResult:
    """Runs on a worker."""
    from distributed import get_worker

    worker = get_worker()
    worker.log_event(_TOPIC, {"key": order.key})
    told_s = time.monotonic()

    def tell(progress: Progress) -> None:
        nonlocal told_s
        now_s = time.monotonic()
        if now_s - told_s < _TELL_S:
            return
        told_s = now_s
        left = progress.remaining_s if math.isfinite(progress.remaining_s) else None
        news = {"stage": progress.stage, "fraction": progress.fraction, "frames": progress.frames, "left": left}
        worker.log_event(_TOPIC, {"key": order.key, **news})

    try:
        return fulfil(order, tell)
    except UnfitWorkerError as error:
        raise UnfitWorkerError(f"worker {worker.address}: {error}") from None
    except Exception as error:
        # Not raised: not every error can be sent, and this one is of the film's folder, which is gone.
        return failure(order.task, order.job, f"{order.task.address}: worker {worker.address}: {describe(error)}", exit_code_of(error))


def _refused_here(task: FilmTask, place: Path | None) -> bool:
    """Whether this computer sees that nothing can come of a film: it is not there, or its results are, and must stay."""
    if task.path is not None and not os.path.lexists(task.path):
        return True
    return task.action == "analyse" and not task.replace and place is not None and os.path.lexists(place / task.folder_name)


def _killer(handed: _Handed, times: int) -> str:
    return (
        f"{handed.task.address}: the workers that had it died, {times} of them in the last round; the other films went on. Their logs say"
        " why; most often they had too little memory for it."
    )


def _no_workers(address: str, seconds: float) -> InputError:
    return InputError(f"{address}: the scheduler has had no worker for {seconds:g} s; start some with: dask worker {address} --nthreads 1")


@contextmanager
def _connected(address: str) -> Iterator[Client]:
    try:
        from distributed import Client
    except ModuleNotFoundError as error:
        raise UsageError("--scheduler needs the package distributed; pip install 'formcheck[cluster]'.") from error
    with _quiet():
        try:
            # Looked at first: a client that cannot begin at all complains once more when it goes.
            _check_address(address)
            client = Client(address, timeout=_CONNECT_S, set_as_default=False)
        except (OSError, TimeoutError) as error:
            raise InputError(
                f"{address}: no scheduler answers there; start one with: dask scheduler, and check address, port and firewall."
            ) from error
        try:
            yield client
        finally:
            client.close(timeout=_CONNECT_S)


def _check_address(address: str) -> None:
    from distributed.comm import resolve_address
    from distributed.security import Security

    try:
        resolve_address(address)
        certificates = Security().get_connection_args("client").get("ssl_context")
    except ValueError as error:
        raise UsageError(f"--scheduler {address}: is no address of a scheduler, such as tcp://10.0.0.1:8786 ({error}).") from error
    if address.startswith("tls://") and certificates is None:
        raise UsageError(
            f"--scheduler {address}: needs certificates; name them in dask's configuration, distributed.comm.tls.ca-file and"
            " distributed.comm.tls.client.cert and .key, or in variables such as DASK_DISTRIBUTED__COMM__TLS__CA_FILE."
        )


@contextmanager
def _quiet() -> Iterator[None]:
    """Within the block dask says nothing itself: what matters is said in our words, and versions are checked by us."""
    logger = logging.getLogger("distributed")
    quiet = [logger, *(logging.getLogger(name) for name in logging.root.manager.loggerDict if name.startswith("distributed."))]
    before = [one.level for one in quiet]
    for one in quiet:
        one.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for one, level in zip(quiet, before, strict=True):
            one.setLevel(level)


def _wait_for_workers(client: Client, address: str, longest_s: float, stop: threading.Event) -> None:
    last_s = time.monotonic() + longest_s
    while not client.nthreads() and not stop.is_set():
        if time.monotonic() > last_s:
            raise _no_workers(address, longest_s)
        time.sleep(_TICK_S)


def _check_all(client: Client, job: Job) -> None:
    """Ask every worker of this moment whether it can do the work; those that come later are asked with their first film."""
    check_versions(dict(_answers(client.run(_version_asked(), on_error="return"))))
    for _ in _answers(client.run(check_worker, job, on_error="return")):
        pass


def _answers(said: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for worker, answer in said.items():
        # A worker that left while it was asked is no matter.
        if isinstance(answer, BaseException) and not isinstance(answer, OSError):
            raise UnfitWorkerError(f"worker {worker}: {describe(answer)}") from answer
        if not isinstance(answer, OSError):
            yield worker, answer


def _version_asked() -> Callable[[], str | None]:
    # Made here, so that it is sent as code and not by its name: a worker without formcheck could not look that up.
    def version() -> str | None:
        try:
            import formcheck
        except ImportError:
            return None
        return formcheck.__version__

    return version
