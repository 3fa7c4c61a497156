"""`doctor`, `benchmark` and `validate`."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from itertools import pairwise
from pathlib import Path

import av
import pytest

from formcheck import doctor
from formcheck.benchmark import ModelTimes, memory_growth_mb, repeat_video
from formcheck.capture import camera_faults
from formcheck.capture.bundles import SHA256
from formcheck.capture.camera import CameraOpener
from formcheck.capture.camera_list import Camera
from formcheck.capture.feed import CameraFormat
from formcheck.cli import main
from tests.builders import example_recording
from tests.cli_support import film, json_lines, use_stand_in
from tests.videos import write_video

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "samples" / "hip-internal-rotation-oblique-45.mp4"


@pytest.mark.model
def test_doctor_finds_all_well_and_measures_every_model(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json"]) == 0
    found = {one["what"]: one for one in json_lines(capsys.readouterr().out)}
    assert {one["level"] for one in found.values()} <= {"good", "note", "slow"}
    for name in SHA256:
        assert found[f"model {name}"]["unit"] == "fps"
        assert found[f"model {name}"]["value"] > 1
    assert found["video files"]["value"] > 1


def test_doctor_says_what_to_fix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "pose_landmarker_lite.task").write_bytes(b"altered")
    monkeypatch.setenv("FORMCHECK_MODELS", str(tmp_path))
    assert main(["doctor"]) == 3
    out = capsys.readouterr().out
    broken = [line for line in out.splitlines() if line.startswith("FIX")]
    assert len(broken) == 3
    assert "altered" in broken[0]
    assert all("missing" in line for line in broken[1:])
    assert out.splitlines()[-1] == "3 to fix, marked FIX."


def test_ratios_are_times_over_the_bare_model() -> None:
    times = ModelTimes("full", frames=300, bare_s=4.0, count_s=4.4, analyse_s=5.0)
    assert (times.bare_fps, times.count_ratio, times.analyse_ratio) == (75.0, pytest.approx(1.1), 1.25)
    assert times.as_json()["analyse_ratio"] == 1.25


def test_benchmark_prints_both_ratios_of_each_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    person = use_stand_in(monkeypatch)
    monkeypatch.setattr("formcheck.benchmark.MediaPipeEstimator", person)
    clip = film(tmp_path / "good.mp4", 6)
    assert main(["benchmark", str(clip), "--model", "lite", "--model", "full"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "180 frames" in out
    rows = [line.split() for line in out.splitlines() if line.startswith(("lite", "full"))]
    assert [row[0] for row in rows] == ["lite", "full"]
    assert all(float(cell.rstrip("x")) > 0 for row in rows for cell in row[1:])
    assert main(["benchmark", str(clip), "--model", "lite", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["decode_fps"] > 0
    (lite,) = facts["models"]
    assert lite["frames"] == 180
    assert lite["count_ratio"] == pytest.approx(lite["count_s"] / lite["bare_s"], rel=0.01)
    assert lite["analyse_ratio"] > 0


def test_benchmark_of_a_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    landmarks = tmp_path / "landmarks.npz"
    example_recording(reps=3, duration_s=30.0).save(landmarks)
    assert main(["benchmark", "--report", "--json", str(landmarks)]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    facts = json.loads(line)
    assert facts["duration_s"] == pytest.approx(30.0, abs=0.1)
    assert min(facts["page_s"], facts["all_s"]) > 0
    assert 0.5 < facts["page_mb"] < 6
    assert main(["benchmark", "--report", str(landmarks)]) == 0
    assert f"{facts['reps']} movements" in capsys.readouterr().out
    for other in ("--live", "--memory", "--web"):
        assert main(["benchmark", "--report", other, str(landmarks)]) == 2
        assert "--report" in capsys.readouterr().err


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


@pytest.mark.slow
@pytest.mark.model
def test_memory_does_not_grow_with_the_length_of_the_video() -> None:
    growth_mb = memory_growth_mb(SAMPLE, "lite", short_s=15.0, long_s=90.0)
    assert growth_mb < 40, "30 minutes may take 150 MB more than 30 seconds"


def test_validate_names_a_folder_without_truth(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", str(tmp_path / "nowhere")]) == 3
    assert "nowhere" in capsys.readouterr().err


def test_the_module_runs_as_a_program() -> None:
    done = subprocess.run([sys.executable, "-m", "formcheck.cli", "--version"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("formcheck ")


class Source:
    """A camera that is open."""

    format = CameraFormat(1280, 720, 30.0, "MJPG", "V4L2")
    released = False

    def release(self) -> None:
        Source.released = True


@pytest.mark.parametrize(
    ("answer", "level", "text", "advice"),
    [
        (Source(), "good", "1280 x 720, MJPG, 30 pictures a second claimed, through V4L2", ""),
        (camera_faults.busy("Desk Camera", "zoom"), "note", "does not open", "zoom is using Desk Camera."),
        (None, "note", "did not answer within 0 s", "unplug it"),
    ],
)
def test_doctor_opens_each_camera_for_a_moment(answer: object, level: str, text: str, advice: str, monkeypatch: pytest.MonkeyPatch) -> None:
    hang = threading.Event()

    def opened(self: CameraOpener) -> object:
        if answer is None:
            hang.wait(20)
        return answer or camera_faults.failed("Desk Camera")

    monkeypatch.setattr("formcheck.capture.camera_list.cameras", lambda: (Camera(3, "Desk Camera"),))
    monkeypatch.setattr(CameraOpener, "open", opened)
    monkeypatch.setattr(doctor, "_CAMERA_S", 0.3 if answer is None else 5.0)
    (finding,) = doctor._cameras()
    hang.set()
    assert (finding.what, finding.level, finding.text) == ("camera 3: Desk Camera", level, text)
    assert finding.advice.startswith(advice)


def test_doctor_is_content_without_a_camera(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("formcheck.capture.camera_list.cameras", lambda: ())
    (finding,) = doctor._cameras()
    assert (finding.level, finding.text) == ("note", "none is connected")


def test_doctor_tells_what_broke_while_a_camera_was_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: CameraOpener) -> object:
        raise ImportError("libGL.so.1: cannot open shared object file")

    monkeypatch.setattr("formcheck.capture.camera_list.cameras", lambda: (Camera(3, "Desk Camera"),))
    monkeypatch.setattr(CameraOpener, "open", broken)
    (finding,) = doctor._cameras()
    assert finding.what == "camera 3: Desk Camera" and finding.level == "broken" and "libGL.so.1" in finding.text
