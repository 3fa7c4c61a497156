"""Who works on films: here, or in processes of which one may die."""

from __future__ import annotations

import multiprocessing
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from formcheck.batch import processes
from formcheck.batch.film import FilmResult, FilmTask, content_hash, sharing, work_film
from formcheck.batch.processes import Processes, ThisProcess, runner_for
from formcheck.errors import FormcheckError
from formcheck.pipeline import Job
from formcheck.progress import Progress
from tests.batch_support import Deadly, job, recording, task

NEVER = threading.Event()


def done_by(runner: ThisProcess | Processes, tasks: list[FilmTask], stop: threading.Event = NEVER) -> dict[int, FilmResult]:
    results: list[FilmResult] = []
    runner.run(iter(tasks), results.append, stop)
    assert len({result.number for result in results}) == len(results), "each comes back once"
    return {result.number: result for result in results}


def test_one_film_says_all_there_is_to_say(tmp_path: Path) -> None:
    path = recording(tmp_path / "walk.npz", reps=2)
    result = work_film(task(7, path), job(), None)
    assert (result.number, result.address, result.status, result.exit_code, result.message) == (7, str(path), "done", 0, "")
    assert result.sha256 == content_hash(path) and len(result.sha256) == 64
    assert result.line["reps"]["right"] == len(result.reps) == 2
    assert result.text == "2 right, 0 left"
    assert work_film(task(7, path, known=frozenset({result.sha256})), job(), None).status == "known"
    assert work_film(task(7, path, known=frozenset({"0" * 64})), job(), None) == result
    assert work_film(task(7, path, hashed=False), job(), None) == replace(result, sha256="")


@pytest.mark.parametrize(
    ("name", "content", "status", "code"),
    [
        ("empty.npz", b"", "unreadable", 3),
        ("text.npz", b"hello", "unreadable", 3),
        ("missing.npz", None, "unreadable", 3),
        ("f", "", "failed", 1),
    ],
)
def test_what_is_wrong_with_a_film_is_in_its_result(tmp_path: Path, name: str, content: bytes | str | None, status: str, code: int) -> None:
    path = tmp_path / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    result = work_film(task(0, path), job(), None)
    assert (result.status, result.exit_code) == (status, code)
    assert result.message and result.line["error"] == result.message and result.line["reps"]["total"] == 0
    assert bool(result.sha256) == isinstance(content, bytes)


def test_a_model_that_cannot_be_loaded_is_not_the_fault_of_the_film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from formcheck.errors import InputError

    def no_library(*_: object, **__: object) -> None:
        raise InputError("libGL.so is missing, which mediapipe needs")

    monkeypatch.setattr("formcheck.batch.film.count_video", no_library)
    assert work_film(task(0, recording(tmp_path / "walk.npz")), job(), None).status == "failed"


def test_a_stop_within_a_film_is_told(tmp_path: Path) -> None:
    from tests.cli_support import nobody

    nobody().save(tmp_path / "nobody.npz")
    stop = threading.Event()
    assert work_film(task(0, tmp_path / "nobody.npz"), job(), None, stop=stop).status == "not_measurable"
    stop.set()
    result = work_film(task(0, tmp_path / "nobody.npz"), job(), None, stop=stop)
    assert (result.status, result.interrupted) == ("stopped", True), "it may be that the rest would have shown somebody"


def test_processes_say_the_same_as_this_one(tmp_path: Path) -> None:
    paths = [recording(tmp_path / f"{k}.npz", reps=1 + k % 3) for k in range(6)]
    (tmp_path / "broken.npz").write_bytes(b"")
    tasks = [task(k, path) for k, path in enumerate([*paths, tmp_path / "broken.npz", tmp_path / "missing.npz"])]
    here = done_by(ThisProcess(job(), None), tasks)
    assert done_by(Processes(job(), None, 2), tasks) == here
    assert [here[k].line["reps"]["right"] for k in range(6)] == [1, 2, 3, 1, 2, 3]
    assert not multiprocessing.active_children()


def test_no_films_are_no_work() -> None:
    assert done_by(Processes(job(), None, 2), []) == {}
    assert done_by(ThisProcess(job(), None), []) == {}


def test_a_film_whose_worker_dies_takes_only_itself(tmp_path: Path) -> None:
    paths: list[str] = [str(recording(tmp_path / f"{k}.npz")) for k in range(5)]
    paths.insert(1, Deadly(str(tmp_path / "deadly.npz")))
    results = done_by(Processes(job(), None, 2), [task(k, path) for k, path in enumerate(paths)])
    assert [results[k].status for k in range(6)] == ["done", "failed", "done", "done", "done", "done"]
    assert results[1].exit_code == 1
    assert "twice" in results[1].message
    if sys.platform != "win32":
        assert "SIGKILL" in results[1].message
    assert not multiprocessing.active_children()


def test_a_film_whose_worker_died_once_is_tried_once_more(tmp_path: Path) -> None:
    unlucky = Deadly(str(recording(tmp_path / "a.npz")), once=tmp_path / "died")
    results = done_by(Processes(job(), None, 1), [task(0, unlucky), task(1, recording(tmp_path / "b.npz"))])
    assert (tmp_path / "died").exists()
    assert [results[k].status for k in range(2)] == ["done", "done"]


@dataclass(frozen=True)
class Stillborn:
    """In place of a job: no process outlives its arrival."""

    spec: object = None

    def __reduce__(self) -> tuple[Callable[[Deadly], str], tuple[Deadly]]:
        return str, (Deadly("x"),)


def test_when_no_worker_ever_starts_the_run_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "sharing", lambda job, threads: job)
    with pytest.raises(FormcheckError, match="--workers 1"):
        Processes(Stillborn(), None, 2).run(iter([task(0, "a.npz")]), lambda result: None, NEVER)  # type: ignore[arg-type]
    assert not multiprocessing.active_children()


def test_a_stop_lets_those_finish_that_were_begun(tmp_path: Path) -> None:
    stop, given = threading.Event(), []

    def tasks() -> Iterator[FilmTask]:
        for k in range(50):
            given.append(k)
            yield task(k, recording(tmp_path / f"{k}.npz"))

    results: list[int] = []

    def finished(result: FilmResult) -> None:
        results.append(result.number)
        if len(results) == 3:
            stop.set()

    Processes(job(), None, 2).run(tasks(), finished, stop)
    assert sorted(results) == given
    assert len(given) < 10
    assert not multiprocessing.active_children()


def test_giving_up_ends_every_process(tmp_path: Path) -> None:
    def finished(result: FilmResult) -> None:
        raise KeyboardInterrupt

    tasks = [task(k, recording(tmp_path / f"{k}.npz"), action="analyse") for k in range(8)]
    with pytest.raises(KeyboardInterrupt):
        Processes(job(), tmp_path / "out", 2).run(iter(tasks), finished, NEVER)
    assert not multiprocessing.active_children()
    assert not list((tmp_path / "out").glob(".formcheck-*")), "nothing half-done stays"


def test_progress_says_of_which_film(tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []

    def progress(one: FilmTask, at: Progress) -> None:
        told.append((one.address, at.fraction))

    # The analysis of a recording tells when it is done.
    tasks = [task(k, recording(tmp_path / f"{k}.npz"), action="analyse") for k in range(2)]
    Processes(job(), tmp_path / "out", 2).run(iter(tasks), lambda result: None, NEVER, progress)
    assert sorted(told) == [(one.address, 1.0) for one in tasks]


@dataclass(frozen=True, slots=True)
class ThreadedJob:
    """A job that measures one film in several threads."""

    workers: int = 1


def test_one_worker_or_one_film_needs_no_other_process() -> None:
    assert isinstance(runner_for(job(), None, 1, 1000), ThisProcess)
    assert isinstance(runner_for(job(), None, 8, 1), ThisProcess)
    assert isinstance(runner_for(job(), None, 2, 2), Processes)


@pytest.mark.parametrize(("workers", "films", "each"), [(8, 1, 8), (8, 2, 4), (8, 3, 2), (8, 8, 1), (8, 100, 1), (1, 5, 1)])
def test_spare_workers_help_with_each_film(workers: int, films: int, each: int, monkeypatch: pytest.MonkeyPatch) -> None:
    shared: list[int] = []

    def share(one: Job, threads: int) -> Job:
        shared.append(threads)
        return one

    monkeypatch.setattr(processes, "sharing", share)
    runner_for(job(), None, workers, films)
    assert shared == [each]


def test_a_job_that_knows_of_threads_gets_them() -> None:
    assert sharing(ThreadedJob(), 3) == ThreadedJob(3)  # type: ignore[arg-type, comparison-overlap]
