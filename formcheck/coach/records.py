"""What is worth storing, as it happens: plain values that become JSON, to be appended and never changed.

`record_dict` gives the JSON object of a record, ``kind`` first; a number that was not measured is null. ``time_s`` is the clock of the
moments, so that a record can be laid beside landmarks of the same clock.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = [
    "RECORD_KINDS",
    "CueGiven",
    "DiscomfortGiven",
    "FaultSeen",
    "Finished",
    "PainStop",
    "Paused",
    "RangeCalibrated",
    "Record",
    "RepFinished",
    "RestCalibrated",
    "Resumed",
    "SessionStarted",
    "StageChanged",
    "record_dict",
]


@dataclass(frozen=True, slots=True)
class SessionStarted:
    """The settings of the session, as JSON values."""

    time_s: float
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StageChanged:
    """A stage began for a leg ("left", "right", "both", or None where no leg is at work). ``run`` is the recording from here on."""

    time_s: float
    stage: str
    side: str | None
    run: int


@dataclass(frozen=True, slots=True)
class RepFinished:
    """A movement is over. ``number`` is that of the count of its leg for a counted one, None for one that did not count.

    ``rejected`` says why it did not: a `Rejection` value, ``other_leg``, or ``held`` for one made while the session waited.
    Degrees from rest; NaN where not measured.
    """

    time_s: float
    stage: str
    side: str
    number: int | None
    rejected: str | None
    start_s: float
    peak_s: float
    end_s: float
    peak_deg: float
    peak_pm_deg: float
    range_deg: float
    out_s: float
    hold_s: float
    back_s: float
    peak_speed_deg_s: float
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FaultSeen:
    """A mistake with its evidence, once per movement and kind."""

    time_s: float
    code: str
    side: str
    start_s: float
    measured: float
    limit: float
    unit: str


@dataclass(frozen=True, slots=True)
class CueGiven:
    """Something was said about the movement: a correction, why it did not count, praise, or advice."""

    time_s: float
    cue: str
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class DiscomfortGiven:
    """An answer 0 to 10. ``when`` is the stage in which it was given, or "before"."""

    time_s: float
    level: int
    when: str


@dataclass(frozen=True, slots=True)
class PainStop:
    """The person stopped because of pain; in which stage, with which leg, after how many repetitions of it."""

    time_s: float
    stage: str
    side: str | None
    reps: int


@dataclass(frozen=True, slots=True)
class Paused:
    """The session waits: paused, lost, camera, or gap, in which stage."""

    time_s: float
    why: str
    stage: str


@dataclass(frozen=True, slots=True)
class Resumed:
    """It goes on."""

    time_s: float
    stage: str


@dataclass(frozen=True, slots=True)
class RestCalibrated:
    """The rest baseline of a leg: neutral angle and noise per side in degrees, lean of the trunk. ``skipped``: none was taken."""

    time_s: float
    side: str
    skipped: bool
    neutral_deg: Mapping[str, float]
    noise_deg: Mapping[str, float]
    trunk_deg: float


@dataclass(frozen=True, slots=True)
class RangeCalibrated:
    """The comfortable range of a leg, degrees from rest, and the limit in force. ``source``: measured, kept, skipped, or not_measured."""

    time_s: float
    side: str
    source: str
    range_deg: float
    limit_deg: float


@dataclass(frozen=True, slots=True)
class Finished:
    """The end, with the summary as JSON values. ``reason``: completed, finished (early), pain, discomfort, or closed."""

    time_s: float
    reason: str
    summary: Mapping[str, Any]


Record = (
    SessionStarted
    | StageChanged
    | RepFinished
    | FaultSeen
    | CueGiven
    | DiscomfortGiven
    | PainStop
    | Paused
    | Resumed
    | RestCalibrated
    | RangeCalibrated
    | Finished
)

#: The word in ``kind`` to the class of the record.
RECORD_KINDS: dict[str, type[Record]] = {
    "session_started": SessionStarted,
    "stage_changed": StageChanged,
    "rep_finished": RepFinished,
    "fault_seen": FaultSeen,
    "cue_given": CueGiven,
    "discomfort_given": DiscomfortGiven,
    "pain_stop": PainStop,
    "paused": Paused,
    "resumed": Resumed,
    "rest_calibrated": RestCalibrated,
    "range_calibrated": RangeCalibrated,
    "finished": Finished,
}

_KIND_OF = {record: kind for kind, record in RECORD_KINDS.items()}


def record_dict(record: Record) -> dict[str, Any]:
    """The JSON object of a record: its kind, then its fields; not measured is null."""
    fields = {field.name: _plain(getattr(record, field.name)) for field in dataclasses.fields(record)}
    return {"kind": _KIND_OF[type(record)], **fields}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value
