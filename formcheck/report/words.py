"""The words and numbers people read: names of mistakes, units, times. Used by the terminal and the page alike."""

from __future__ import annotations

import math
import re

from formcheck.exercise.session import Fault, FaultCode, Rejection, Rep

__all__ = [
    "FAULT_MEANING",
    "FAULT_TITLE",
    "REJECTION_WORDS",
    "clean_text",
    "clock",
    "degrees",
    "evidence",
    "fault_title",
    "joined",
    "leg",
    "plural",
    "seconds",
    "sentence",
    "smooth_word",
    "subject",
]

#: What stands where nothing was measured.
DASH = "–"

FAULT_TITLE: dict[FaultCode, str] = {
    FaultCode.OVER_ROTATION: "Further than the limit",
    FaultCode.JERKY: "Jerky movement",
    FaultCode.TOO_FAST: "Hurried",
    FaultCode.FAST_RETURN: "Quick way back",
    FaultCode.FOOT_LIFTED: "Foot moved",
    FaultCode.TRUNK_LEAN: "Trunk leaned",
    FaultCode.PELVIS_HIKE: "Pelvis lifted",
    FaultCode.KNEE_DRIFT: "Knee drifted",
    FaultCode.POSTURE_CHANGED: "Posture changed",
}

FAULT_MEANING: dict[FaultCode, str] = {
    FaultCode.OVER_ROTATION: "The leg moved further from its rest than the limit in force.",
    FaultCode.JERKY: "The speed went up and down within one movement, more than the unsteadiness of the picture explains.",
    FaultCode.TOO_FAST: "The way out or the way back took less time than a controlled movement needs.",
    FaultCode.FAST_RETURN: "The way back was much quicker than the way out.",
    FaultCode.FOOT_LIFTED: "A foot left the place where it should rest, measured against the length of the shin.",
    FaultCode.TRUNK_LEAN: "The trunk tilted away from where it was at rest.",
    FaultCode.PELVIS_HIKE: "One side of the pelvis rose above where it was at rest.",
    FaultCode.KNEE_DRIFT: "The knee that should rest moved from its place, measured against the length of the shin.",
    FaultCode.POSTURE_CHANGED: "The trunk became shorter in the picture than at rest, as when slumping, twisting or rolling.",
}

REJECTION_WORDS: dict[Rejection, str] = {
    Rejection.PARTIAL: "smaller than a full repetition",
    Rejection.WRONG_DIRECTION: "went the other way",
    Rejection.LOST_SIGHT: "could not be seen to its end",
    Rejection.TOO_SHORT: "too brief to be a repetition",
}

_SUBJECTS = {
    "person": "You in the picture",
    "legs": "Legs",
    "posture": "Position",
    "repetition": "A movement",
}
_CHECKS = {
    FaultCode.OVER_ROTATION: "Whether the limit was kept",
    FaultCode.JERKY: "Evenness of the movement",
    FaultCode.TOO_FAST: "Tempo",
    FaultCode.FAST_RETURN: "Tempo of the way back",
    FaultCode.FOOT_LIFTED: "Foot position",
    FaultCode.TRUNK_LEAN: "Leaning of the trunk",
    FaultCode.PELVIS_HIKE: "Lifting of the pelvis",
    FaultCode.KNEE_DRIFT: "Stillness of the other knee",
    FaultCode.POSTURE_CHANGED: "Posture",
}
_PERCENT_OF = {FaultCode.POSTURE_CHANGED: "of the trunk's length", FaultCode.KNEE_DRIFT: "of the shin's length"}


def clean_text(text: str) -> str:
    """Text that can be written as UTF-8: halves of characters, as in undecodable file names, become U+FFFD."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


def fault_title(code: FaultCode) -> str:
    """Short name of a mistake."""
    return FAULT_TITLE.get(code, code.value.replace("_", " ").capitalize())


def subject(what: str) -> str:
    """What could not be measured, as a heading: the name of a check, of an angle or of a part of the body."""
    if what in _SUBJECTS:
        return _SUBJECTS[what]
    if what in set(FaultCode):
        return _CHECKS.get(FaultCode(what), what.replace("_", " ").capitalize())
    return what.replace("_", " ").capitalize()


def leg(side: str) -> str:
    """Word for the leg: "left leg", "right leg" or "both legs"."""
    return "both legs" if side == "both" else f"{side} leg"


def plural(count: int, one: str, many: str | None = None) -> str:
    """``1 repetition``, ``2 repetitions``."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def joined(words: list[str]) -> str:
    """``1, 2 and 4``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def sentence(text: str) -> str:
    """The same words with a capital at the front and a full stop at the end."""
    text = text.strip()
    return text if not text else text[0].upper() + text[1:] + ("" if text[-1] in ".!?" else ".")


def degrees(value: float, pm: float = math.nan) -> str:
    """``24°``, ``24° ± 3°``; a dash when not measured."""
    if not math.isfinite(value):
        return DASH
    return f"{_whole(value)}°" + (f" ± {_whole(pm)}°" if math.isfinite(pm) else "")


def seconds(value: float) -> str:
    """``1.9 s``; a dash when not measured."""
    return f"{value:.1f} s" if math.isfinite(value) else DASH


def clock(time_s: float) -> str:
    """A moment of the video: ``12.3 s``, from a minute on ``3:05``; a dash when unknown."""
    if not math.isfinite(time_s):
        return DASH
    if round(time_s, 1) < 60:
        return f"{time_s:.1f} s"
    minutes, rest = divmod(round(time_s), 60)
    return f"{minutes}:{rest:02d}"


def evidence(fault: Fault) -> tuple[str, str]:
    """What was measured and the limit it was held against, with their units."""
    if fault.unit == "deg":
        return degrees(fault.measured), f"at most {degrees(fault.limit)}"
    if fault.unit == "s":
        return f"{fault.measured:.2f} s" if math.isfinite(fault.measured) else DASH, f"at least {fault.limit:.2f} s"
    if fault.unit in ("frac", "shank lengths"):
        of = _PERCENT_OF.get(fault.code, "of the shin's length")
        return f"{_percent(fault.measured)} {of}", f"at most {_percent(fault.limit)}"
    if fault.unit == "times the limit":
        return f"{fault.measured:.1f} times the limit for an even movement", "at most 1.0 times"
    return f"{fault.measured:.2f} {fault.unit}".strip(), f"limit {fault.limit:.2f} {fault.unit}".strip()


def smooth_word(rep: Rep) -> str:
    """``jerky``, ``even``, or ``not judged``."""
    if FaultCode.JERKY in rep.faults:
        return "jerky"
    return "not judged" if rep.smoothness.reason or not math.isfinite(rep.smoothness.peak_to_mean) else "even"


def _whole(value: float) -> str:
    return f"{round(value) + 0}".replace("-", "−")


def _percent(value: float) -> str:
    return f"{round(100 * value)} %" if math.isfinite(value) else DASH
