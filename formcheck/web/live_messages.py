"""What a page and a live session say to one another: parsed with care on the way in, plain JSON on the way out."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import Any

from formcheck.coach.choice import Choice, choice
from formcheck.coach.guidance import Cue, Screen
from formcheck.coach.moment import Discomfort, Event, Signal
from formcheck.errors import InputError, UsageError
from formcheck.exercise.session import FrameResult
from formcheck.exercise.spec import ExerciseSpec
from formcheck.live.assembly import LEGS
from formcheck.motion.landmarks import Landmark, Side

__all__ = [
    "MOST_FRAME_BYTES",
    "Hello",
    "PageFrame",
    "chosen",
    "cue_json",
    "event_of",
    "frame_of",
    "hello_of",
    "message_of",
    "pose_json",
    "screen_json",
]

MOST_FRAME_BYTES = 2_000_000
_MOST_TEXT = 20_000
_HEAD = struct.Struct("<4sId")
_MAGIC = b"FCJ1"
_PRESSED = {signal.value: signal for signal in Signal if signal is not Signal.CAMERA_CHANGED}
_AS_THEY_ARE = frozenset({str, int, bool, type(None)})
_SHOWN = tuple(mark.name.lower() for mark in Landmark)


@dataclass(frozen=True, slots=True)
class PageFrame:
    """A picture from the page: its number, when it was captured in milliseconds of the page's clock, and its JPEG."""

    number: int
    page_ms: float
    jpeg: bytes


@dataclass(frozen=True, slots=True)
class Hello:
    """The first word of a page: its token, and the session it wants to go on with."""

    token: str
    resume: str | None


def frame_of(data: bytes) -> PageFrame:
    """A picture from its message.

    Raises
    ------
    InputError
        It is none.
    """
    if len(data) <= _HEAD.size or len(data) > MOST_FRAME_BYTES:
        raise InputError("this is no picture of a page.")
    magic, number, page_ms = _HEAD.unpack_from(data)
    if magic != _MAGIC or not math.isfinite(page_ms):
        raise InputError("this is no picture of a page.")
    return PageFrame(number, page_ms, data[_HEAD.size :])


def message_of(text: str) -> dict[str, Any]:
    """A message of a page as an object.

    Raises
    ------
    InputError
        It is none.
    """
    if len(text) > _MOST_TEXT:
        raise InputError("the message is too long.")
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError("the message is no JSON.") from error
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise InputError("the message is no object with a type.")
    return message


def hello_of(message: Mapping[str, Any]) -> Hello:
    """The first word of a page.

    Raises
    ------
    InputError
        It is another one.
    """
    token, resume = message.get("token"), message.get("resume")
    if message["type"] != "hello" or not isinstance(token, str) or not (resume is None or isinstance(resume, str)):
        raise InputError("a page says hello first.")
    return Hello(token, resume)


def event_of(message: Mapping[str, Any]) -> Event:
    """What somebody pressed or answered.

    Raises
    ------
    InputError
        Nothing of that kind is known.
    """
    if message["type"] == "press" and isinstance(message.get("action"), str) and message["action"] in _PRESSED:
        return _PRESSED[message["action"]]
    if message["type"] == "discomfort":
        try:
            return Discomfort(message.get("level"))  # type: ignore[arg-type]
        except ValueError as error:
            raise InputError(str(error)) from error
    raise InputError(f"nothing is known of {str(message['type'])[:40]!r}.")


def chosen(message: Mapping[str, Any], spec: ExerciseSpec) -> Choice:
    """The settings of a session.

    Raises
    ------
    UsageError
        A value that does not fit, with what would.
    """
    legs = message.get("legs")
    if legs is not None and (not isinstance(legs, str) or legs not in LEGS):
        raise UsageError(f"legs {str(legs)[:40]!r} is none of {', '.join(LEGS)}.")
    given: dict[str, Any] = {}
    for name, kinds in (("target", int), ("direction", str), ("rest_s", (int, float)), ("out_s", (int, float)), ("back_s", (int, float))):
        value = message.get(name)
        if value is not None:
            if not isinstance(value, kinds) or isinstance(value, bool):
                raise UsageError(f"{name} {str(value)[:40]!r} is of the wrong kind.")
            given[name] = value
    for name, to in (("discomfort", "discomfort_before"), ("limit_deg", "limit_deg")):
        if message.get(name) is not None:
            if not isinstance(message[name], int | float) or isinstance(message[name], bool):
                raise UsageError(f"{name} is no number.")
            given[to] = message[name]
    if message.get("measure_range") is False:
        given["measure_range"] = False
    if message.get("breath") is False:
        given["breath"] = False
    return choice(spec, sides=LEGS[legs] if legs is not None else None, **given)


def screen_json(screen: Screen) -> dict[str, Any]:
    """Everything to show, as JSON values; what was not measured is null."""
    return {"type": "screen", **_plain(screen)}


def cue_json(cue: Cue) -> dict[str, Any]:
    """Something to say or sound."""
    return {"type": "cue", **_plain(cue)}


def pose_json(result: FrameResult | None, number: int, working: Side | None, status: str) -> dict[str, Any]:
    """The body in the picture of a number: points from 0 to 1 of its width and height, null where not seen."""
    said: dict[str, Any] = {"type": "pose", "number": number, "working": working.value if working is not None else None, "status": status}
    if result is None:
        return said | {"points": None, "angle_deg": {}, "phase": {}}
    width, height = result.pose.image_size
    points = [
        [round(x / width, 4), round(y / height, 4)] if math.isfinite(x) and math.isfinite(y) else None
        for x, y in result.pose.image_xy.tolist()
    ]
    return said | {
        "points": dict(zip(_SHOWN, points, strict=True)),
        "angle_deg": {side.value: _plain(float(angle)) for side, angle in result.angle_deg.items()},
        "phase": {side.value: phase.value for side, phase in result.phase.items()},
    }


def _plain(value: Any) -> Any:
    if type(value) in _AS_THEY_ARE:
        return value
    if names := _names(type(value)):  # type: ignore[arg-type]
        return {name: _plain(getattr(value, name)) for name in names}
    if isinstance(value, Mapping):
        return {str(getattr(key, "value", key)): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return getattr(value, "value", value)


@cache
def _names(kind: type) -> tuple[str, ...]:
    """Fields of a dataclass; empty for anything else."""
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()
