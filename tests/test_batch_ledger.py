"""What was done is known again by content and settings, whatever happened to the run, the file or the results."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from formcheck.batch.film import FilmTask, work_film
from formcheck.batch.ledger import LEDGER, Ledger
from formcheck.batch.settings import settings_of
from formcheck.cli import main
from formcheck.exercise import library
from formcheck.exports import Exports
from formcheck.profiles.profile import Profile
from tests.batch_support import films_in_ledger, job, recording, table

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def worked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The films that were measured, not only known again; in this process."""
    addresses: list[str] = []

    def counted(task: FilmTask, *words: object) -> object:
        result = work_film(task, *words)  # type: ignore[arg-type]
        if result.status != "known":
            addresses.append(Path(task.address).as_posix())
        return result

    monkeypatch.setattr("formcheck.batch.processes.work_film", counted)
    return addresses


def run(*words: str) -> int:
    return main([*words, "--workers", "1"])


def count(*words: str) -> int:
    return run("count", "films", "--out", "out", *words)


def analyse(*words: str) -> int:
    return run("analyse", "films", "--no-annotated", "--quiet", *words)


def test_a_second_run_does_nothing_and_says_the_same(here: Path, worked: list[str], capsys: Capture) -> None:
    recording(Path("films/a.npz"), 1)
    recording(Path("films/b.npz"), 2)
    assert count() == 0
    first = capsys.readouterr()
    assert worked == ["films/a.npz", "films/b.npz"]
    assert "2 done, 0 skipped, 0 failed" in first.err
    assert count() == 0
    second = capsys.readouterr()
    assert len(worked) == 2
    assert second.out == first.out
    assert "0 done, 2 skipped, 0 failed" in second.err
    assert count("--json") == 0
    assert [json.loads(line)["skipped"] for line in capsys.readouterr().out.splitlines()] == [True, True]
    assert count("--force") == 0
    assert len(worked) == 4


def test_nothing_is_hashed_that_was_not_touched(here: Path, worked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    path = recording(Path("films/a.npz"))
    assert count() == 0

    def never(path: Path) -> str:
        raise AssertionError(path)

    with monkeypatch.context() as patch:
        patch.setattr("formcheck.batch.film.content_hash", never)
        assert count() == 0
    os.utime(path, ns=(1, 1))
    assert count() == 0
    assert worked == ["films/a.npz"], "touched: read, and known by its content"
    assert films_in_ledger(Path("out"))[0]["mtime_ns"] == 1


def test_other_content_is_done_again(here: Path, worked: list[str]) -> None:
    recording(Path("films/a.npz"), 1)
    assert count() == 0
    recording(Path("films/a.npz"), 2)
    assert count() == 0
    assert worked == ["films/a.npz"] * 2
    (row,) = table(Path("out/files.csv"))
    assert row["reps_right"] == "2"
    assert len(films_in_ledger(Path("out"))) == 1


def test_content_of_the_same_length_is_told_apart(here: Path, worked: list[str]) -> None:
    path = recording(Path("films/a.npz"))
    assert count() == 0
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    os.utime(path, ns=(1, 1))
    count()
    assert worked == ["films/a.npz"] * 2


def test_other_settings_are_done_too_and_the_tables_show_what_was_asked_last(here: Path, worked: list[str]) -> None:
    recording(Path("films/a.npz"), 2)
    assert count() == 0
    assert count("--direction", "outward") == 0
    assert len(worked) == 2
    assert [row["reps_total"] for row in table(Path("out/files.csv"))] == ["0"]
    assert count() == 0
    assert len(worked) == 2
    assert [row["reps_total"] for row in table(Path("out/files.csv"))] == ["2"]
    assert count("--exercise", "standing-hip-abduction") in (0, 4)
    exercises = [row["exercise"] for row in table(Path("out/files.csv"))]
    assert exercises == ["hip-internal-rotation", "standing-hip-abduction"]


def test_what_was_said_of_a_broken_film_holds_until_it_changes(here: Path, worked: list[str], capsys: Capture) -> None:
    Path("films").mkdir()
    Path("films/a.npz").write_bytes(b"")
    Path("films/b.npz").write_text("no recording")
    assert count() == 3
    capsys.readouterr()
    assert count() == 3
    err = capsys.readouterr().err
    assert "as before" in err and "2 failed" in err
    assert len(worked) == 2
    recording(Path("films/a.npz"))
    assert count() == 3
    assert len(worked) == 3
    assert [row["status"] for row in table(Path("out/files.csv"))] == ["done", "unreadable"]
    assert count("--force") == 3
    assert len(worked) == 5


def test_what_was_missing_is_looked_for_again(here: Path, worked: list[str]) -> None:
    assert run("count", "a.npz", "b.npz", "--out", "out") == 3
    assert run("count", "a.npz", "b.npz", "--out", "out") == 3
    assert len(worked) == 4
    recording(Path("a.npz"))
    assert run("count", "a.npz", "b.npz", "--out", "out") == 3
    assert [row["status"] for row in table(Path("out/files.csv"))] == ["done", "unreadable"]
    Path("a.npz").unlink()
    assert run("count", "a.npz", "b.npz", "--out", "out") == 3
    assert [row["status"] for row in table(Path("out/files.csv"))] == ["done", "unreadable"], "what was measured stays known"


def test_a_moved_film_is_known_by_its_content(here: Path, worked: list[str]) -> None:
    recording(Path("films/a.npz"), 1)
    recording(Path("films/b.npz"), 2)
    assert analyse() == 0
    Path("films/new").mkdir()
    shutil.move("films/a.npz", "films/new/c.npz")
    assert analyse() == 0
    assert worked == ["films/a.npz", "films/b.npz"]
    assert [row["path"] for row in table(Path("results/files.csv"))] == [str(Path("films/b.npz")), str(Path("films/new/c.npz"))]
    assert {path.name for path in Path("results").iterdir() if path.is_dir()} == {"a", "b"}
    assert analyse() == 0
    assert len(worked) == 2


def test_a_copy_is_known_too_and_has_a_row_of_its_own(here: Path, worked: list[str]) -> None:
    recording(Path("films/a.npz"), 1)
    assert count() == 0
    shutil.copyfile("films/a.npz", "films/b.npz")
    assert count() == 0
    assert worked == ["films/a.npz"]
    first, second = table(Path("out/files.csv"))
    assert first | {"path": ""} == second | {"path": ""}
    assert [row["path"] for row in table(Path("out/repetitions.csv"))] == [str(Path("films/a.npz")), str(Path("films/b.npz"))]


def test_films_of_the_same_content_in_one_run_are_each_done(here: Path, worked: list[str]) -> None:
    """Whether one is done when the other begins depends on the number of workers; what comes of them must not."""
    recording(Path("films/a.npz"), 1)
    shutil.copyfile("films/a.npz", "films/b.npz")
    assert analyse() == 0
    assert worked == ["films/a.npz", "films/b.npz"]
    assert {path.name for path in Path("results").iterdir() if path.is_dir()} == {"a", "b"}
    shutil.rmtree("results/b")
    assert analyse() == 0
    assert worked == ["films/a.npz", "films/b.npz"], "its content is known, and has results"
    assert len(table(Path("results/files.csv"))) == 2


def test_results_that_vanish_while_a_film_is_read_end_no_run(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = recording(Path("films/a.npz"), 1)
    assert analyse() == 0
    os.utime(path, ns=(1, 1))

    def vanish(task: FilmTask, *words: object) -> object:
        shutil.rmtree("results/a")
        return work_film(task, *words)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr("formcheck.batch.processes.work_film", vanish)
        assert analyse() == 0
    assert analyse() == 0
    assert Path("results/a/session.json").exists()


def test_results_that_are_gone_are_made_again(here: Path, worked: list[str]) -> None:
    recording(Path("films/a.npz"))
    recording(Path("films/b.npz"))
    assert analyse() == 0
    shutil.rmtree("results/a")
    assert analyse() == 0
    assert worked == ["films/a.npz", "films/b.npz", "films/a.npz"]
    assert Path("results/a/session.json").exists()


def test_results_of_other_settings_or_content_are_kept_unless_forced(here: Path, worked: list[str], capsys: Capture) -> None:
    recording(Path("films/a.npz"), 1)
    assert analyse() == 0
    before = Path("results/a/session.json").read_bytes()
    tables = Path("results/files.csv").read_bytes()
    assert analyse("--limit-deg", "20") == 2
    assert "--force" in capsys.readouterr().err
    assert Path("results/a/session.json").read_bytes() == before
    assert Path("results/files.csv").read_bytes() == tables, "what was refused changes nothing"
    assert analyse("--limit-deg", "20", "--force") == 0
    assert json.loads(Path("results/a/session.json").read_text("utf-8"))["settings"]["limit_deg"] == 20.0
    assert analyse("--limit-deg", "20") == 0
    assert analyse() == 2, "its results gave way"
    recording(Path("films/a.npz"), 2)
    assert analyse("--limit-deg", "20") == 2


def test_what_is_not_ours_is_kept(here: Path, capsys: Capture) -> None:
    recording(Path("films/a.npz"))
    recording(Path("films/b.npz"))
    Path("results/a").mkdir(parents=True)
    Path("results/a/mine.txt").write_text("mine")
    assert analyse() == 2
    assert "1 done, 0 skipped, 1 failed" not in capsys.readouterr().err, "quiet"
    assert [path.name for path in Path("results/a").iterdir()] == ["mine.txt"]
    assert analyse() == 2
    assert Path("results/b/report.html").exists()


def test_names_stay_when_more_films_come(here: Path, worked: list[str]) -> None:
    recording(Path("films/m/walk.npz"), 1)
    assert analyse() == 0
    recording(Path("films/a/walk.npz"), 2)
    recording(Path("films/z/walk.npz"), 3)
    assert analyse() == 0
    assert len(worked) == 3
    found = {name: json.loads(Path(f"results/{name}/session.json").read_text("utf-8")) for name in ("walk", "walk-2", "walk-3")}
    assert {name: session["summary"]["reps"]["right"] for name, session in found.items()} == {"walk": 1, "walk-2": 2, "walk-3": 3}


def test_a_single_film_leaves_nothing_but_its_folder_unless_many_were_done_there(here: Path, worked: list[str], capsys: Capture) -> None:
    recording(Path("films/a.npz"))
    assert run("analyse", "films/a.npz", "--no-annotated", "--quiet") == 0
    assert [path.name for path in Path("results").iterdir()] == ["a"]
    assert run("analyse", "films/a.npz", "--no-annotated", "--quiet") == 2
    assert analyse("--force") == 0
    capsys.readouterr()
    assert run("analyse", "films/a.npz", "--no-annotated") == 0
    assert "skipped" in capsys.readouterr().out
    recording(Path("a.npz"), 3)
    assert run("analyse", "a.npz", "--no-annotated", "--quiet") == 2, "the folder of this name is another film's"
    assert run("count", "films/a.npz") == 0
    assert not Path("films/formcheck-batch.sqlite").exists()


def test_an_analysis_that_was_killed_after_its_folder_came_is_done_again(here: Path, worked: list[str]) -> None:
    recording(Path("films/a.npz"))
    recording(Path("films/b.npz"))
    assert analyse() == 0
    with Ledger(Path("results")) as ledger, ledger.writing() as db:
        (row,) = db.execute("SELECT key FROM films WHERE folder = 'a'").fetchall()
        db.execute("DELETE FROM films WHERE folder = 'a'")
        db.execute("INSERT INTO begun VALUES (?, 'a')", (row["key"],))
    assert analyse() == 0
    assert worked == ["films/a.npz", "films/b.npz", "films/a.npz"]


def test_two_runs_at_once_are_refused_clearly(here: Path, capsys: Capture) -> None:
    recording(Path("films/a.npz"))
    with Ledger(Path("out")):
        assert count() == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("formcheck: out: another formcheck is at work")
    assert "--out" in line
    assert count() == 0


@pytest.mark.parametrize("harm", ["text", "newer", "other"])
def test_a_ledger_that_cannot_be_used_is_left_as_it_is(here: Path, capsys: Capture, harm: str) -> None:
    recording(Path("films/a.npz"))
    Path("out").mkdir()
    if harm == "text":
        (Path("out") / LEDGER).write_text("This is no database, and it is long enough to be looked at as one.\n" * 40)
    else:
        connection = sqlite3.connect(Path("out") / LEDGER)
        connection.execute("CREATE TABLE films (name)" if harm == "other" else "PRAGMA user_version = 99")
        connection.commit()
        connection.close()
    before = (Path("out") / LEDGER).read_bytes()
    assert count() == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert LEDGER in line
    assert (Path("out") / LEDGER).read_bytes() == before


def test_a_place_that_cannot_be_written(here: Path, capsys: Capture) -> None:
    recording(Path("films/a.npz"))
    Path("out").write_text("in the way")
    assert count() == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert "--out" in line


def test_the_key_holds_everything_that_changes_the_answer() -> None:
    plain = settings_of(job(), "count", recording=True)
    assert plain == settings_of(job(direction="inward", limit_deg=35.0), "count", recording=True), "what the exercise says anyway"
    others = [
        settings_of(job(side="left"), "count", recording=True),
        settings_of(job(direction="outward"), "count", recording=True),
        settings_of(job(limit_deg=20.0), "count", recording=True),
        settings_of(job(limits_deg={("left", "inward"): 20.0}), "count", recording=True),
        settings_of(job(mirrored=True), "count", recording=True),
        settings_of(_with(profile=Profile(name="anna")), "count", recording=True),
        settings_of(_with(spec=library.load("standing-hip-abduction")), "count", recording=True),
        settings_of(_with(spec=job().spec.model_copy(update={"title": "Mine"})), "count", recording=True),
        settings_of(job(), "analyse", recording=True),
        settings_of(job(), "analyse", recording=True, keep_for="me"),
        settings_of(_with(exports=Exports(opensim=True)), "analyse", recording=True),
        settings_of(_with(bundle=_bundle("1")), "count", recording=False),
        settings_of(_with(bundle=_bundle("2")), "count", recording=False),
        settings_of(_with(bundle=_bundle("1")), "analyse", recording=False),
        settings_of(_with(bundle=_bundle("1"), annotated=False), "analyse", recording=False),
        settings_of(_with(bundle=_bundle("1"), pacer=True), "analyse", recording=False),
    ]
    assert len({one.key for one in (plain, *others)}) == len(others) + 1
    assert settings_of(_with(bundle=_bundle("1"), annotated=False), "count", recording=True) == plain, (
        "nothing of a recording depends on it"
    )


def _with(**changed: object) -> object:
    from dataclasses import replace

    return replace(job(), **changed)  # type: ignore[arg-type]


def _bundle(digit: str) -> object:
    from formcheck.capture.bundles import ModelBundle

    return ModelBundle("heavy", Path("x"), digit * 64)
