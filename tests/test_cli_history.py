"""`history` and `live` by their words."""

from __future__ import annotations

import csv
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import pytest

from formcheck.capture.taken import taken_at
from formcheck.cli import main
from formcheck.errors import InputError
from formcheck.history.entry import entry_of
from formcheck.history.store import History
from tests.builders import example_recording, example_report
from tests.cli_support import film, use_stand_in
from tests.live_parts import Rehearsal, guided
from tests.test_live_session import RIGHT

NOW = datetime(2026, 5, 3, 18, 30, tzinfo=UTC)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FORMCHECK_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def two(data: Path) -> Path:
    report = example_report(example_recording(), reps=5)
    for place in range(2):
        history = History()
        files = {"report.html": b"<p>"} if place == 0 else None
        history.add(entry_of(report, f"s{place}", NOW + timedelta(days=place), source="live", ended="completed", files=files))
    return data


def test_an_empty_history_says_how_to_fill_it(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["history"], ["history", "list"], ["history", "trend"]):
        assert main(words) == 0
        assert "`live`" in capsys.readouterr().out
    for words in (["history", "show"], ["history", "export", "all", "a.csv"], ["history", "delete", "x", "--yes"]):
        assert main(words) == 2
        assert "the history is empty" in capsys.readouterr().err
    assert main(["history", "recover"]) == 0 and "no unfinished session" in capsys.readouterr().out
    assert not data.exists()


def test_sessions_are_listed_and_shown(two: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 and lines[0].startswith("s1") and "right 4" in lines[0]
    assert main(["history", "list", "--json"]) == 0
    assert [json.loads(line)["id"] for line in capsys.readouterr().out.splitlines()] == ["s1", "s0"]
    assert main(["history", "show", "s0"]) == 0
    said = capsys.readouterr().out
    assert "not counted: partial" in said and "over rotation: 1" in said and "report.html" in said
    assert main(["history", "show", "last", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["repetitions"]) == 5
    assert main(["history", "show", "nobody"]) == 2 and "nobody: no session has this id" in capsys.readouterr().err


def test_a_trend_is_told_with_its_error(two: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", "trend"]) == 0
    said = capsys.readouterr().out
    assert "Hip internal rotation, right leg" in said and said.count("repetitions") == 2 and "cannot be told" in said
    assert main(["history", "trend", "--json", "--exercise", "hip-internal-rotation"]) == 0
    assert len(json.loads(capsys.readouterr().out)["points"]) == 2
    assert main(["history", "trend", "--exercise", "standing-hip-abduction"]) == 0


def test_sessions_are_exported_and_nothing_is_written_over(two: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, values = tmp_path / "all.csv", tmp_path / "one.json"
    assert main(["history", "export", "all", str(table)]) == 0 and main(["history", "export", "s0", str(values)]) == 0
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 10 and rows[0]["range_deg"] == "20.0" and rows[0]["range_pm_deg"] == ""
    assert json.loads(values.read_text("utf-8"))[0]["id"] == "s0"
    assert main(["history", "export", "all", str(table)]) == 2 and main(["history", "export", "all", "a.txt"]) == 2
    said = capsys.readouterr().err
    assert "is there already" in said and "ends in .json or .csv" in said
    assert main(["history", "export", "all", str(tmp_path / "none" / "a.csv")]) == 3 or "cannot be written" in capsys.readouterr().err


def test_deleting_asks_first(two: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert main(["history", "delete", "s0"]) == 2 and "--yes" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _: "n")
    assert main(["history", "delete", "s0"]) == 0 and "Nothing was deleted" in capsys.readouterr().out
    assert main(["history", "delete", "s0", "--yes"]) == 0
    assert [row.id for row in History().sessions()] == ["s1"]


@pytest.mark.slow
def test_all_of_it_can_be_deleted(two: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", "delete", "all", "--yes"]) == 0 and capsys.readouterr().out == "2 sessions deleted.\n"
    assert History().sessions() == [] and list((two / "sessions").iterdir()) == []
    assert main(["history", "delete", "all", "--yes"]) == 2 and "the history is empty" in capsys.readouterr().err


def test_a_session_that_broke_off_is_kept_by_the_next_start(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Rehearsal(guided(3), data, wishes=RIGHT).run()
    assert main(["history", "recover"]) == 0
    assert "is in the history now" in capsys.readouterr().out
    assert main(["history", "list"]) == 0 and "right 3" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--exercise", "squats"], 2, "unknown exercise"),
        (["--target", "99"], 2, "does not fit"),
        (["--legs", "middle"], 2, "middle"),
        (["--discomfort", "11"], 2, "discomfort 11"),
        (["--camera", "none.mp4", "--no-window", "--model", "lite"], 3, "none.mp4"),
        (["--profile", "../me", "--start", "--camera", "none.mp4", "--no-window"], 2, "name"),
    ],
)
def test_what_cannot_be_begun_is_named(data: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, said: str) -> None:
    assert main(["live", "--no-voice", "--no-sounds", *words]) == code
    assert said in capsys.readouterr().err


def test_the_cameras_are_listed(data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from formcheck.capture.camera_list import Camera
    from formcheck.cli import live

    monkeypatch.setattr(live, "cameras", lambda: (Camera(0, "Webcam"), Camera(2, "Other")))
    assert main(["live", "--cameras"]) == 0 and capsys.readouterr().out == "0: Webcam\n2: Other\n"
    monkeypatch.setattr(live, "cameras", lambda: ())
    assert main(["live", "--cameras"]) == 3 and "no camera was found" in capsys.readouterr().err


def test_people_are_told_apart(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = example_report(example_recording(), reps=5)
    for place, person in enumerate(("Anna", "Bo", "anna")):
        History().add(entry_of(report, f"s{place}", NOW + timedelta(days=place), source="live", person=person))
    assert main(["history", "list"]) == 0
    assert [line.split("  ")[-1].split(",")[0] for line in capsys.readouterr().out.splitlines()] == ["anna", "Bo", "Anna"]
    assert main(["history", "list", "--profile", "ANNA"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line[:2] for line in said] == ["s2", "s0"] and "Anna," not in said[1], "one person needs no name"
    assert main(["history", "trend", "--json"]) == 0
    trends = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {(trend["person"].casefold(), len(trend["points"])) for trend in trends} == {("anna", 2), ("bo", 1)}
    assert main(["history", "trend", "--profile", "Carl"]) == 0 and "No repetition by Carl was kept." in capsys.readouterr().out


def test_an_analysed_film_is_kept_once_and_without_its_pictures(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use_stand_in(monkeypatch)
    video = film(tmp_path / "set.mp4")
    os.utime(video, (NOW.timestamp(), NOW.timestamp()))
    words = ["analyse", str(video), "--out", str(tmp_path / "r"), "--history", "--force"]
    assert main(words) == 0 and "In the history as 20260503T183000-" in capsys.readouterr().out
    assert main(words) == 0
    (row,) = History().sessions()
    assert (row.source, row.person, row.started_at) == ("recorded", "me", NOW) and row.reps["right"] > 0
    folder = History().files_of(row)
    assert folder is not None
    assert {path.name for path in folder.iterdir()} == {"session.json", "reps.csv", "frames.csv", "landmarks.npz", "report.html"}
    page = (folder / "report.html").read_text("utf-8")
    assert "data:video" not in page and "data:image/jpeg" not in page
    # Other settings are another analysis of the same film.
    assert main([*words, "--limit-deg", "20"]) == 0 and len(History().sessions()) == 2
    capsys.readouterr()
    assert main(["history", "trend"]) == 0 and "right leg" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("2025-01-02T03:04:05.000000Z", datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("1970-01-01T00:00:00.000000Z", NOW),
        ("yesterday", NOW),
        (None, NOW),
    ],
)
def test_when_a_film_was_taken(said: str | None, expected: datetime, tmp_path: Path) -> None:
    path = tmp_path / "a.mov"
    with av.open(str(path), "w") as container:
        if said is not None:
            container.metadata["creation_time"] = said
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        container.mux(stream.encode(av.VideoFrame(64, 48, "yuv420p")))
        container.mux(stream.encode())
    os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    assert taken_at(path) == expected
    with pytest.raises(InputError, match="when it was taken"):
        taken_at(tmp_path / "gone.mov")
