"""The `benchmark` command, and what it measures, on small films."""

from __future__ import annotations

import json
import math
import sys
from contextlib import nullcontext
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from formcheck.benchmark import played, started, suite
from formcheck.benchmark.film import cut_video, film_facts, repeat_video, stretch
from formcheck.benchmark.live_loop import LiveTimes
from formcheck.benchmark.measurement import Run
from formcheck.benchmark.parts import repeated
from formcheck.benchmark.processes import formcheck_command, run
from formcheck.capture.bundles import bundle
from formcheck.cli import main
from formcheck.errors import FormcheckError
from formcheck.live.endurance import Endurance
from formcheck.motion.landmarks import Side
from formcheck.web.endurance import PageEndurance
from tests.builders import example_recording
from tests.test_benchmark_turns import a_run, measured
from tests.videos import write_video

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "samples" / "hip-internal-rotation-too-far.mp4"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """A benchmark that measures nothing and remembers what it was asked for."""
    seen: list[tuple[object, ...]] = []

    def fake(path: Path, models: object, names: object, turns: int, told: object) -> Run:
        seen.append((path.name, models, names, turns))
        return a_run(measured(naive=0.9))

    monkeypatch.setattr("formcheck.benchmark.suite.run_benchmark", fake)
    return seen


def test_words_reach_the_benchmark(asked: list[tuple[object, ...]], capsys: pytest.CaptureFixture[str]) -> None:
    words = ["benchmark", "x.mp4", "--only", "draw,decode", "--only", "memory", "--model", "full", "--runs", "5", "--json"]
    assert main(words) == 0
    assert asked == [("x.mp4", ("full",), ("decode", "draw", "memory"), 5)]
    out, err = capsys.readouterr()
    assert json.loads(out) == a_run(measured(naive=0.9)).as_json() and err == ""
    assert main(["benchmark"]) == 0
    assert asked[1][0] == SAMPLE.name and asked[1][1] == ("lite", "full", "heavy")
    assert "count" in capsys.readouterr().out


def test_what_is_written_can_be_checked(asked: list[tuple[object, ...]], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page, record = tmp_path / "speed.md", tmp_path / "speed.json"
    assert main(["benchmark", "--only", "count", "--model", "lite", "--write", str(page)]) == 0
    command = f"python3 run.py benchmark --only count --model lite --write {page.as_posix()}"
    assert command in page.read_text("utf-8")
    assert json.loads(record.read_text("utf-8")) == a_run(measured(naive=0.9)).as_json()
    assert main(["benchmark", "--check", str(record)]) == 0
    assert "none of 2 ratios is worse" in capsys.readouterr().err
    older = a_run(measured(naive=0.6)).as_json()
    record.write_text(json.dumps(older))
    assert main(["benchmark", "--check", str(record)]) == 1
    assert "slower than recorded: count, lite: 0.9 times the usual loop, was 0.6 (+50%)" in capsys.readouterr().err
    assert main(["benchmark", "--check", str(record), "--tolerance", "0.6"]) == 0
    older["machine"]["cores"] = 64
    record.write_text(json.dumps(older))
    capsys.readouterr()
    assert main(["benchmark", "--check", str(record)]) == 0
    assert "64 cores" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--only", "drw"], 2, "did you mean draw?"),
        (["--tolerance", "0.1"], 2, "--check FILE.json"),
        (["--runs", "0"], 2, "--runs"),
        (["--check", "missing.json"], 3, "missing.json: cannot be read"),
    ],
)
def test_wrong_words_are_told_before_anything_is_measured(
    words: list[str], code: int, said: str, asked: list[tuple[object, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["benchmark", *words]) == code
    assert said in capsys.readouterr().err
    assert not asked


def test_a_page_that_cannot_be_written_is_told(asked: list[tuple[object, ...]], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["benchmark", "--write", str(tmp_path / "nowhere" / "speed.md")]) == 3
    assert "choose another file with --write" in capsys.readouterr().err


def test_benchmark_of_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["benchmark", "missing.mp4"]) == 3
    assert "missing.mp4" in capsys.readouterr().err


@pytest.mark.parametrize("turns", [1, 3])
def test_a_repeated_video_is_as_long_as_it_should_be(tmp_path: Path, turns: int) -> None:
    source = write_video(tmp_path / "a.mp4", 30)
    repeat_video(source, tmp_path / "b.mp4", float(turns))
    with av.open(str(tmp_path / "b.mp4")) as container:
        times = [frame.time for frame in container.decode(video=0)]
    assert len(times) == 30 * turns
    assert all(later > earlier for earlier, later in pairwise(times))
    assert times[-1] == pytest.approx(turns - 1 / 30, abs=0.01)


def test_a_film_is_cut_and_its_facts_are_told(tmp_path: Path) -> None:
    source = write_video(tmp_path / "a.mp4", 60, options={"bf": "0"})
    assert film_facts(cut_video(source, tmp_path / "b.mp4", 20))["frames"] == 20
    assert film_facts(source) == {"name": "a.mp4", "frames": 60, "width": 64, "height": 48, "fps": 30.0}
    assert len(stretch(source)) == 60


def test_landmarks_are_repeated_until_they_last_long_enough() -> None:
    once = example_recording(duration_s=5.0, reps=1)
    more = repeated(once, 60.0)
    assert len(more) == 12 * len(once)
    assert np.allclose(np.diff(more.time_s), 1 / 30)
    assert (more.image_xy[len(once) : 2 * len(once)] == once.image_xy).all()
    assert len(repeated(once, 0.1)) == len(once)


def test_what_cannot_be_measured_here_is_left_out_with_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("formcheck.web.rehearsal.find_chromium", lambda: None)
    monkeypatch.setattr(started, "can_tell_memory", lambda: False)
    film = write_video(tmp_path / "a.mp4", 3)
    found = suite.run_benchmark(film, ["lite"], ("browser", "memory"), 1)
    assert [one.name for one in found.skipped] == ["browser", "memory"] and not found.measurements
    assert "Chromium" in found.skipped[0].reason or "Playwright" in found.skipped[0].reason


def test_a_program_that_fails_is_told_in_a_line() -> None:
    with pytest.raises(FormcheckError, match=r"ended with 3 .*missing.mp4"):
        run(formcheck_command("count", "missing.mp4", "--quiet"))
    assert run([sys.executable, "-c", "print(7)"]) == "7\n"


def test_an_hour_live_and_an_hour_in_the_page_give_their_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    recording = example_recording()
    monkeypatch.setattr(played, "landmarks_of", lambda path, bundle: recording)
    monkeypatch.setattr("formcheck.web.rehearsal.browser", lambda: nullcontext())
    monkeypatch.setattr(
        "formcheck.live.endurance.endure", lambda got, spec, idle: asked.append((got, idle)) or Endurance(108_000, 200.0, 210.0, 87.0)
    )
    monkeypatch.setattr(
        "formcheck.web.endurance.endure_page", lambda got: asked.append(got) or PageEndurance(108_000, 1.0, 2.0, 3.0, 4.0, 5.0, math.nan)
    )
    found = suite.run_benchmark(SAMPLE, ["full", "lite"], ("live-hour", "browser-hour"), 3)
    assert asked == [(recording, Side.LEFT), recording]
    assert {one.name: one.value for one in found.measurements[:3]} == {
        "live-hour/early": 200.0,
        "live-hour/end": 210.0,
        "live-hour/journal": 87.0,
    }
    assert [one.value for one in found.measurements[3:8]] == [1.0, 2.0, 3.0, 4.0, 5.0]
    last = found.as_json()["measurements"][-1]
    assert (last["name"], last["value"], last["ratio_to_naive"], last["unit"]) == ("browser-hour/scripts-late", None, None, "MB")
    assert {one.model for one in found.measurements} == {"lite"} and all(len(one.runs) == 1 for one in found.measurements)


def test_a_film_too_short_to_be_played_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = LiveTimes("lite", 3, 30.0, 0, math.nan, math.nan, math.nan, False)
    monkeypatch.setattr("formcheck.benchmark.live_loop.live_times", lambda path, model: nothing)
    monkeypatch.setattr(played, "naive_frame_s", lambda *_: 0.01)
    monkeypatch.setattr(played, "bare_frame_s", lambda *_: 0.01)
    found = suite.run_benchmark(write_video(tmp_path / "a.mp4", 3), ["lite"], ("live",), 1)
    assert "too short to be played as a camera" in found.skipped[0].reason


@pytest.mark.slow
@pytest.mark.model
def test_everything_but_what_takes_a_camera_is_measured(tmp_path: Path) -> None:
    film = cut_video(SAMPLE, tmp_path / "short.mp4", 150)
    names = ("decode", "pose", "convert", "analysis", "draw", "encode", "report", "naive", "count", "analyse", "start")
    found = suite.run_benchmark(film, ["lite"], names, 1)
    assert not found.skipped
    values = {one.name: one for one in found.measurements}
    assert {name.partition("/")[0] for name in values} == set(names)
    assert all(one.value > 0 and one.ratio_to_naive > 0 and one.ratio_to_bare > 0 for one in found.measurements)
    assert (values["naive"].ratio_to_naive, values["pose"].ratio_to_bare) == (1.0, 1.0)


@pytest.mark.slow
@pytest.mark.model
@pytest.mark.skipif(sys.platform == "win32", reason="this system does not tell the memory of a process")
def test_memory_does_not_grow_with_the_length_of_the_video() -> None:
    with started.memory_works(SAMPLE, bundle("lite"), 15.0, 90.0) as works:
        found = {}
        for work in works[2:]:
            found |= work.run()
    assert found["memory/long"] - found["memory/short"] < 40, "30 minutes may take 150 MB more than 30 seconds"
