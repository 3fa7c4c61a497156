"""The words and numbers people read: names of mistakes, units, times. Used by the terminal and the page alike."""

from __future__ import annotations

import math
import re

from formcheck.exercise.session import Fault, FaultCode, Rejection, Rep
from formcheck.report.units import angle_unit

__all__ = [
    "DASH",
    "FAULT_MEANING",
    "FAULT_TITLE",
    "REJECTION_WORDS",
    "about_text",
    "angle_text",
    "at_once",
    "checks_text",
    "clean_range_text",
    "clean_text",
    "clock",
    "degrees",
    "degrees_up",
    "evidence",
    "fault_title",
    "isolation_text",
    "joined",
    "leg",
    "plural",
    "seconds",
    "sentence",
    "smooth_word",
    "speed_text",
    "subject",
    "towards",
    "what_began",
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
    FaultCode.BREATH_HOLD: "Breath held?",
    FaultCode.BREATH_OUT_OF_STEP: "Breath the other way round",
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
    FaultCode.BREATH_HOLD: "The chest did not move as in a breath for eight seconds or more, while everything else could be seen.",
    FaultCode.BREATH_OUT_OF_STEP: "In most repetitions the breath went out as the turn began, and in on the way back.",
}

REJECTION_WORDS: dict[Rejection, str] = {
    Rejection.PARTIAL: "smaller than a full repetition",
    Rejection.WRONG_DIRECTION: "went the other way",
    Rejection.LOST_SIGHT: "could not be seen to its end",
    Rejection.TOO_SHORT: "too brief to be a repetition",
}

#: What began to help, where a clean range ends.
_BEGAN = {
    FaultCode.FOOT_LIFTED: "a foot began to lift",
    FaultCode.TRUNK_LEAN: "the trunk began to lean",
    FaultCode.PELVIS_HIKE: "the pelvis began to lift",
    FaultCode.KNEE_DRIFT: "the other knee began to drift",
    FaultCode.POSTURE_CHANGED: "the posture began to change",
}

_SUBJECTS = {
    "clean_range": "Clean range",
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
    FaultCode.BREATH_HOLD: "Whether the breath flows",
    FaultCode.BREATH_OUT_OF_STEP: "Breath in step with the movement",
}
#: Up to which ± an angle may be shown in which steps, degrees: the decimal place of an error of one digit, of two below 20 (JCGM 100:2008,
#: 7.2.6).
_STEPS_DEG = ((0.95, 0.1), (19.5, 1.0), (float("inf"), 10.0))
#: From this ± on an angle without room for it is marked as a rough one.
_ROUGH_PM_DEG = 4.0
_ISOLATION_STEP = 5
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
    """``24°``, ``24° ± 3°``, or ``0.42 rad`` where radians are asked for; a dash when not measured."""
    if not math.isfinite(value):
        return DASH
    if angle_unit() == "rad":
        return f"{_rad(value)} rad" + (f" ± {_rad(pm)} rad" if math.isfinite(pm) else "")
    return f"{_whole(value)}°" + (f" ± {_whole(pm)}°" if math.isfinite(pm) else "")


def degrees_up(pm_deg: float) -> str:
    """An error, rounded up so that it never promises too much: ``7°`` for 6.2, ``0.11 rad`` for the same in radians."""
    if angle_unit() == "rad":
        return f"{math.ceil(round(100 * math.radians(pm_deg), 2)) / 100:.2f} rad"
    return f"{math.ceil(round(pm_deg, 1))}°"


def speed_text(value_deg_s: float) -> str:
    """A speed: ``31 °/s`` or ``0.54 rad/s``; a dash when not measured."""
    if not math.isfinite(value_deg_s):
        return DASH
    return f"{_rad(value_deg_s)} rad/s" if angle_unit() == "rad" else f"{_whole(value_deg_s)} °/s"


def angle_text(value_deg: float, pm_deg: float) -> str:
    """A measured angle as its error supports it: ``24.3° ± 0.3°``, ``24° ± 3°``, ``20° ± 24°``; ``24° ± ?`` when the error is not known.

    The angle has the decimal place of its error: tenths of a degree below ± 1°, whole degrees below 20°, tens beyond (JCGM 100:2008,
    7.2.6). The ± is given in tenths or whole degrees and rounded up, so that it never promises too much.

    Parameters
    ----------
    value_deg
        The angle; NaN gives "not measured".
    pm_deg
        Half width of its 95 % interval, not negative; NaN or infinite: not known.
    """
    if not math.isfinite(value_deg):
        return "not measured"
    if not math.isfinite(pm_deg):
        return f"{degrees(value_deg)} ± ?"
    step = _step_deg(pm_deg)
    if angle_unit() == "rad":
        return _angle_text_rad(value_deg, pm_deg)
    if step < 1:
        tenths = math.ceil(round(10 * pm_deg, 3)) or 1
        return f"{_signed(f'{value_deg:.1f}')}° ± {tenths / 10:.1f}°"
    return f"{_whole(_stepped(value_deg, step))}° ± {math.ceil(round(pm_deg, 1))}°"


def about_text(value_deg: float, pm_deg: float = math.nan) -> str:
    """A measured angle where there is no room for its ±: ``24°``, and ``~24°`` when the ± is 4° or more; a dash when not measured."""
    if not math.isfinite(value_deg) or not pm_deg >= _ROUGH_PM_DEG:
        return degrees(value_deg)
    return f"~{degrees(_stepped(value_deg, _step_deg(pm_deg)))}"


def clean_range_text(rep: Rep) -> str:
    """``clean to 18°, then a foot began to lift``; ``clean to the end``; ``not judged``."""
    if not math.isfinite(rep.clean_range_deg):
        return "not judged"
    if rep.culprit is None:
        return "clean to the end"
    if at_once(rep):
        return f"{what_began(rep.culprit)} as the movement began"
    return f"clean to {about_text(rep.clean_range_deg, rep.range_pm_deg)}, then {what_began(rep.culprit)}"


def at_once(rep: Rep) -> bool:
    """Whether the clean range is too small to tell from nothing: it would be shown as 0°."""
    return about_text(rep.clean_range_deg, rep.range_pm_deg).lstrip("~") == degrees(0.0)


def what_began(code: FaultCode) -> str:
    """What began to help where a clean range ends: ``a foot began to lift``."""
    return _BEGAN.get(code, "something else began to help")


def isolation_text(fraction: float) -> str:
    """Share of a movement made without help, in steps of 5 %: ``85 %``; a dash when not judged."""
    if not math.isfinite(fraction):
        return DASH
    return f"{_ISOLATION_STEP * math.floor(100 * fraction / _ISOLATION_STEP + 0.5)} %"


def checks_text(codes: tuple[str, ...]) -> str:
    """What was looked for, as a list in words: ``Foot position, tempo and leaning of the trunk``; nothing for no code."""
    names = [subject(code) for code in codes]
    return joined([*names[:1], *(name[0].lower() + name[1:] for name in names[1:])])


def towards(direction: str) -> str:
    """The way of a movement: ``inwards`` for "inward", else ``in the direction up``."""
    name = clean_text(direction)
    return f"{name}s" if name.endswith("ward") else f"in the direction {name}"


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


def evidence(fault: Fault, pm_deg: float = math.nan) -> tuple[str, str]:
    """What was measured, with its ± where it is an angle whose error is known, and the limit it was held against, with their units."""
    if fault.unit == "deg":
        return _angle_over(fault, pm_deg), f"at most {degrees(fault.limit)}"
    if fault.code is FaultCode.BREATH_HOLD:
        return f"{seconds(fault.measured)} without a breath to be seen", f"asked about from {seconds(fault.limit)} on"
    if fault.code is FaultCode.BREATH_OUT_OF_STEP:
        return (plural(round(fault.measured), "repetition") if math.isfinite(fault.measured) else DASH), "most of a set"
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


def _angle_over(fault: Fault, pm_deg: float) -> str:
    if not math.isfinite(fault.measured):
        return DASH
    if not math.isfinite(pm_deg):
        return f"about {degrees(fault.measured)}"
    # Rounded in steps of 10 it could read as the limit itself, which it was found to be over.
    hides = _step_deg(pm_deg) > 1 and _stepped(fault.measured, _step_deg(pm_deg)) <= fault.limit
    return f"{degrees(fault.measured)} ± {degrees_up(pm_deg)}" if hides else angle_text(fault.measured, pm_deg)


def _step_deg(pm_deg: float) -> float:
    return next((step for below, step in _STEPS_DEG if pm_deg < below), _STEPS_DEG[-1][1])


def _stepped(value: float, step: float) -> float:
    """The nearest multiple of a step, halves away from zero."""
    return math.copysign(math.floor(abs(value) / step + 0.5) * step, value)


def _angle_text_rad(value_deg: float, pm_deg: float) -> str:
    """As `angle_text` in radians: thousandths below ± 1°, hundredths below 20°, tenths beyond."""
    step, value, pm = _step_deg(pm_deg), math.radians(value_deg), math.radians(pm_deg)
    decimals = 3 if step < 1 else 2 if step < 10 else 1
    up = max(decimals, 2)
    most = math.ceil(round(pm * 10**up, 2)) / 10**up or 10**-up
    return f"{_signed(f'{value:.{decimals}f}')} rad ± {most:.{up}f} rad"


def _rad(value_deg: float) -> str:
    return _signed(f"{math.radians(value_deg):.2f}")


def _whole(value: float) -> str:
    return _signed(f"{round(value) + 0}")


def _signed(number: str) -> str:
    """A number with a real minus sign, and none before zero."""
    return number.replace("-", "−") if float(number) else number.lstrip("-")


def _percent(value: float) -> str:
    return f"{round(100 * value)} %" if math.isfinite(value) else DASH
