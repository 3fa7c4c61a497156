"""Films done by a cluster of real processes: the same results as on one machine, whoever dies on the way."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from distributed.scheduler import KilledWorker

from formcheck import __version__
from formcheck.batch.cluster import ClusterRunner, _answers, _Shift
from formcheck.batch.film import FilmResult, FilmTask, work_film
from formcheck.batch.order import Order, UnfitWorkerError, check_versions, check_worker, fulfil
from formcheck.batch.work import put_in_place
from formcheck.capture.bundles import bundle
from formcheck.errors import InputError, UsageError
from formcheck.exercise import library
from formcheck.exercise.analyzer import AnalysisOptions
from formcheck.exports import Exports
from formcheck.pipeline import Job
from tests.builders import example_recording
from tests.clusters import ROOT, Cluster, kill

NEVER = threading.Event()


def job_of(**changes: object) -> Job:
    spec = library.load("hip-internal-rotation")
    return replace(Job(spec, AnalysisOptions(), None), **changes)


def recordings(folder: Path, count: int) -> list[Path]:
    """Films as landmarks, no two alike."""
    folder.mkdir(exist_ok=True)
    paths = [folder / f"clip-{index:02}.npz" for index in range(count)]
    for index, path in enumerate(paths):
        example_recording(reps=1 + index % 5, peak_deg=18.0 + index).save(path)
    return paths


def tasks_of(addresses: list[str], action: str = "analyse", **changes: object) -> list[FilmTask]:
    return [FilmTask(number, name, f"film-{number}", action, **changes) for number, name in enumerate(addresses)]


def done_here(tasks: list[FilmTask], job: Job, place: Path) -> list[FilmResult]:
    return [work_film(task, job, place) for task in tasks]


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def same(found: list[FilmResult], expected: list[FilmResult]) -> None:
    """The same results, but for the place of their folders."""

    def placeless(result: FilmResult) -> FilmResult:
        folder = result.line.get("folder")
        return replace(result, line={**result.line, "folder": Path(folder).name if folder else None})

    assert [placeless(one) for one in sorted(found, key=lambda one: one.number)] == [placeless(one) for one in expected]


class Finished:
    """Keeps what comes back, puts its files in place, and does something at one of them."""

    def __init__(
        self, tasks: list[FilmTask] | None = None, place: Path | None = None, at: int = -1, then: Callable[[], object] = lambda: None
    ) -> None:
        self.results: list[FilmResult] = []
        self._at, self._then = at, then
        self._tasks, self._place = tasks, place

    def __call__(self, result: FilmResult) -> None:
        if result.files is not None:
            assert self._tasks is not None
            assert self._place is not None
            result = put_in_place(result, self._tasks[result.number], job_of(), self._place)
        self.results.append(result)
        if len(self.results) == self._at:
            self._then()


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A scheduler with two workers of one thread each."""
    with Cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        cluster.worker()
        cluster.worker()
        yield cluster


@pytest.mark.slow
def test_two_workers_give_what_one_machine_gives(pair, tmp_path):
    job, place = job_of(exports=Exports(opensim=True)), tmp_path / "there"
    names = [*map(str, recordings(tmp_path / "films", 6)), str(tmp_path / "absent.npz")]
    (tmp_path / "films" / "broken.npz").write_bytes(b"not a recording")
    names.append(str(tmp_path / "films" / "broken.npz"))
    expected = done_here(tasks_of(names), job, tmp_path / "here")
    finished = Finished(tasks_of(names), place)
    ClusterRunner(pair.address, job, place).run(tasks_of(names), finished, NEVER)
    same(finished.results, expected)
    assert content(place) == content(tmp_path / "here")
    assert [one.status for one in expected] == ["done"] * 6 + ["unreadable"] * 2


@pytest.mark.slow
def test_a_worker_killed_half_way_changes_nothing(tmp_path):
    job, place = job_of(), tmp_path / "there"
    tasks = tasks_of([str(path) for path in recordings(tmp_path / "films", 8)])
    expected = done_here(tasks, job, tmp_path / "here")
    with Cluster(tmp_path) as cluster:
        lost = cluster.worker()
        cluster.worker(nanny=True)
        finished = Finished(tasks, place, 2, lambda: kill(lost))
        ClusterRunner(cluster.address, job, place).run(tasks, finished, NEVER)
        log = cluster.log()
    assert "Remove worker addr" in log
    assert len(finished.results) == len(tasks)
    same(finished.results, expected)
    assert content(place) == content(tmp_path / "here")


#: Given to a worker with dask's own --preload: a film that brings down whoever works on it.
DEADLY = """
import os, time
from formcheck.batch import order
from formcheck.batch.film import work_film as gentle
def work_film(task, *rest):
    if "deadly" in task.address:
        time.sleep(0.5)
        os._exit(9)
    return gentle(task, *rest)
order.work_film = work_film
"""


@pytest.mark.slow
def test_a_film_that_kills_its_workers_fails_alone(tmp_path):
    (tmp_path / "deadly.py").write_text(DEADLY)
    films = recordings(tmp_path / "films", 8)
    films[1] = films[1].rename(films[1].with_name("deadly.npz"))
    tasks = tasks_of([str(path) for path in films], "count")
    with Cluster(tmp_path, {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1"}) as cluster:
        for _ in range(2):
            cluster.worker("--preload", str(tmp_path / "deadly.py"), nanny=True)
        finished = Finished()
        ClusterRunner(cluster.address, job_of()).run(tasks, finished, NEVER)
    by_number = {one.number: one for one in finished.results}
    assert len(finished.results) == len(tasks) == len(by_number)
    failed = by_number.pop(1)
    assert (failed.status, failed.exit_code) == ("failed", 1)
    assert "deadly.npz: the workers that had it died" in failed.message
    assert {one.status for one in by_number.values()} == {"done"}


@pytest.mark.slow
def test_a_scheduler_lost_on_the_way_is_one_line_and_what_was_done_stays(tmp_path):
    tasks = tasks_of([str(path) for path in recordings(tmp_path / "films", 8)])
    with Cluster(tmp_path) as cluster:
        cluster.worker()
        finished = Finished(tasks, tmp_path / "there", 2, lambda: kill(cluster.scheduler))
        with pytest.raises(InputError, match=r"the scheduler was lost; what was finished until then is kept"):
            ClusterRunner(cluster.address, job_of(), tmp_path / "there").run(tasks, finished, NEVER)
    assert 2 <= len(finished.results) < 8
    folders = sorted(path.name for path in (tmp_path / "there").iterdir())
    assert folders == sorted(f"film-{one.number}" for one in finished.results)


@pytest.mark.slow
def test_after_a_stop_films_that_nobody_began_are_taken_back(pair, tmp_path):
    stop = threading.Event()
    given = []

    def tasks() -> Iterator[FilmTask]:
        for task in tasks_of([str(path) for path in recordings(tmp_path / "films", 5) * 20], "count"):
            given.append(task)
            yield task

    finished = Finished(at=2, then=stop.set)
    ClusterRunner(pair.address, job_of()).run(tasks(), finished, stop)
    # Two are handed out for each of two threads, so at the second result at most six were ever given; two at most were being worked on.
    assert 2 <= len(finished.results) <= 4
    assert len(given) <= 6


@pytest.mark.slow
def test_addresses_give_what_paths_give_but_for_the_name(pair, tmp_path):
    job = job_of()
    paths = recordings(tmp_path / "films", 3)
    by_address = tasks_of([path.as_uri() for path in paths])
    finished = Finished(by_address, tmp_path / "there")
    ClusterRunner(pair.address, job, tmp_path / "there").run(by_address, finished, NEVER)
    same(finished.results, done_here(by_address, job, tmp_path / "here"))
    done_here(tasks_of([str(path) for path in paths]), job, tmp_path / "paths")
    assert content(tmp_path / "there") == content(tmp_path / "here") == content(tmp_path / "paths")


@pytest.mark.slow
def test_no_tasks_and_results_that_are_there_already(pair, tmp_path):
    [path] = recordings(tmp_path / "films", 1)
    (tmp_path / "film-0").mkdir()
    [task] = tasks_of([str(path)])
    finished = Finished([replace(task, replace=True)], tmp_path)
    ClusterRunner(pair.address, job_of(), tmp_path).run([], finished, NEVER)
    assert finished.results == []
    ClusterRunner(pair.address, job_of(), tmp_path).run([task], finished, NEVER)
    [refused] = finished.results
    assert (refused.status, refused.exit_code) == ("failed", 2)
    assert "add --force" in refused.message
    ClusterRunner(pair.address, job_of(), tmp_path).run([replace(task, replace=True)], finished, NEVER)
    assert finished.results[1].status == "done"
    assert (tmp_path / "film-0" / "report.html").exists()


@pytest.mark.slow
def test_known_content_is_not_done_again(pair, tmp_path):
    [path] = recordings(tmp_path / "films", 1)
    [task] = tasks_of([str(path)])
    sha256 = work_film(replace(task, action="count"), job_of(), None).sha256
    finished = Finished()
    ClusterRunner(pair.address, job_of(), tmp_path / "there").run([replace(task, known=frozenset({sha256}))], finished, NEVER)
    assert [one.status for one in finished.results] == ["known"]
    assert not (tmp_path / "there").exists()


@pytest.mark.slow
@pytest.mark.model
def test_a_real_film_with_a_pose_model(pair, tmp_path):
    job = job_of(bundle=bundle("lite"), annotated=False)
    film = first_seconds(tmp_path / "short.mp4")
    told = []
    finished = Finished(tasks_of([str(film)]), tmp_path / "there")
    runner = ClusterRunner(pair.address, job, tmp_path / "there")
    runner.run(tasks_of([str(film)]), finished, NEVER, lambda task, progress: told.append((task.number, progress)))
    same(finished.results, done_here(tasks_of([str(film)]), job, tmp_path / "here"))
    assert content(tmp_path / "there") == content(tmp_path / "here")
    assert finished.results[0].model == "lite"
    assert all(number == 0 and 0 <= progress.fraction <= 1 for number, progress in told)


def first_seconds(target: Path, seconds: float = 8.0) -> Path:
    """The beginning of a bundled film, its packets as they are."""
    import av

    source = Path(__file__).parent.parent / "samples" / "hip-internal-rotation-too-far.mp4"
    with av.open(source) as film, av.open(target, "w") as out:
        stream = film.streams.video[0]
        copy = out.add_stream_from_template(stream)
        for packet in film.demux(stream):
            if packet.dts is not None and packet.pts * stream.time_base < seconds:
                packet.stream = copy
                out.mux(packet)
    return target


@pytest.mark.slow
def test_a_cluster_without_workers_says_so(tmp_path):
    with Cluster(tmp_path) as cluster, pytest.raises(InputError, match="no worker for 1 s; start some with: dask worker tcp://"):
        ClusterRunner(cluster.address, job_of(), no_worker_s=1).run([], Finished(), NEVER)


class Future:
    """A film on a cluster that brings its workers down before anybody hears that it was begun."""

    status = "error"

    def __init__(self, begun: int) -> None:
        self.begun = begun

    def add_done_callback(self, tell: Callable[[object], None]) -> None:
        tell(self)

    def done(self) -> bool:
        return True

    def exception(self, timeout: float) -> Exception:
        return KilledWorker("film", None, 3)


class Clients:
    """In place of a client: every film comes back as one whose workers died, begun so many times."""

    status = "running"

    def __init__(self, begun: int, threads: int = 1) -> None:
        self.begun, self.threads = begun, threads
        self.submitted: list[str] = []
        self.listener: Callable[[tuple[float, dict[str, object]]], None] = lambda event: None

    def subscribe_topic(self, topic: str, listener: Callable[[tuple[float, dict[str, object]]], None]) -> None:
        self.listener = listener

    def nthreads(self) -> dict[str, int]:
        return {"worker": self.threads}

    def cancel(self, futures: list[Future]) -> None:
        assert futures == []

    def submit(self, work: object, order: Order, *, key: str, pure: bool) -> Future:
        assert key == order.key not in self.submitted
        assert not pure
        self.submitted.append(key)
        return Future(self.begun)


@pytest.mark.parametrize(("begun", "threads", "rounds"), [(0, 1, 3), (3, 1, 3), (4, 1, 1), (4, 2, 3)])
def test_only_who_was_at_work_is_blamed_at_once(tmp_path, begun, threads, rounds):
    [path] = recordings(tmp_path, 1)
    client, finished = Clients(begun, threads), Finished()
    shift = _Shift(ClusterRunner("tcp://nowhere:1", job_of()), client, finished, None)
    submit = client.submit

    def heard_first(work: object, order: Order, **how: object) -> Future:
        future = submit(work, order, **how)
        for _ in range(begun):
            client.listener((0.0, {"key": order.key}))
        return future

    client.submit = heard_first
    shift.go(iter(tasks_of([str(path)], "count")), NEVER)
    assert len(client.submitted) == rounds
    [result] = finished.results
    assert (result.status, result.exit_code) == ("failed", 1)
    assert "the workers that had it died" in result.message


def test_after_a_stop_nothing_is_given_out_anew(tmp_path):
    [path] = recordings(tmp_path, 1)
    stop, finished = threading.Event(), Finished()
    client = Clients(0)
    shift = _Shift(ClusterRunner("tcp://nowhere:1", job_of()), client, finished, None)
    submit = client.submit

    def stopped_then(work: object, order: Order, **how: object) -> Future:
        future = submit(work, order, **how)
        client.listener((0.0, {"key": order.key}))
        return future

    client.submit = stopped_then

    def tasks() -> Iterator[FilmTask]:
        yield from tasks_of([str(path)], "count")
        stop.set()

    shift.go(tasks(), stop)
    assert len(client.submitted) == 1
    [result] = finished.results
    assert (result.status, result.exit_code, result.interrupted) == ("stopped", 130, True)


def test_nothing_is_kept_in_the_history_of_a_worker():
    shift = _Shift(ClusterRunner("tcp://nowhere:1", job_of()), Clients(0), Finished(), None)
    with pytest.raises(ValueError, match="history of its own"):
        shift.go(iter(tasks_of(["a.npz"], keep_for="me")), NEVER)


def test_where_no_scheduler_answers(monkeypatch):
    monkeypatch.setattr("formcheck.batch.cluster._CONNECT_S", 0.5)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{nobody.getsockname()[1]}"
        with pytest.raises(InputError, match=f"{address}: no scheduler answers there; start one"):
            ClusterRunner(address, job_of()).run([], Finished(), NEVER)


def test_what_is_no_address():
    with pytest.raises(UsageError, match=r"--scheduler nonsense://x: is no address"):
        ClusterRunner("nonsense://x", job_of()).run([], Finished(), NEVER)


def test_encryption_needs_certificates():
    with pytest.raises(UsageError, match=r"--scheduler tls://127.0.0.1:1: needs certificates; name them in dask's configuration"):
        ClusterRunner("tls://127.0.0.1:1", job_of()).run([], Finished(), NEVER)


def test_versions_must_be_equal():
    check_versions({})
    check_versions({"tcp://a:1": __version__, "tcp://b:1": __version__})
    with pytest.raises(UnfitWorkerError, match=r"^worker tcp://b:1: has formcheck 0.0.1 and this computer 9.9, so .* install the same"):
        check_versions({"tcp://a:1": "9.9", "tcp://b:1": "0.0.1"}, "9.9")
    with pytest.raises(UnfitWorkerError, match=r"^worker tcp://a:1 and 1 more: has no formcheck"):
        check_versions({"tcp://a:1": None, "tcp://b:1": None, "tcp://c:1": "0.0.1"})


def test_answers_of_workers():
    assert list(_answers({"tcp://a:1": "1.0", "tcp://b:1": ConnectionResetError(), "tcp://c:1": None})) == [
        ("tcp://a:1", "1.0"),
        ("tcp://c:1", None),
    ]
    with pytest.raises(UnfitWorkerError, match="worker tcp://a:1: the pose model is missing"):
        list(_answers({"tcp://a:1": InputError("the pose model is missing")}))


def test_an_order_of_another_version_is_refused(tmp_path):
    [task] = tasks_of([str(tmp_path / "a.npz")])
    with pytest.raises(UnfitWorkerError, match=r"0\.0\.1"):
        fulfil(Order("key", task, job_of(), "0.0.1"))


@pytest.mark.slow
def test_workers_without_formcheck_are_named(tmp_path):
    empty = tmp_path / "hidden"
    empty.mkdir()
    (empty / "formcheck.py").write_text("raise ImportError('not here')")
    with Cluster(tmp_path) as cluster:
        cluster.worker(environment={"PYTHONPATH": str(empty)})
        with pytest.raises(UnfitWorkerError, match=r"worker tcp://.*: has no formcheck"):
            ClusterRunner(cluster.address, job_of()).run([], Finished(), NEVER)


def test_a_worker_uses_its_own_model_and_only_the_same(tmp_path):
    ours = bundle("lite")
    asked = replace(ours, path=tmp_path / "somewhere-else.task")
    assert check_worker(job_of(bundle=asked)).bundle == ours
    with pytest.raises(UnfitWorkerError, match="pose model 'lite' is another one than here"):
        check_worker(job_of(bundle=replace(asked, sha256="0" * 64)))
    with pytest.raises(UnfitWorkerError, match="nonsense"):
        check_worker(job_of(), ("nonsense://x/y.mp4",))


def test_a_worker_that_does_not_share_the_disk(tmp_path):
    task = replace(tasks_of(["clips/a.mp4"])[0], path=str(tmp_path / "clips" / "a.mp4"))
    with pytest.raises(UnfitWorkerError, match=r"clips/a.mp4: the worker finds no .*; films named by their path must lie on a disk"):
        fulfil(Order("key", task, job_of()))


def test_files_are_put_in_place_whole_or_not_at_all(tmp_path):
    [task] = tasks_of(["a.mp4"])
    result = FilmResult(0, "a.mp4", "abc", "done", 0, files=(("reps.csv", b"x"), ("../escaped", b"y")))
    failed = put_in_place(result, task, job_of(), tmp_path / "out")
    assert (failed.status, failed.exit_code, failed.sha256) == ("failed", 3, "abc")
    assert "file with a path in its name" in failed.message
    assert list(tmp_path.iterdir()) == []
    placed = put_in_place(replace(result, files=(("reps.csv", b"x"),)), task, job_of(), tmp_path / "out")
    assert placed.files is None
    assert placed.line["folder"] == str(tmp_path / "out" / "film-0")
    assert content(tmp_path) == {str(Path("out/film-0/reps.csv")): b"x"}


def test_the_calculation_in_the_document_gives_the_table_in_it(capsys):
    text = (ROOT / "docs/cluster.md").read_text("utf-8")
    [calculation] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    exec(calculation, {})
    heading, *rows = capsys.readouterr().out.splitlines()
    assert len(rows) == 9
    assert all(line in text.splitlines() for line in (heading, *rows))
