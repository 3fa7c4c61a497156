"""Good and bad inputs through the whole command line: one clear line, the right exit code, the others still done, nothing half-written."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from formcheck.cli import main
from formcheck.motion.recording import PoseRecording
from tests.builders import example_recording
from tests.cli_support import film, json_lines, nobody, use_stand_in
from tests.videos import busy, cut, scratch, write_sound, write_video

ROOT = Path(__file__).resolve().parent.parent
RESULTS = {"session.json", "reps.csv", "frames.csv", "landmarks.npz", "annotated.mp4", "report.html"}
Capture = pytest.CaptureFixture[str]


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    use_stand_in(monkeypatch)
    return tmp_path


def empty(path: Path) -> None:
    path.write_bytes(b"")


def text(path: Path) -> None:
    path.write_text("This is no video at all.\n" * 50)


def truncated(path: Path) -> None:
    cut(write_video(path, 60, paint=busy), 0.5)


def no_frames(path: Path) -> None:
    write_video(path, 0)


def folder(path: Path) -> None:
    path.mkdir()


UNREADABLE: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda path: None, "no such file"),
    "folder": (folder, "is a folder"),
    "empty": (empty, "is empty"),
    "text": (text, "is not a video"),
    "truncated": (truncated, "is cut short"),
    "sound": (write_sound, "sound but no picture"),
    "no-frames": (no_frames, "no"),
}


@pytest.mark.parametrize("command", ["count", "analyse"])
@pytest.mark.parametrize("kind", UNREADABLE)
def test_what_cannot_be_read_is_named_and_leaves_nothing(here: Path, capsys: Capture, command: str, kind: str) -> None:
    make, reason = UNREADABLE[kind]
    path = Path(f"{kind}.mp4")
    make(path)
    assert main([command, str(path)]) == 3
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert line.startswith(f"formcheck: {kind}.mp4: ")
    assert reason in line
    assert names_in(here) <= {path.name}


def test_the_others_are_still_counted(here: Path, capsys: Capture) -> None:
    film(Path("good.mp4"))
    text(Path("text.mp4"))
    assert main(["count", "text.mp4", "good.mp4", "missing.mp4", "--workers", "1"]) == 3
    out, err = capsys.readouterr()
    assert out.splitlines() == ["good.mp4: 3 right, 0 left"]
    first, second, *summed_up = err.splitlines()
    assert [line.split(": ")[1] for line in (first, second)] == ["text.mp4", "missing.mp4"]
    again = [line.replace(": ", ":   ", 1) for line in (first, second)]
    assert summed_up == ["formcheck: failed:", *again, "formcheck: 1 done, 0 skipped, 2 failed."]


def test_count_speaks_json_of_every_file(here: Path, capsys: Capture) -> None:
    film(Path("good.mp4"))
    assert main(["count", "good.mp4", "missing.mp4", "--json", "--workers", "1"]) == 3
    good, missing = json_lines(capsys.readouterr().out)
    assert good == {
        "path": "good.mp4",
        "exercise": "hip-internal-rotation",
        "reps": {"left": 0, "right": 3, "both": 0, "total": 3},
        "partial": 0,
        "measured_fraction": 1.0,
        "error": None,
        "reps_by_direction": {
            "inward": {"left": 0, "right": 3, "both": 0, "total": 3, "wrong_direction": 0},
            "outward": {"left": 0, "right": 0, "both": 0, "total": 0, "wrong_direction": 0},
        },
    }
    assert missing["reps"] == {"left": 0, "right": 0, "both": 0, "total": 0}
    assert (missing["path"], missing["partial"], missing["measured_fraction"]) == ("missing.mp4", 0, 0.0)
    assert "no such file" in missing["error"]
    assert names_in(here) == {"good.mp4"}


def test_analyse_writes_every_result_and_says_what_it_found(here: Path, capsys: Capture) -> None:
    film(Path("good.mp4"))
    assert main(["analyse", "good.mp4"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "3" in out
    assert str(Path("results/good/report.html")) in out
    assert names_in(here / "results") == {"good"}
    assert names_in(here / "results" / "good") == RESULTS
    assert all(path.stat().st_size > 100 for path in (here / "results" / "good").iterdir())


def test_quiet_and_json(here: Path, capsys: Capture) -> None:
    film(Path("good.mp4"))
    assert main(["analyse", "good.mp4", "--quiet", "--no-annotated", "--out", "a"]) == 0
    assert capsys.readouterr() == ("", "")
    assert names_in(here / "a" / "good") == RESULTS - {"annotated.mp4"}
    assert main(["analyse", "good.mp4", "--json", "--no-annotated", "--out", "b"]) == 0
    (line,) = json_lines(capsys.readouterr().out)
    assert line["reps"]["total"] == 3
    assert Path(line["folder"]) == Path("b/good")


def test_results_that_are_there_are_kept_unless_forced(here: Path, capsys: Capture) -> None:
    film(Path("good.mp4"))
    kept = here / "results" / "good"
    kept.mkdir(parents=True)
    (kept / "mine.txt").write_text("mine")
    assert main(["analyse", "good.mp4", "--no-annotated"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert str(Path("results/good")) in line
    assert "--force" in line
    assert names_in(kept) == {"mine.txt"}
    assert main(["analyse", "good.mp4", "--no-annotated", "--force"]) == 0
    assert names_in(kept) == RESULTS - {"annotated.mp4"}
    assert names_in(here / "results") == {"good"}


def test_two_videos_of_one_name_get_a_folder_each(here: Path) -> None:
    Path("b").mkdir()
    film(Path("good.mp4"), 2)
    film(Path("b/good.mp4"), 2)
    assert main(["analyse", "good.mp4", "b/good.mp4", "--no-annotated", "--quiet", "--workers", "1"]) == 0
    assert names_in(here / "results") == {"good", "good-2", "formcheck-batch.sqlite", "files.csv", "repetitions.csv"}


@pytest.mark.parametrize("name", ["Übung zwei.mp4", "股関節.mp4", "a b  c.mp4", "-dash.mp4", "per%cent's [x].mp4", "no suffix at all"])
def test_names_of_every_kind(here: Path, capsys: Capture, name: str) -> None:
    film(Path("plain.mp4"))
    shutil.move("plain.mp4", name)
    assert main(["count", "--", name]) == 0
    assert capsys.readouterr().out.strip() == f"{name}: 3 right, 0 left"
    assert main(["analyse", "--no-annotated", "--quiet", "--", name]) == 0
    assert len(names_in(here / "results")) == 1


@pytest.mark.parametrize("out", ["file", "file/deeper"])
def test_a_place_that_cannot_be_written(here: Path, capsys: Capture, out: str) -> None:
    film(Path("good.mp4"), 2)
    Path("file").write_text("in the way")
    assert main(["analyse", "good.mp4", "--out", out]) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert "--out" in line
    assert names_in(here) == {"good.mp4", "file"}


def test_nobody_in_view(here: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    use_stand_in(monkeypatch, nobody())
    film(Path("empty-room.mp4"), 3)
    assert main(["analyse", "empty-room.mp4"]) == 4
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert line.startswith("formcheck: empty-room.mp4: ")
    assert names_in(here) == {"empty-room.mp4"}
    assert main(["count", "empty-room.mp4", "--json"]) == 4
    (line_json,) = json_lines(capsys.readouterr().out)
    assert line_json["error"]
    assert line_json["reps"]["total"] == 0
    assert main(["count", "empty-room.mp4", "missing.mp4", "--workers", "1"]) == 3


def test_pictures_that_are_damaged_are_told_and_the_rest_is_measured(here: Path, capsys: Capture) -> None:
    scratch(write_video(Path("hurt.mkv"), 120, size=(160, 120), paint=busy), 0.45, 0.5)
    assert main(["count", "hurt.mkv"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("hurt.mkv: ")
    assert "could not be decoded" in err


@pytest.mark.parametrize(
    ("label", "options"),
    [
        ("portrait", {"rotation_ccw_deg": 90.0}),
        ("odd", {"size": (161, 121), "pix_fmt": "yuv444p"}),
    ],
)
def test_unusual_pictures_are_analysed(here: Path, label: str, options: dict[str, object]) -> None:
    film(Path(f"{label}.mp4"), 6, **options)
    assert main(["analyse", f"{label}.mp4", "--quiet"]) == 0
    assert names_in(here / "results" / label) == RESULTS


def test_a_picture_too_small_for_a_person_is_not_measurable(here: Path, capsys: Capture) -> None:
    film(Path("tiny.mp4"), 6, size=(16, 16))
    assert main(["analyse", "tiny.mp4"]) == 4
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("formcheck: tiny.mp4: ")
    assert names_in(here) == {"tiny.mp4"}


@pytest.mark.parametrize("fps", [5, 240])
def test_unusual_frame_rates_count_the_same(here: Path, capsys: Capture, fps: int) -> None:
    write_video(Path("rate.mp4"), 20 * fps, fps=fps, size=(160, 120), options={"preset": "ultrafast"})
    assert main(["count", "rate.mp4"]) == 0
    assert capsys.readouterr().out.strip() == "rate.mp4: 3 right, 0 left"


def test_recorded_landmarks_stand_in_for_a_video(here: Path, capsys: Capture) -> None:
    film(Path("good.mp4"))
    assert main(["analyse", "good.mp4", "--no-annotated", "--quiet"]) == 0
    recorded = Path("results/good/landmarks.npz")
    assert main(["count", str(recorded)]) == 0
    assert capsys.readouterr().out.strip().endswith("3 right, 0 left")
    assert main(["analyse", str(recorded)]) == 0
    assert "no annotated video" in capsys.readouterr().err
    replayed = here / "results" / "good-replay"
    assert names_in(replayed) == RESULTS - {"annotated.mp4"}
    assert (replayed / "session.json").read_bytes() == (here / "results" / "good" / "session.json").read_bytes()


def test_a_recording_needs_no_model(here: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    example_recording().save(Path("walk.npz"))
    monkeypatch.setenv("FORMCHECK_MODELS", str(here / "nowhere"))
    assert main(["count", "walk.npz"]) == 0
    assert capsys.readouterr().out.strip() == "walk.npz: 3 right, 0 left"


@pytest.mark.parametrize("kind", ["missing", "folder", "text", "no-frames"])
def test_recordings_that_cannot_be_read(here: Path, capsys: Capture, kind: str) -> None:
    path = Path(f"{kind}.npz")
    if kind == "no-frames":
        whole = example_recording()
        PoseRecording(whole.time_s[:0], whole.image_xy[:0], whole.world_xyz[:0], whole.visibility[:0], (640, 480)).save(path)
    else:
        {"missing": lambda path: None, "folder": folder, "text": text}[kind](path)
    assert main(["count", str(path)]) == (4 if kind == "no-frames" else 3)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"formcheck: {kind}.npz: ")


@pytest.mark.parametrize("harm", ["missing", "altered"])
def test_a_model_that_is_missing_or_altered(here: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, harm: str) -> None:
    film(Path("good.mp4"), 2)
    models = here / "models"
    models.mkdir()
    if harm == "altered":
        (models / "pose_landmarker_full.task").write_bytes(b"not the model")
    monkeypatch.setenv("FORMCHECK_MODELS", str(models))
    assert main(["analyse", "good.mp4", "--model", "full"]) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert "pose_landmarker_full.task" in line
    assert harm in line
    assert "results" not in names_in(here)


def test_a_broken_exercise_file_is_named_with_line_and_key(here: Path, capsys: Capture) -> None:
    Path("my.toml").write_text('id = "my-squat"\ntitel = "My squat"\n')
    assert main(["count", "good.mp4", "--exercise", "my.toml"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "my.toml" in line
    assert "line 2" in line
    assert "titel" in line
    assert main(["exercises", "check", "my.toml"]) == 3
    assert "line 2" in capsys.readouterr().err


def test_exercises_are_listed_and_shown(capsys: Capture) -> None:
    assert main(["exercises"]) == 0
    listed = capsys.readouterr().out
    assert main(["exercises", "list"]) == 0
    assert capsys.readouterr().out == listed
    for name in ("hip-internal-rotation", "banded-seated-hip-abduction", "standing-hip-abduction", "side-lying-hip-external-rotation"):
        assert name in listed.splitlines()
        assert main(["exercises", "show", name]) == 0
        shown = capsys.readouterr().out
        assert name in shown
        assert "How to do it" in shown
        assert max(len(line) for line in shown.splitlines()) <= 100


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
@pytest.mark.parametrize("largest_bytes", [2_000, 200_000])
def test_a_disk_that_runs_full_leaves_nothing(here: Path, largest_bytes: int) -> None:
    film(Path("good.mp4"))
    program = (
        "import resource, signal, sys; from pytest import MonkeyPatch; from formcheck.cli import main; "
        "from tests.cli_support import use_stand_in; use_stand_in(MonkeyPatch()); signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({largest_bytes}, {largest_bytes})); sys.exit(main(['analyse', 'good.mp4']))"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=False, timeout=60)
    assert done.returncode == 3, done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("formcheck: ")
    assert str(Path("results/good")) in line
    assert ".partial" not in line
    assert names_in(here) == {"good.mp4"}


def test_the_demo_replaces_its_own_results_only(here: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    sample = film(Path("sample.mp4"), 6)
    monkeypatch.setattr("formcheck.resources.sample_path", lambda: sample)
    assert main(["demo", "--no-annotated"]) == 0
    assert str(Path("results/demo/report.html")) in capsys.readouterr().out
    assert main(["demo", "--no-annotated", "--quiet"]) == 0
    Path("b").mkdir()
    film(Path("b/demo.mp4"), 6)
    assert main(["analyse", "b/demo.mp4", "--no-annotated", "--quiet", "--force"]) == 0
    capsys.readouterr()
    assert main(["demo", "--no-annotated"]) == 2
    assert "--force" in capsys.readouterr().err
    assert main(["demo", "--no-annotated", "--quiet", "--force"]) == 0
