"""Ctrl-C: what was measured so far is kept and said to be partial; a second one gives up."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from formcheck.cli import main
from formcheck.report.annotated import AnnotatedVideo
from tests.cli_support import film, json_lines, use_stand_in

ROOT = Path(__file__).resolve().parent.parent
#: All in the thread that hears Ctrl-C, so that it comes at the frame at which it is pressed.
ALONE = ("--workers", "1")


def press_ctrl_c_at(*frames: int) -> Callable[[int], None]:
    def press(index: int) -> None:
        if index in frames:
            signal.raise_signal(signal.SIGINT)

    return press


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_count_says_what_was_counted_until_then(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    use_stand_in(monkeypatch, after=press_ctrl_c_at(420))
    film(Path("a.mp4"))
    assert main(["count", "a.mp4", "b.mp4", *ALONE]) == 130
    out, err = capsys.readouterr()
    assert out == "a.mp4: 2 right, 0 left\n"
    assert err.splitlines() == [
        "formcheck: a.mp4: stopped early at 14.0 s; the results are of what was measured until then.",
        "formcheck: b.mp4: stopped before it was looked at.",
        "formcheck: 1 done, 0 skipped, 0 failed, 1 not looked at.",
    ]


def test_json_says_it_too(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    use_stand_in(monkeypatch, after=press_ctrl_c_at(420))
    film(Path("a.mp4"))
    assert main(["count", "a.mp4", "b.mp4", "--json", *ALONE]) == 130
    first, second = json_lines(capsys.readouterr().out)
    assert (first["reps"]["right"], first["stopped_s"], first["error"]) == (2, 14.0, None)
    assert second["reps"]["total"] == 0
    assert "stopped" in second["error"]


def test_analyse_writes_whole_results_of_the_part(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    use_stand_in(monkeypatch, after=press_ctrl_c_at(420))
    film(Path("a.mp4"))
    assert main(["analyse", "a.mp4", "--quiet", *ALONE]) == 130
    assert "stopped early at 14.0 s" in capsys.readouterr().err
    results = here / "results" / "a"
    assert {path.name for path in (here / "results").iterdir()} == {"a"}
    session = json.loads((results / "session.json").read_text("utf-8"))
    assert session["summary"]["reps"]["right"] == 2
    assert session["source"]["frames"] == 421
    assert session["source"]["stopped_s"] == 14.0
    assert (results / "annotated.mp4").stat().st_size > 1000


def test_twice_gives_up_and_leaves_nothing(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def press_twice(index: int) -> None:
        if index == 100:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)

    use_stand_in(monkeypatch, after=press_twice)
    film(Path("a.mp4"))
    assert main(["analyse", "a.mp4", *ALONE]) == 130
    assert capsys.readouterr().err == "formcheck: stopped; nothing more was written.\n"
    assert {path.name for path in here.iterdir()} == {"a.mp4"}


def test_before_anything_could_be_measured(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    use_stand_in(monkeypatch, after=press_ctrl_c_at(0))
    film(Path("a.mp4"))
    assert main(["analyse", "a.mp4", *ALONE]) == 130
    assert "a.mp4" in capsys.readouterr().err
    assert {path.name for path in here.iterdir()} == {"a.mp4"}


def test_ctrl_c_works_as_before_afterwards(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.getsignal(signal.SIGINT)
    use_stand_in(monkeypatch)
    film(Path("a.mp4"), 2)
    main(["count", "a.mp4", *ALONE])
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.slow
@pytest.mark.model
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for a single process")
def test_a_real_ctrl_c_in_a_real_process(here: Path) -> None:
    program = "import sys; from formcheck.cli import main; sys.exit(main())"
    clip = ROOT / "samples" / "hip-internal-rotation-too-far.mp4"
    words = [sys.executable, "-c", program, "analyse", str(clip), "--model", "lite", "--quiet"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=here, env=environment) as process:
        waited = time.monotonic() + 30
        while not list(here.glob("results/.formcheck-*")) and time.monotonic() < waited:
            time.sleep(0.05)
        time.sleep(2.5)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert out == ""
    (line,) = err.splitlines()
    assert "stopped early at" in line
    (folder,) = (here / "results").iterdir()
    session = json.loads((folder / "session.json").read_text("utf-8"))
    assert 0 < session["source"]["frames"] < 706


def test_while_drawing_the_annotated_video_is_left_out(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use_stand_in(monkeypatch)
    film(Path("a.mp4"))
    drawn: list[float] = []

    def press(self: AnnotatedVideo, image: object, time_s: float) -> None:
        drawn.append(time_s)
        if len(drawn) == 50:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(AnnotatedVideo, "write", press)
    assert main(["analyse", "a.mp4", "b.mp4", "--quiet", *ALONE]) == 130
    lines = capsys.readouterr().err.splitlines()
    assert "the annotated video is left out" in lines[0]
    assert lines[1:] == ["formcheck: b.mp4: stopped before it was looked at."]
    assert len(drawn) == 50
    names = {path.name for path in (here / "results" / "a").iterdir()}
    assert names == {"session.json", "reps.csv", "frames.csv", "landmarks.npz", "report.html"}
    session = json.loads((here / "results" / "a" / "session.json").read_text("utf-8"))
    assert session["summary"]["reps"]["right"] == 3
