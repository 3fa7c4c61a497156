"""Whole runs over many films through the command line: several processes, interruptions, tables."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from formcheck.batch.agenda import Agenda, FilmEnd
from formcheck.batch.film import FilmProgress, FilmResult, FilmTask, Runner
from formcheck.batch.ledger import LEDGER
from formcheck.batch.processes import Processes, ThisProcess
from formcheck.batch.tables import FILE_COLUMNS, repetition_columns
from formcheck.batch.work import Wanted, do_films
from formcheck.cli import main
from formcheck.pipeline import Job
from formcheck.report.tables import REP_COLUMNS
from tests.batch_support import Deadly, contents, copies, films_in_ledger, job, many, recording, table
from tests.cli_support import json_lines

ROOT = Path(__file__).resolve().parent.parent
Capture = pytest.CaptureFixture[str]
LINUX = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals for a group of processes")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
def test_every_table_and_folder_is_the_same_for_any_number_of_workers(here: Path, capsys: Capture) -> None:
    kinds = many(Path("films"), 20)
    recording(Path("films/long.npz"), 4, 20.0)
    seen = []
    for workers in ("1", "2", "4"):
        out = Path(workers) / "results"
        assert main(["analyse", "films", "--out", str(out), "--workers", workers, "--no-annotated", "--parquet", "--json"]) == 3
        lines = json_lines(capsys.readouterr().out)
        assert sorted(line["path"] for line in lines) == sorted(str(path) for path in Path("films").rglob("*.npz"))
        found = contents(out)
        assert {"files.csv", "repetitions.csv", "files.parquet", "repetitions.parquet", "long/session.json"} <= set(found)
        assert len([name for name in found if name.endswith("session.json")]) == kinds["done"] + 1
        seen.append(found)
    assert seen[0].keys() == seen[1].keys() == seen[2].keys()
    assert seen[0] == seen[1] == seen[2]


def test_the_tables_hold_every_film_and_repetition(here: Path, capsys: Capture) -> None:
    recording(Path("films/b.npz"), 2)
    recording(Path('films/a,"1".npz'), 3)
    Path("films/c.npz").write_bytes(b"")
    assert main(["count", "films", "--out", "out", "--workers", "2", "--parquet"]) == 3
    files, repetitions = table(Path("out/files.csv")), table(Path("out/repetitions.csv"))
    assert tuple(files[0]) == FILE_COLUMNS
    assert tuple(repetitions[0]) == repetition_columns() == ("path", "exercise", "model", *REP_COLUMNS)
    paths = [str(Path("films") / name) for name in ('a,"1".npz', "b.npz", "c.npz")]
    assert [row["path"] for row in files] == paths
    assert [(row["status"], row["reps_right"], row["reps_total"], row["measured_fraction"]) for row in files] == [
        ("done", "3", "3", "1.0"),
        ("done", "2", "2", "1.0"),
        ("unreadable", "0", "0", "0.0"),
    ]
    assert paths[2] in files[2]["error"] and files[0]["error"] == ""
    assert all(len(row["sha256"]) == 64 for row in files)
    assert [(row["path"], row["number"], row["counted"]) for row in repetitions] == [
        *((paths[0], str(number), "true") for number in (1, 2, 3)),
        *((paths[1], str(number), "true") for number in (1, 2)),
    ]
    from pyarrow import parquet

    assert parquet.read_table("out/repetitions.parquet").column("peak_deg").to_pylist() == [float(row["peak_deg"]) for row in repetitions]
    assert parquet.read_table("out/files.parquet").column("reps_total").to_pylist() == [3, 2, 0]
    assert parquet.read_schema("out/repetitions.parquet").field("peak_deg").metadata[b"unit"] == b"deg"
    capsys.readouterr()


def test_tables_of_nothing_have_their_columns(here: Path) -> None:
    assert main(["count", "missing.npz", "--out", "out", "--parquet"]) == 3
    assert len(table(Path("out/files.csv"))) == 1
    assert Path("out/repetitions.csv").read_text("utf-8") == ",".join(repetition_columns()) + "\n"
    from pyarrow import parquet

    assert parquet.read_table("out/repetitions.parquet").num_rows == 0


def test_parquet_is_asked_for_before_the_work_begins(here: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    recording(Path("films/a.npz"))
    assert main(["count", "films", "--parquet"]) == 2
    assert "--out" in capsys.readouterr().err
    monkeypatch.setattr("formcheck.report.parquet.find_spec", lambda name: None)
    for command in ("count", "analyse"):
        assert main([command, "films", "--out", "out", "--parquet"]) == 2
        assert "pyarrow" in capsys.readouterr().err
    assert not Path("out").exists()


def test_count_without_a_place_writes_nothing(here: Path, capsys: Capture) -> None:
    recording(Path("films/a.npz"), 1)
    recording(Path("films/b.npz"), 2)
    before = contents(here)
    assert main(["count", "films", "--workers", "1"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines() == [f"{Path('films/a.npz')}: 1 right, 0 left", f"{Path('films/b.npz')}: 2 right, 0 left"]
    assert err == "formcheck: 2 done, 0 skipped, 0 failed.\n"
    assert contents(here) == before


def test_what_failed_is_listed_at_the_end_and_stops_nothing(here: Path, capsys: Capture) -> None:
    recording(Path("films/a.npz"), 1)
    Path("films/b.npz").write_bytes(b"")
    assert main(["count", "films", "none*.mp4", "--out", "out", "--workers", "2"]) == 3
    out, err = capsys.readouterr()
    assert out == f"{Path('films/a.npz')}: 1 right, 0 left\n"
    lines = err.splitlines()
    assert lines[0].startswith("formcheck: none*.mp4: matches no")
    at = lines.index("formcheck: failed:")
    assert [line.split(": ")[1].strip() for line in lines[at + 1 : -1]] == [str(Path("films/b.npz")), "none*.mp4"]
    assert lines[-1].startswith("formcheck: 1 done, 0 skipped, 2 failed; tables: ")


def test_json_has_a_line_for_every_word_and_film(here: Path, capsys: Capture) -> None:
    recording(Path("films/a.npz"), 1)
    Path("empty").mkdir()
    assert main(["count", "films", "empty", "none*.mp4", "missing.npz", "--json", "--workers", "1"]) == 3
    lines = {line["path"]: line for line in json_lines(capsys.readouterr().out)}
    assert {path: line["reps"]["total"] for path, line in lines.items()} == {
        str(Path("films/a.npz")): 1,
        "empty": 0,
        "none*.mp4": 0,
        "missing.npz": 0,
    }
    assert [path for path, line in lines.items() if line["error"] is None] == [str(Path("films/a.npz"))]


def test_quiet_says_only_what_is_wrong(here: Path, capsys: Capture) -> None:
    recording(Path("films/a.npz"), 1)
    Path("films/b.npz").write_bytes(b"")
    assert main(["analyse", "films", "--quiet", "--no-annotated", "--workers", "1"]) == 3
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert str(Path("films/b.npz")) in line


def test_the_worst_code_wins_over_all_films(here: Path) -> None:
    from tests.cli_support import nobody

    recording(Path("films/a.npz"))
    nobody().save(Path("films/b.npz"))
    assert main(["count", "films", "--workers", "1"]) == 4
    Path("films/c.npz").write_bytes(b"")
    assert main(["count", "films", "--workers", "1", "--out", "out"]) == 3
    assert main(["count", "films", "--workers", "1", "--out", "out"]) == 3
    assert main(["count", "films/a.npz", "films/b.npz", "--out", "out"]) == 4, "also when all is known"


class Substituted:
    """A runner that sends other tasks than it is given."""

    def __init__(self, runner: Runner, change: Callable[[FilmTask], FilmTask]) -> None:
        self._runner = runner
        self._change = change

    def run(
        self,
        tasks: Iterable[FilmTask],
        finished: Callable[[FilmResult], None],
        stop: threading.Event,
        progress: FilmProgress | None = None,
    ) -> None:
        self._runner.run((self._change(task) for task in tasks), finished, stop, progress)


class Listener:
    """A teller that remembers."""

    progress: FilmProgress | None = None

    def __init__(self) -> None:
        self.ends: list[FilmEnd] = []

    def wrong(self, word: str, message: str) -> None:
        raise AssertionError(message)

    def begins(self, films: int, size_bytes: int) -> None:
        pass

    def begun(self, task: FilmTask) -> None:
        pass

    def ended(self, end: FilmEnd, task: FilmTask | None) -> None:
        self.ends.append(end)

    def closes(self, agenda: Agenda, tables: object) -> None:
        self.tally = agenda.tally()


def wanted(**changed: object) -> Wanted:
    whole = Wanted([Path("films")], "count", job(), ledger=Path("out"), workers=2, apart=True)
    return replace(whole, **changed)  # type: ignore[arg-type]


def test_a_killed_worker_takes_only_its_film(here: Path) -> None:
    for name in "abcd":
        recording(Path(f"films/{name}.npz"))

    def deadly(task: FilmTask) -> FilmTask:
        return replace(task, address=Deadly(task.address)) if task.address.endswith("b.npz") else task

    def runner(job: Job, place: Path | None, workers: int, films: int) -> Runner:
        return Substituted(Processes(job, place, 2), deadly)

    first = Listener()
    do_films(wanted(runner_of=runner), first, threading.Event())
    assert (first.tally.done, first.tally.failed, first.tally.codes) == (3, 1, {0, 1})
    assert [row["status"] for row in table(Path("out/files.csv"))] == ["done", "failed", "done", "done"]
    assert [row["path"] for row in table(Path("out/repetitions.csv"))].count(str(Path("films/b.npz"))) == 0
    second = Listener()
    do_films(wanted(workers=1), second, threading.Event())
    assert (second.tally.done, second.tally.skipped, second.tally.failed) == (1, 3, 0), "it may have been bad luck: done again"


def test_results_from_afar_are_put_in_place(here: Path) -> None:
    """A runner whose workers do not share the disk sends the files of a folder."""
    for name in "ab":
        recording(Path(f"films/{name}.npz"))
    Path("results/b").mkdir(parents=True)

    class Afar(ThisProcess):
        def run(
            self,
            tasks: Iterable[FilmTask],
            finished: Callable[[FilmResult], None],
            stop: threading.Event,
            progress: FilmProgress | None = None,
        ) -> None:
            def send(result: FilmResult) -> None:
                folder = Path(result.line["folder"])
                finished(replace(result, files=tuple((path.name, path.read_bytes()) for path in sorted(folder.iterdir()))))

            super().run(tasks, send, stop, progress)

    def runner(job: Job, place: Path | None, workers: int, films: int) -> Runner:
        return Afar(job, Path("elsewhere"))

    listener = Listener()
    whole = wanted(action="analyse", place=Path("results"), ledger=Path("results"), runner_of=runner)
    do_films(whole, listener, threading.Event())
    first, second = listener.ends
    assert (first.exit_code, second.exit_code) == (0, 2)
    assert Path(first.line["folder"]) == Path("results/a") == first.folder
    assert contents(Path("results/a")) == contents(Path("elsewhere/a"))
    assert not list(Path("results/b").iterdir()), "what is not ours is kept"


def test_a_stop_leaves_the_rest_for_the_next_run(here: Path) -> None:
    for k in range(6):
        recording(Path(f"films/{k}.npz"))
    stop = threading.Event()

    class Stopper(Listener):
        def ended(self, end: FilmEnd, task: FilmTask | None) -> None:
            super().ended(end, task)
            if len(self.ends) == 2:
                stop.set()

    first = Stopper()
    do_films(wanted(workers=1), first, stop)
    assert (first.tally.done, first.tally.left) == (2, 4)
    assert len(table(Path("out/files.csv"))) == 2
    second = Listener()
    do_films(wanted(workers=1), second, threading.Event())
    assert (second.tally.done, second.tally.skipped, second.tally.left) == (4, 2, 0)
    assert len(table(Path("out/files.csv"))) == 6


def test_a_part_that_was_kept_after_ctrl_c_gives_way_to_the_whole(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    from tests.cli_support import film, use_stand_in

    def press(index: int) -> None:
        if index == 420:
            signal.raise_signal(signal.SIGINT)

    use_stand_in(monkeypatch, after=press)
    Path("films").mkdir()
    film(Path("films/a.mp4"))
    film(Path("films/b.mp4"))
    words = ["analyse", "films", "--quiet", "--no-annotated", "--workers", "1"]
    assert main(words) == 130
    assert "a.mp4: stopped early at" in capsys.readouterr().err
    assert [(row["status"], row["reps_right"]) for row in table(Path("results/files.csv"))] == [("stopped", "2")]
    assert Path("results/a/session.json").exists() and not Path("results/b").exists()
    use_stand_in(monkeypatch)
    assert main(words) == 0
    assert [(row["status"], row["reps_right"]) for row in table(Path("results/files.csv"))] == [("done", "3")] * 2
    session = json.loads(Path("results/a/session.json").read_text("utf-8"))
    assert session["summary"]["reps"]["right"] == 3 and "stopped_s" not in session["source"]


PROGRAM = "import sys; from formcheck.cli import main; sys.exit(main())"


@contextmanager
def started(*words: str) -> Iterator[subprocess.Popen[str]]:
    """The command line in a process group of its own, as a terminal makes one."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def wait_until_nobody_is_left(group: int) -> None:
    until_s = time.monotonic() + 30
    while time.monotonic() < until_s:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    raise AssertionError("somebody works on")


@LINUX
@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_ends_all_processes_and_the_next_run_goes_on(here: Path, workers: str) -> None:
    films = 40
    copies(Path("films"), films)
    with started("count", "films", "--out", "out", "--workers", workers, "--json") as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        os.killpg(process.pid, signal.SIGINT)
        rest, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    wait_until_nobody_is_left(process.pid)
    lines = json_lines(first + rest)
    assert len(lines) == films, "each is accounted for"
    done = [line["path"] for line in lines if line["error"] is None]
    assert 1 <= len(done) < films
    assert sorted(os.fsdecode(row["address"]) for row in films_in_ledger(Path("out"))) == sorted(done)
    assert f"{len(done)} done, 0 skipped, 0 failed, {films - len(done)} not looked at" in err
    assert len(table(Path("out/files.csv"))) == len(done)


@LINUX
def test_a_run_that_is_killed_takes_its_processes_along_and_the_next_one_goes_on(here: Path, capsys: Capture) -> None:
    copies(Path("films"), 20)
    with started("count", "films", "--out", "out", "--workers", "2", "--json") as process:
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(4)]
        process.send_signal(signal.SIGKILL)
        told += process.stdout.read().splitlines()
        assert process.stderr is not None
        process.stderr.read()
    wait_until_nobody_is_left(process.pid)
    said = {json.loads(line)["path"] for line in told if line.strip()}
    assert said <= {os.fsdecode(row["address"]) for row in films_in_ledger(Path("out"))}, "what was said is in the ledger"
    before = len(films_in_ledger(Path("out")))
    assert main(["count", "films", "--out", "out", "--workers", "1"]) == 0
    assert f"{20 - before} done, {before} skipped, 0 failed" in capsys.readouterr().err
    assert main(["count", "films", "--out", "fresh", "--workers", "1"]) == 0
    assert contents(Path("out")) == contents(Path("fresh"))


@LINUX
def test_an_analysis_that_is_killed_is_finished_by_the_next_run(here: Path) -> None:
    copies(Path("films"), 8)
    with started("analyse", "films", "--workers", "2", "--json", "--no-annotated") as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        process.communicate()
    wait_until_nobody_is_left(process.pid)
    assert not list(Path("results").glob(".formcheck-*.partial")), "its processes clear away what they have begun"
    assert main(["analyse", "films", "--workers", "1", "--quiet", "--no-annotated"]) == 0
    assert len(table(Path("results/files.csv"))) == 8
    folders = [path for path in Path("results").iterdir() if path.is_dir() and not path.name.startswith(".")]
    assert sorted(path.name for path in folders) == sorted(str(k) for k in range(8))
    assert all((folder / "report.html").exists() for folder in folders)
    assert (Path("results") / LEDGER).exists()


@pytest.mark.slow
@pytest.mark.model
def test_two_films_in_two_processes_say_what_they_say_in_one(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """With the real pose model: the stand-in lives only in this process."""
    from tests.videos import write_video

    clip = ROOT / "samples" / "hip-internal-rotation-too-far.mp4"
    Path("films").mkdir()
    _cut(clip, Path("films/a.mp4"), 8.0)
    write_video(Path("films/b.mp4"), 10, size=(160, 120))
    seen = []
    for workers in ("1", "2"):
        assert main(["count", "films", "--model", "lite", "--workers", workers, "--json", "--out", workers]) == 4
        captured = capfd.readouterr()
        assert "INFO" not in captured.err
        seen.append((sorted(captured.out.splitlines()), contents(Path(workers))))
    assert seen[0] == seen[1]
    rows = table(Path("1/files.csv"))
    assert [(row["status"], row["model"]) for row in rows] == [("done", "lite"), ("not_measurable", "")]
    assert int(rows[0]["reps_right"]) >= 1


@LINUX
@pytest.mark.slow
@pytest.mark.model
def test_ctrl_c_keeps_what_each_process_measured_until_then(here: Path) -> None:
    clip = (ROOT / "samples" / "hip-internal-rotation-too-far.mp4").read_bytes()
    Path("films").mkdir()
    for name in "ab":
        Path(f"films/{name}.mp4").write_bytes(clip)
    with started("analyse", "films", "--model", "lite", "--workers", "2", "--json") as process:
        until_s = time.monotonic() + 60
        while len(list(here.glob("results/.formcheck-*"))) < 2 and time.monotonic() < until_s:
            time.sleep(0.05)
        time.sleep(6.0)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=240)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    wait_until_nobody_is_left(process.pid)
    lines = json_lines(out)
    assert [line["path"] for line in sorted(lines, key=lambda line: line["path"])] == [str(Path(f"films/{name}.mp4")) for name in "ab"]
    for line in lines:
        assert 0 < line["stopped_s"] < 23, "neither was whole"
        session = json.loads((Path(line["folder"]) / "session.json").read_text("utf-8"))
        assert session["source"]["stopped_s"] == line["stopped_s"]
    assert [row["status"] for row in table(Path("results/files.csv"))] == ["stopped"] * 2
    assert not list(here.glob("results/.formcheck-*.partial"))


def _cut(clip: Path, target: Path, seconds: float) -> None:
    """The first seconds of a film, as they are."""
    import av

    with av.open(str(clip)) as source, av.open(str(target), "w") as sink:
        film = source.streams.video[0]
        copy = sink.add_stream_from_template(film)
        for packet in source.demux(film):
            if packet.dts is not None and (packet.pts or 0) * film.time_base < seconds:
                packet.stream = copy
                sink.mux(packet)
