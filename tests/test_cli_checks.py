"""`doctor` and `validate`."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from formcheck import doctor
from formcheck.capture import camera_faults
from formcheck.capture.bundles import SHA256
from formcheck.capture.camera import CameraOpener
from formcheck.capture.camera_list import Camera
from formcheck.capture.feed import CameraFormat
from formcheck.cli import main
from tests.cli_support import json_lines

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
