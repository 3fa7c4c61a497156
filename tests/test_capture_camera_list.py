"""Names of cameras, the way into each system, what is asked of a camera, and why one does not open."""

from __future__ import annotations

import json
import os
from pathlib import Path

import cv2
import pytest

from formcheck.capture.camera import CameraOpener, CameraRequest, OpenCamera, backends
from formcheck.capture.camera_access import linux_refusal, mac_refusal, windows_refusal
from formcheck.capture.camera_list import Camera, find_camera, linux_cameras, mac_cameras
from formcheck.capture.clock import SimulatedClock
from formcheck.errors import UsageError
from tests.cameras import FakeCapture, World

DESK, LAPTOP, INFRARED = Camera(0, "HD Desk Camera"), Camera(2, "Laptop Camera"), Camera(4, "Laptop Camera IR")
ALL = (DESK, LAPTOP, INFRARED)
PICTURES, METADATA = 0x04200001, 0x04A00000


def sysfs(folder: Path, devices: dict[str, tuple[str, str]]) -> Path:
    for name, (title, index) in devices.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "name").write_text(title + "\n")
        (folder / name / "index").write_text(index + "\n")
    return folder


def test_linux_names_each_camera_once_without_its_metadata_twin(tmp_path: Path) -> None:
    root = sysfs(
        tmp_path / "sys",
        {
            "video10": ("USB Cam", "0"),
            "video0": ("Integrated Camera: Integrated C", "0"),
            "video1": ("Integrated Camera: Integrated C", "1"),
            "video2": ("", "0"),
            "v4l-subdev0": ("bridge", "0"),
        },
    )
    bits = {"video0": PICTURES, "video1": METADATA, "video2": PICTURES, "video10": PICTURES}
    found = linux_cameras(root, tmp_path, lambda node: bits[node.name])
    assert [camera.label for camera in found] == ["0: Integrated Camera", "2: camera 2", "10: USB Cam"]
    assert found[0].node == str(tmp_path / "video0")


def test_a_camera_that_may_not_be_asked_is_still_listed(tmp_path: Path) -> None:
    root = sysfs(tmp_path / "sys", {"video0": ("A", "0"), "video1": ("A", "1")})
    assert [camera.number for camera in linux_cameras(root, tmp_path, lambda node: None)] == [0]


def test_no_cameras_at_all(tmp_path: Path) -> None:
    assert linux_cameras(tmp_path, tmp_path) == ()
    assert mac_cameras("") == () and mac_cameras("[]") == () and mac_cameras('{"SPCameraDataType": [{}]}') == ()


def test_macos_numbers_by_unique_id() -> None:
    items = [{"_name": "FaceTime", "spcamera_unique-id": "B"}, {"_name": "Studio", "spcamera_unique-id": "A"}]
    found = mac_cameras(json.dumps({"SPCameraDataType": items}))
    assert [camera.label for camera in found] == ["0: Studio", "1: FaceTime"]


@pytest.mark.parametrize(
    ("wanted", "number"),
    [(0, 0), ("2", 2), (7, 7), ("desk", 0), ("LAPTOP camera", 2), ("laptop", 2), ("Laptop Camera IR", 4), (" ir ", 4)],
)
def test_a_camera_is_found_by_number_or_part_of_its_name(wanted: int | str, number: int) -> None:
    assert find_camera(wanted, ALL).number == number


@pytest.mark.parametrize("wanted", ["phone", "", "  "])
def test_a_name_that_nobody_has_lists_those_there_are(wanted: str) -> None:
    with pytest.raises(UsageError, match="connected are 0: HD Desk Camera; 2: Laptop Camera"):
        find_camera(wanted, ALL)
    with pytest.raises(UsageError, match="no camera is connected; plug one in"):
        find_camera(wanted, ())


def test_each_system_is_entered_by_its_own_door() -> None:
    assert backends(cv2, "linux") == (cv2.CAP_V4L2,)
    assert backends(cv2, "darwin") == (cv2.CAP_AVFOUNDATION,)
    assert backends(cv2, "win32", 1) == (cv2.CAP_DSHOW, cv2.CAP_MSMF)
    assert backends(cv2, "win32", 2) == (cv2.CAP_DSHOW,), "Media Foundation would open another one of two"
    assert backends(cv2, "freebsd") == (cv2.CAP_ANY,)


def test_it_asks_for_mjpg_first_and_tells_what_it_got() -> None:
    capture = FakeCapture(World(lambda t: "picture", end_s=1), 0, 0)
    opened = OpenCamera(DESK, capture, CameraRequest(), SimulatedClock())
    assert capture.asked[0] == (cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
    assert {(cv2.CAP_PROP_FRAME_WIDTH, 1280), (cv2.CAP_PROP_FRAME_HEIGHT, 720), (cv2.CAP_PROP_FPS, 30.0)} <= set(capture.asked)
    assert opened.format.sentence == "1280 x 720, MJPG, 30 pictures a second claimed, through FAKE"


def test_a_camera_that_does_not_know_mjpg_is_used_as_it_is() -> None:
    class Stubborn(FakeCapture):
        def set(self, prop: int, value: float) -> bool:
            self.asked.append((prop, value))
            return False

        def get(self, prop: int) -> float:
            return {cv2.CAP_PROP_FRAME_WIDTH: 640.0, cv2.CAP_PROP_FRAME_HEIGHT: 480.0, cv2.CAP_PROP_FPS: 0.0}.get(prop, 0.0)

    opened = OpenCamera(DESK, Stubborn(World(lambda t: "picture", end_s=1), 0, 0), CameraRequest(), SimulatedClock())
    assert opened.format.sentence == "640 x 480, through FAKE"


def test_plugged_in_again_it_may_have_another_number() -> None:
    listed: list[tuple[Camera, ...]] = [ALL]
    world = World(lambda t: "picture", end_s=1)
    made: list[int] = []

    def make(number: int, backend: int) -> FakeCapture:
        made.append(number)
        return FakeCapture(world, number, backend)

    opener = CameraOpener("desk", SimulatedClock(), list_cameras=lambda: listed[0], make_capture=make)
    opener.open()
    listed[0] = (LAPTOP, Camera(6, "HD Desk Camera"))
    opener.open()
    assert made == [0, 6]


def test_linux_tells_absent_forbidden_busy_and_broken_apart(tmp_path: Path) -> None:
    node = tmp_path / "video0"
    camera = Camera(0, "Desk Camera", str(node))
    proc = tmp_path / "proc"
    (proc / "123" / "fd").mkdir(parents=True)
    (proc / "123" / "comm").write_text("zoom\n")
    assert linux_refusal(camera, ALL, proc=proc).sentence == (
        "Desk Camera is not there. These are connected: Laptop Camera, Laptop Camera IR. Plug it in, or choose another."
    )
    node.write_text("")
    assert linux_refusal(camera, ALL, proc=proc, is_taken=lambda _: False).code == "failed"
    assert linux_refusal(camera, ALL, proc=proc, is_taken=lambda _: True).sentence.startswith("Another program is using Desk Camera.")
    (proc / "123" / "fd" / "5").symlink_to(node)
    assert linux_refusal(camera, ALL, proc=proc, is_taken=lambda _: False).sentence.startswith("zoom is using Desk Camera.")


def test_linux_names_the_group_that_may_use_cameras(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    node = tmp_path / "video0"
    node.write_text("")
    monkeypatch.setattr(os, "access", lambda *_: False)
    fault = linux_refusal(Camera(0, "Desk Camera", str(node)), ALL)
    assert fault.code == "forbidden" and "sudo usermod -aG video $USER" in fault.sentence


def test_windows_and_macos_name_the_page_of_their_settings() -> None:
    assert windows_refusal(DESK, ALL, allowed=False).sentence.endswith("switch on camera access for this device and for desktop apps.")
    assert windows_refusal(DESK, ALL, allowed=True).code == "busy"
    assert windows_refusal(Camera(9, "Phone"), ALL, allowed=True).code == "absent"
    assert "Privacy & Security, Camera" in mac_refusal(DESK, ALL, 2).sentence
    assert mac_refusal(DESK, ALL, 3).code == "failed" and mac_refusal(Camera(9, "Phone"), ALL, None).code == "absent"
