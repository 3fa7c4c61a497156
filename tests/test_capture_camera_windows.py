"""What Windows is asked about its cameras, against COM objects and a registry that are made here."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from typing import Any

import pytest

from formcheck.capture import camera_access, camera_list
from formcheck.capture.camera_list import Camera
from formcheck.capture.camera_windows import consent_given, directshow_names

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the made-up objects stand in for a system that is here")

METHOD = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
TEXT, NUMBER = 8, 3


class Variant(ctypes.Structure):
    _fields_ = (("kind", ctypes.c_ushort), ("reserved", ctypes.c_ushort * 3), ("text", ctypes.c_void_p), ("rest", ctypes.c_void_p))


class Com:
    """ole32 and oleaut32 with some cameras; a name of None is a camera that does not tell one. ``alive`` counts objects not released."""

    def __init__(self, names: list[str | None], *, initialised: int = 0, created: int = 0) -> None:
        self.names, self.initialised, self.created = names, initialised, created
        self.alive = self.undone = self.cleared = 0
        self._kept: list[Any] = []

    def CoInitializeEx(self, reserved: Any, mode: int) -> int:
        return self.initialised

    def CoUninitialize(self) -> None:
        self.undone += 1

    def VariantClear(self, value: Any) -> None:
        self.cleared += 1

    def CoCreateInstance(self, kind: Any, outer: Any, context: Any, wanted: Any, answer: Any) -> int:
        if self.created < 0:
            return self.created
        answer._obj.value = self._object({3: self._enumerate})
        return 0

    def _object(self, methods: dict[int, Callable[..., int]]) -> int:
        def release(*_: Any) -> int:
            self.alive -= 1
            return 0

        table = (ctypes.c_void_p * 16)()
        for place, method in {2: release, **methods}.items():
            called = METHOD(method)
            self._kept.append(called)
            table[place] = ctypes.cast(called, ctypes.c_void_p).value
        this = ctypes.pointer(ctypes.c_void_p(ctypes.addressof(table)))
        self._kept += [table, this]
        self.alive += 1
        return ctypes.addressof(this.contents)

    def _enumerate(self, this: int, kind: int, answer: int, flags: int, _: int) -> int:
        if not self.names:
            return 1
        left = iter(self.names)

        def following(this: int, wanted: int, answer: int, *_: Any) -> int:
            for name in left:
                _put(answer, self._object({9: lambda this, a, b, kind, answer, name=name: _put(answer, self._bag(name))}))
                return 0
            return 1

        return _put(answer, self._object({3: following}))

    def _bag(self, name: str | None) -> int:
        def read(this: int, asked: int, value: int, *_: Any) -> int:
            assert ctypes.wstring_at(asked) == "FriendlyName"
            if name is None:
                return -1
            variant = Variant.from_address(value)
            if name == "a number":
                variant.kind = NUMBER
                return 0
            letters = ctypes.create_unicode_buffer(name)
            self._kept.append(letters)
            variant.kind, variant.text = TEXT, ctypes.addressof(letters)
            return 0

        return self._object({3: read})


def _put(where: int, value: int) -> int:
    ctypes.c_void_p.from_address(where).value = value
    return 0


@pytest.mark.parametrize(
    ("names", "read"),
    [
        (["HD Webcam", "OBS Virtual Camera"], ("HD Webcam", "OBS Virtual Camera")),
        (["Камера", None, "a number"], ("Камера", "", "")),
        ([], ()),
    ],
)
def test_directshow_names_its_inputs_in_order_and_everything_is_given_back(names: list[str | None], read: tuple[str, ...]) -> None:
    com = Com(names)
    assert directshow_names(com, com) == read
    assert com.alive == 0 and com.undone == 1 and com.cleared == len(names)


def test_a_thread_that_was_set_up_another_way_is_left_as_it_is() -> None:
    com = Com(["A"], initialised=-0x7FFEFEFA)
    assert directshow_names(com, com) == ("A",) and com.undone == 0


def test_where_windows_cannot_be_asked_there_are_no_names() -> None:
    com = Com(["A"], created=-0x7FFBFEAC)
    assert directshow_names(com, com) == () and com.undone == 1


def test_the_list_of_windows_numbers_them_and_names_the_nameless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(camera_list, "directshow_names", lambda: ("HD Webcam", ""))
    assert [camera.label for camera in camera_list.cameras()] == ["0: HD Webcam", "1: camera 1"]


class Registry:
    """winreg with some values; what is not there raises as Windows does."""

    HKEY_LOCAL_MACHINE, HKEY_CURRENT_USER = "machine", "user"

    def __init__(self, **values: str) -> None:
        self.values = values

    def OpenKey(self, hive: str, path: str) -> Registry:
        self.asked = hive + ("_desktop" if path.endswith("NonPackaged") else "")
        if self.asked not in self.values:
            raise FileNotFoundError(path)
        return self

    def QueryValueEx(self, key: Registry, name: str) -> tuple[str, int]:
        assert name == "Value"
        return self.values[self.asked], 1

    def __enter__(self) -> Registry:
        return self

    def __exit__(self, *_: object) -> None: ...


@pytest.mark.parametrize(
    ("values", "given"),
    [
        ({}, True),
        ({"machine": "Allow", "user": "Allow", "user_desktop": "Allow"}, True),
        ({"machine": "Deny", "user": "Allow"}, False),
        ({"user": "Deny"}, False),
        ({"user": "Allow", "user_desktop": "Deny"}, False),
    ],
)
def test_each_switch_of_the_privacy_page_can_forbid(values: dict[str, str], given: bool) -> None:
    assert consent_given(Registry(**values)) is given


@pytest.mark.parametrize(("platform", "consent", "word"), [("win32", False, "switch on camera access"), ("win32", True, "is using Webcam")])
def test_windows_says_why(platform: str, consent: bool, word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(camera_access, "consent_given", lambda: consent)
    camera = Camera(0, "Webcam")
    assert word in camera_access.why_not_open(camera, (camera,)).sentence


@pytest.mark.parametrize(("answer", "code"), [(0, "forbidden"), (1, "forbidden"), (2, "forbidden"), (3, "failed"), (None, "failed")])
def test_macos_says_why(answer: int | None, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(camera_access, "_mac_authorization", lambda: answer)
    camera = Camera(0, "FaceTime")
    assert camera_access.why_not_open(camera, (camera,)).code == code


@pytest.mark.skipif(sys.platform == "darwin", reason="there it has an answer")
def test_a_system_without_the_library_of_macos_does_not_know() -> None:
    assert camera_access._mac_authorization() is None
