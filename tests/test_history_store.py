"""The history: whole sessions or none, versions, two processes, and damage."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from formcheck.errors import InputError, OutputError, UsageError
from formcheck.history import database
from formcheck.history.database import MIGRATIONS, VERSION, transaction
from formcheck.history.entry import Entry, entry_of, new_id
from formcheck.history.store import History
from formcheck.profiles.trend import trend_of
from tests.builders import example_recording, example_report

NOW = datetime(2026, 5, 3, 18, 30, tzinfo=UTC)


def entry(session_id: str = "s1", when: datetime = NOW, **files: bytes) -> Entry:
    report = example_report(example_recording())
    report = replace(report, source={**report.source, "duration_s": 20.0})
    return entry_of(report, session_id, when, source="live", ended="completed", discomfort=(1, 2), files=files or None)


def test_a_session_comes_back_as_it_was(tmp_path: Path) -> None:
    history = History(tmp_path)
    kept = entry(page=b"<html>")
    history.add(kept)
    (row,) = history.sessions()
    assert row == kept.row and row.reps == {"left": 0, "right": 2, "both": 0}
    folder = history.files_of(row)
    assert folder is not None and (folder / "page").read_bytes() == b"<html>"
    reps = history.reps("s1")
    assert [rep.number for rep in reps] == [1, 2, 3] and reps[2].rejected == "partial" and reps[0].range_deg == 20.0
    assert reps[0].range_pm_deg is None, "not measured is not a number"
    assert history.fault_counts("s1") == {"over_rotation": 1} and history.faults_by_rep("s1") == {2: 1}


def test_an_empty_history_is_no_trouble_and_makes_nothing(tmp_path: Path) -> None:
    history = History(tmp_path / "data")
    assert history.sessions() == [] and not history.folder.exists()
    with pytest.raises(UsageError, match="the history is empty"):
        history.find("last")


def test_keeping_twice_keeps_once(tmp_path: Path) -> None:
    history = History(tmp_path)
    history.add(entry(a=b"1"))
    history.add(entry(a=b"2"))
    (row,) = history.sessions()
    folder = history.files_of(row)
    assert folder is not None and (folder / "a").read_bytes() == b"1" and len(history.reps("s1")) == 3


def test_files_left_by_a_crash_before_the_row_give_way(tmp_path: Path) -> None:
    history = History(tmp_path)
    orphan = tmp_path / "sessions" / "s1"
    orphan.mkdir(parents=True)
    (orphan / "a").write_bytes(b"half")
    history.add(entry(a=b"whole"))
    assert (orphan / "a").read_bytes() == b"whole" and [p.name for p in orphan.parent.iterdir()] == ["s1"]


def test_sessions_are_found_by_the_beginning_of_their_id(tmp_path: Path) -> None:
    history = History(tmp_path)
    for place, name in enumerate(("a1", "a2", "b1")):
        history.add(entry(name, NOW + timedelta(days=place)))
    assert [row.id for row in history.sessions()] == ["b1", "a2", "a1"]
    assert history.find("b").id == "b1" and history.find("last").id == "b1" and history.find("a1").id == "a1"
    with pytest.raises(UsageError, match="2 sessions begin so"):
        history.find("a")
    with pytest.raises(UsageError, match="no session has this id"):
        history.find("c")
    assert history.sessions("standing-hip-abduction") == []


def test_deleting_takes_the_files_too(tmp_path: Path) -> None:
    history = History(tmp_path)
    history.add(entry(a=b"1"))
    history.delete(history.find("s1"))
    assert history.sessions() == [] and history.reps("s1") == [] and not list((tmp_path / "sessions").iterdir())


def test_a_row_that_fails_leaves_nothing_of_itself(tmp_path: Path) -> None:
    history = History(tmp_path)
    with pytest.raises(RuntimeError), transaction(history.database) as connection:
        connection.execute("INSERT INTO profiles VALUES ('k', 'n', '{}')")
        raise RuntimeError
    with transaction(history.database, write=False) as connection:
        assert connection.execute("SELECT COUNT(*) FROM profiles").fetchone()[0] == 0


@pytest.mark.parametrize("version", range(VERSION))
def test_every_older_version_is_brought_up_without_loss(tmp_path: Path, version: int) -> None:
    path = tmp_path / "history.sqlite3"
    with sqlite3.connect(path) as old:
        for number in range(version):
            old.executescript(MIGRATIONS[number])
        old.execute(f"PRAGMA user_version = {version}")
        if version:
            values = ("old", NOW.isoformat(), "hip-internal-rotation", "T", None, "live", None, 1.0, None, None, None, 1, 2, 0, None)
            old.execute(f"INSERT INTO sessions VALUES ({', '.join('?' * len(values))})", values)
    old.close()
    history = History(tmp_path)
    history.add(entry())
    assert [row.id for row in history.sessions()] == (["s1", "old"] if version else ["s1"])
    with transaction(path, write=False) as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == VERSION


def test_a_newer_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    history = History(tmp_path)
    history.add(entry())
    with sqlite3.connect(history.database) as newer:
        newer.execute(f"PRAGMA user_version = {VERSION + 1}")
    newer.close()
    with pytest.raises(InputError, match="written by a newer formcheck"):
        history.sessions()
    with pytest.raises(InputError, match="It was left as it is"):
        history.add(entry("s2"))


def test_damage_is_named_and_left_alone(tmp_path: Path) -> None:
    history = History(tmp_path)
    content = b"this is no database, whatever it is called" * 40
    history.database.write_bytes(content)
    with pytest.raises(InputError, match=r"history\.sqlite3: the history is damaged"):
        history.sessions()
    assert history.database.read_bytes() == content


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="file"):
        History(tmp_path / "file" / "data").add(entry())


def test_a_database_held_by_somebody_else_is_waited_for_and_then_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    history = History(tmp_path)
    history.add(entry())
    monkeypatch.setattr(database, "_BUSY_S", 0.2)
    holder = sqlite3.connect(history.database, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        assert len(history.sessions()) == 1, "readers need not wait"
        with pytest.raises(OutputError, match="close other formcheck windows"):
            history.add(entry("s2"))
    finally:
        holder.execute("ROLLBACK")
        holder.close()
    history.add(entry("s2"))
    assert len(history.sessions()) == 2


def _add_many(folder: str, first: int) -> None:
    history = History(Path(folder))
    for number in range(first, first + 12):
        history.add(entry(f"s{number:03d}", a=b"x"))


def test_two_processes_at_once_lose_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_add_many, args=(str(tmp_path), first)) for first in (0, 100, 200)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    rows = History(tmp_path).sessions()
    assert len(rows) == 36 and all(len(History(tmp_path).reps(row.id)) == 3 for row in rows[:3])


def test_ids_sort_by_time_and_differ() -> None:
    ids = {new_id(NOW) for _ in range(50)}
    assert len(ids) == 50 and max(ids) < new_id(NOW + timedelta(seconds=1))


def test_a_trend_speaks_of_a_change_only_beyond_the_error(tmp_path: Path) -> None:
    history = History(tmp_path)
    report = example_report(example_recording(), reps=5)
    for place, far in enumerate((20.0, 23.0, 33.0)):
        reps = tuple(replace(rep, range_deg=far, range_pm_deg=4.0, rejected=None) for rep in report.reps)
        history.add(entry_of(replace(report, reps=reps), f"s{place}", NOW + timedelta(days=place), source="live"))

    def change_until(last: int):
        rows = [row for row in history.sessions() if row.id <= f"s{last}"]
        (trend,) = trend_of([(row, history.reps(row.id), history.faults_by_rep(row.id)) for row in rows])
        assert [point.session.id for point in trend.points] == [f"s{n}" for n in range(last + 1)]
        return trend.change

    assert change_until(0) is None
    small, large = change_until(1), change_until(2)
    assert small is not None and small.changed is False and small.difference_deg == pytest.approx(3.0)
    assert large is not None and large.changed is True and large.difference_deg == pytest.approx(13.0)
    assert large.detectable_deg == pytest.approx(4.0 * 2**0.5)


_KEEPER = """
import sys
from pathlib import Path
from tests.test_history_store import entry
from formcheck.history.store import History
history = History(Path(sys.argv[1]))
kept = entry("x", page=b"<html>" * 1000)
print("ready", flush=True)
for number in range(10_000):
    name = f"{sys.argv[2]}-{number:05d}"
    history.add(replace(kept, row=replace(kept.row, id=name, folder=name)))
    print(name, flush=True)
""".replace("import sys\n", "import sys\nfrom dataclasses import replace\n")


def kept_until_killed(folder: Path, run: str, after_s: float) -> list[str]:
    """Keep sessions one after the other in a process that is killed at a moment; return those it said it had kept."""
    root = Path(__file__).resolve().parent.parent
    words = [sys.executable, "-c", _KEEPER, str(folder), run]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(root)}, cwd=root) as keeper:
        assert keeper.stdout is not None
        assert keeper.stdout.readline().strip() == "ready"
        time.sleep(after_s)
        keeper.send_signal(signal.SIGKILL)
        return [line for line in keeper.stdout.read().split("\n") if len(line) == len(f"{run}-00000")]


@pytest.mark.skipif(sys.platform == "win32", reason="a process is killed by a signal")
def test_killed_while_it_keeps_sessions_the_history_is_whole(tmp_path: Path) -> None:
    rng = random.Random(7)
    said: list[str] = []
    for run in "abcdef":
        said += kept_until_killed(tmp_path, run, rng.uniform(0.0, 0.4))
        history = History(tmp_path)
        with transaction(history.database, write=False) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        there = {row.id: row for row in history.sessions()}
        assert set(said) <= set(there), "what was kept stays kept"
        for row in there.values():
            folder = history.files_of(row)
            assert folder is not None and (folder / "page").stat().st_size == 6000 and len(history.reps(row.id)) == 3
    assert said
