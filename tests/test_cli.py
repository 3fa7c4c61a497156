"""The words of the command line, without a pose model."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from formcheck import __version__
from formcheck.cli import main
from formcheck.cli.console import worst
from formcheck.errors import UsageError

HEAVY = ("cv2", "mediapipe", "av", "plotly", "numpy", "scipy", "rich.progress", "formcheck.pipeline")


def test_no_words_say_in_ten_lines_what_it_can_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    out = capsys.readouterr().out
    assert len(out.strip().splitlines()) == 10
    for word in ("demo", "analyse", "count", "exercises", "doctor", "benchmark", "--help"):
        assert word in out
    assert max(len(line) for line in out.splitlines()) <= 100


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.strip() == f"formcheck {__version__}"


@pytest.mark.parametrize(
    "command", [[], ["analyse"], ["count"], ["demo"], ["exercises"], ["exercises", "check"], ["doctor"], ["benchmark"]]
)
def test_help_names_every_option(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command, "--help"]) == 0
    out = capsys.readouterr().out
    assert "Usage: formcheck" in out
    if command == ["analyse"]:
        for option in ("exercise", "side", "direction", "model", "out", "limit-deg", "quiet", "no-annotated", "force", "json"):
            assert f"--{option}" in out
        for name in ("session.json", "annotated.mp4", "report.html", "130"):
            assert name in out


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["analyze", "x.mp4"], "analyse"),
        (["analyse"], "VIDEO"),
        (["analyse", "x.mp4", "--profile", "anna"], "--profile"),
        (["analyse", "x.mp4", "--sidé", "left"], "--sid"),
        (["analyse", "x.mp4", "--side", "middle"], "middle"),
        (["analyse", "x.mp4", "--direction", "up"], "up"),
        (["analyse", "x.mp4", "--model", "huge"], "huge"),
        (["analyse", "x.mp4", "--limit-deg", "far"], "'--limit-deg'"),
        (["analyse", "x.mp4", "--limit-deg", "0"], "--limit-deg 0"),
        (["analyse", "x.mp4", "--limit-deg", "-5"], "--limit-deg -5"),
        (["analyse", "x.mp4", "--limit-deg", "nan"], "--limit-deg nan"),
        (["analyse", "x.mp4", "--limit-deg", "91"], "--limit-deg 91"),
        (["analyse", "x.mp4", "--out"], "--out"),
        (["count", "x.mp4", "--exercise", "hip-internal-rotaton"], "hip-internal-rotation"),
        (["count", "-x.mp4"], "-x"),
        (["count", "x.mp4", "--direction", "inwards"], "inwards"),
        (["exercises", "shw"], "show"),
        (["test"], "run.py test"),
    ],
)
def test_wrong_words_end_with_2_and_one_line(words: list[str], part: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == UsageError.exit_code
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    assert line.startswith("formcheck: ")
    assert part in line


def test_a_surprise_is_one_line_with_a_way_to_learn_more(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise ZeroDivisionError("a/b")

    monkeypatch.delenv("FORMCHECK_DEBUG", raising=False)
    monkeypatch.setattr("formcheck.cli.exercises.list_exercises", fail)
    assert main(["exercises", "list"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "ZeroDivisionError" in line
    assert "FORMCHECK_DEBUG=1" in line
    monkeypatch.setenv("FORMCHECK_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        main(["exercises", "list"])


def test_a_missing_system_library_names_its_package(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise ImportError("libGL.so.1: cannot open shared object file: No such file or directory")

    monkeypatch.setattr("formcheck.cli.exercises.list_exercises", fail)
    assert main(["exercises", "list"]) == 1
    assert "libgl1" in capsys.readouterr().err


@pytest.mark.parametrize(("codes", "code"), [([], 0), ([0, 0], 0), ([0, 4], 4), ([4, 3, 0], 3), ([2, 4], 2), ([3, 130], 130), ([1, 3], 1)])
def test_the_worst_code_wins(codes: list[int], code: int) -> None:
    assert worst(codes) == code


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    program = (
        "import sys; from formcheck.cli import main; code = main(sys.argv[1:]); "
        f"heavy = [name for name in {HEAVY} if name in sys.modules]; sys.exit(code or heavy or 0)"
    )
    return subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, text=True, env=os.environ | environment, check=False
    )


@pytest.mark.parametrize("words", [["--help"], ["analyse", "--help"], []])
def test_help_loads_nothing_heavy(words: list[str]) -> None:
    done = run(*words)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_reader_may_leave_early() -> None:
    program = "import sys; from formcheck.cli import main; sys.exit(main(['--help']))"
    with subprocess.Popen(
        [sys.executable, "-c", f"import time; time.sleep(0.3); {program}"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert re.sub(rb"\s", b"", process.stderr.read()) == b""


def test_letters_the_terminal_cannot_show_are_no_reason_to_fail() -> None:
    done = run("count", "Übung \u0950.mp4", "--exercise", "Übung \u0950", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 2
    assert done.stderr.startswith("formcheck: ")
