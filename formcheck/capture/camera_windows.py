"""What Windows knows of its cameras: their names in DirectShow's order, and whether desktop programs may use them."""

from __future__ import annotations

import ctypes
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["consent_given", "directshow_names"]

_DEVICE_ENUMERATOR = "62BE5D10-60EB-11D0-BD3B-00A0C911CE86"
_CREATE_DEVICE_ENUMERATOR = "29840822-5B84-11D0-BD3B-00A0C911CE86"
_VIDEO_INPUTS = "860BB310-5D01-11D0-BD3B-00A0C911CE86"
_PROPERTY_BAG = "55272A00-42CB-11CE-8135-00AA004BB851"

#: Places in the tables of methods of the interfaces, as the Windows headers order them.
_RELEASE, _CREATE_CLASS_ENUMERATOR, _NEXT, _BIND_TO_STORAGE, _READ = 2, 3, 3, 9, 3

_IN_PROCESS = 1
_TEXT = 8
_CONSENT = r"Software\Microsoft\Windows\CurrentVersion\CapabilityAccessManager\ConsentStore\webcam"


class _Variant(ctypes.Structure):
    _fields_ = (("kind", ctypes.c_ushort), ("reserved", ctypes.c_ushort * 3), ("text", ctypes.c_wchar_p), ("rest", ctypes.c_void_p))


def directshow_names(ole: Any = None, automation: Any = None) -> tuple[str, ...]:
    """List the names of the video inputs in the order of DirectShow, which is the order OpenCV numbers them in.

    An input that does not tell its name gives "". Empty where there is none, or Windows cannot be asked.

    Parameters
    ----------
    ole, automation
        The libraries ole32 and oleaut32; by default those of the system.
    """
    if ole is None:
        if sys.platform != "win32":
            return ()
        ole, automation = ctypes.WinDLL("ole32"), ctypes.WinDLL("oleaut32")
    try:
        with _com(ole):
            return tuple(_names(ole, automation))
    except OSError:
        return ()


def consent_given(registry: Any = None) -> bool:
    """Whether the privacy settings let desktop programs use cameras; True where they say nothing.

    Parameters
    ----------
    registry
        The module ``winreg``; by default the system's.
    """
    if registry is None:
        if sys.platform != "win32":
            return True
        import winreg as registry
    for hive in (registry.HKEY_LOCAL_MACHINE, registry.HKEY_CURRENT_USER):
        for path in (_CONSENT, _CONSENT + r"\NonPackaged"):
            try:
                with registry.OpenKey(hive, path) as key:
                    if registry.QueryValueEx(key, "Value")[0] == "Deny":
                        return False
            except OSError:
                continue
    return True


@contextmanager
def _com(ole: Any) -> Iterator[None]:
    # It fails in a thread that was set up another way, which serves as well; then it must not be undone either.
    mine = ole.CoInitializeEx(None, 0) >= 0
    try:
        yield
    finally:
        if mine:
            ole.CoUninitialize()


def _names(ole: Any, automation: Any) -> Iterator[str]:
    maker = ctypes.c_void_p()
    _check(
        ole.CoCreateInstance(
            _guid(_DEVICE_ENUMERATOR), None, ctypes.c_uint32(_IN_PROCESS), _guid(_CREATE_DEVICE_ENUMERATOR), ctypes.byref(maker)
        )
    )
    inputs = ctypes.c_void_p()
    try:
        code = _call(maker, _CREATE_CLASS_ENUMERATOR, _guid(_VIDEO_INPUTS), ctypes.byref(inputs), ctypes.c_uint32(0))
        # A success that is not 0 says that the category is empty.
        if code == 0 and inputs:
            yield from _each_name(inputs, automation)
    finally:
        _release(inputs)
        _release(maker)


def _each_name(inputs: ctypes.c_void_p, automation: Any) -> Iterator[str]:
    while True:
        moniker = ctypes.c_void_p()
        if _call(inputs, _NEXT, ctypes.c_uint32(1), ctypes.byref(moniker), None) != 0:
            return
        try:
            yield _name(moniker, automation)
        finally:
            _release(moniker)


def _name(moniker: ctypes.c_void_p, automation: Any) -> str:
    bag = ctypes.c_void_p()
    if _call(moniker, _BIND_TO_STORAGE, None, None, _guid(_PROPERTY_BAG), ctypes.byref(bag)) != 0:
        return ""
    value = _Variant()
    try:
        if _call(bag, _READ, ctypes.c_wchar_p("FriendlyName"), ctypes.byref(value), None) != 0 or value.kind != _TEXT:
            return ""
        return value.text or ""
    finally:
        automation.VariantClear(ctypes.byref(value))
        _release(bag)


def _guid(text: str) -> Any:
    return ctypes.create_string_buffer(uuid.UUID(text).bytes_le, 16)


def _check(code: int) -> None:
    if code < 0:
        raise OSError(f"COM error {code & 0xFFFFFFFF:#010x}")


def _call(this: ctypes.c_void_p, place: int, *arguments: Any) -> int:
    """Call a method of a COM object by its place in the table; 64-bit Windows has the one calling convention that C has."""
    table = ctypes.cast(this, ctypes.POINTER(ctypes.POINTER(ctypes.c_void_p)))[0]
    kinds = [ctypes.c_uint32 if isinstance(argument, ctypes.c_uint32) else ctypes.c_void_p for argument in arguments]
    method = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, *kinds)(table[place] or 0)
    passed = [ctypes.cast(one, ctypes.c_void_p) if isinstance(one, ctypes.c_wchar_p | ctypes.Array) else one for one in arguments]
    return int(method(this, *passed))


def _release(this: ctypes.c_void_p) -> None:
    if this:
        _call(this, _RELEASE)
