"""What could not be measured, and why: in words that say what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from formcheck.errors import NotMeasurableError
from formcheck.exercise.curves import Curves
from formcheck.exercise.reps import Attempt
from formcheck.exercise.session import NotMeasured
from formcheck.exercise.spec import ExerciseSpec
from formcheck.exercise.validity import BEHIND_DEG, Off, cut_sentence, notes_of
from formcheck.motion.crossing import Swaps
from formcheck.motion.filters import median_step_s, true_runs
from formcheck.motion.framing import CameraView, Framing
from formcheck.motion.gates import MIN_SHANK_PX
from formcheck.motion.landmarks import Side
from formcheck.motion.recording import PoseRecording
from formcheck.motion.view import Posture

__all__ = ["not_measured", "refuse_unmeasurable", "view"]

#: At least this long, in all, somebody must be seen doing what the exercise needs.
MIN_MEASURABLE_S = 1.0
#: A shorter spell without a measurement is not worth a line.
MIN_SPELL_S = 0.5
#: Spells of one kind nearer to each other than this are told as one ...
JOINED_GAP_S = 2.0
#: ... and where there are more than this, the nearest ones are joined: a page of lines helps nobody.
MOST_SPELLS = 20

#: Knees bent further than this for most of the time are those of somebody who sits.
SEATED_KNEES_DEG = 60.0

_WORDS = {Posture.SEATED: "sitting", Posture.STANDING: "standing", Posture.LYING: "lying", Posture.UNKNOWN: "in another position"}

_OTHER_EXERCISE = {
    "posture": "you were not {posture} as this exercise needs",
    "both_legs": "both legs moved at once, which is not this exercise",
    "pelvis_moved": "the whole body moved along, not just the leg",
    "knee_bent": "the moving knee was bent, and this exercise keeps it straight",
    "knee_straight": "the knees were straight, and this exercise bends them",
    "too_long": "the leg stayed away too long for a repetition",
}


def refuse_unmeasurable(curves: Curves, spec: ExerciseSpec, framing: Framing) -> None:
    """Raise NotMeasurableError when there is nothing in the recording to measure this exercise on."""
    step = median_step_s(curves.time_s)
    need = min(MIN_MEASURABLE_S, 0.5 * float(curves.time_s[-1] - curves.time_s[0]))
    legs = np.logical_or.reduce(list(curves.leg_ok.values()))
    if curves.person.sum() * step < need:
        raise NotMeasurableError(_no_person(curves, framing))
    if legs.sum() * step < need:
        raise NotMeasurableError(_no_legs(curves, framing, legs))
    if (curves.posture_ok & legs).sum() * step < need:
        in_posture = ((curves.posture == spec.view.posture) & legs).sum() * step >= need
        raise NotMeasurableError(_no_posture(curves, spec, in_posture))


def _no_person(curves: Curves, framing: Framing) -> str:
    cut = _mostly_cut(framing, ("shoulder", "hip"), framing.found & ~curves.person)
    if cut is not None:
        return f"only a part of somebody is in view; {_lowered(cut_sentence(*cut))}"
    return "nobody is in view with hips and legs; step back until your whole body is in the picture."


def _no_legs(curves: Curves, framing: Framing, legs: npt.NDArray[np.bool_]) -> str:
    if framing.shank_px < MIN_SHANK_PX:
        return f"the legs cannot be seen well enough: they are only {framing.shank_px:.0f} pixels long; come nearer to the camera."
    cut = _mostly_cut(framing, ("knee", "ankle"), curves.person & ~legs)
    if cut is not None:
        return f"the legs cannot be seen: {_lowered(cut_sentence(*cut))}"
    return "the legs cannot be seen; step back or lower the camera until both feet are in the picture."


def _no_posture(curves: Curves, spec: ExerciseSpec, in_posture: bool) -> str:
    if in_posture and abs(curves.yaw_deg) > BEHIND_DEG:
        return "you have your back to the camera, and this exercise is measured from the front; turn round to face it."
    if in_posture and abs(curves.yaw_deg) > spec.view.max_yaw_deg:
        return f"you are turned too far from the camera for this exercise (about {abs(curves.yaw_deg):.0f} degrees); turn to face it."
    wanted, found = _WORDS[spec.view.posture], _usual_posture(curves)
    if found == wanted:
        return f"nobody keeps {wanted} long enough to measure {spec.title.lower()}; record a whole set."
    if spec.view.posture is Posture.SEATED and _knees_are_bent(curves):
        return "the camera looks down on you too steeply to tell how you sit; put it lower, at knee height."
    return (
        f"{spec.title.lower()} is done {wanted}, and the person in view is {found}; "
        "choose the right exercise with --exercise, or put the camera where its instructions say."
    )


def _knees_are_bent(curves: Curves) -> bool:
    """From high above, somebody on a chair looks as tall as if standing; but not with straight knees."""
    bent = np.concatenate([value[np.isfinite(value)] for value in curves.knee_flexion_deg.values()])
    upright = np.isin(curves.posture[curves.person].astype(str), [Posture.STANDING.value, Posture.UNKNOWN.value]).mean() > 0.5
    return bool(upright and len(bent) and np.median(bent) > SEATED_KNEES_DEG)


def _lowered(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]


def _mostly_cut(framing: Framing, parts: tuple[str, ...], where: npt.NDArray[np.bool_]) -> tuple[str, str] | None:
    """The part and border that explain most of some frames, when it is more than half of them."""
    cuts = [(cut.where & where, cut) for cut in framing.cuts if cut.part in parts]
    if not where.any() or not cuts or np.logical_or.reduce([mask for mask, _ in cuts]).sum() <= where.sum() / 2:
        return None
    most = max(cuts, key=lambda item: int(item[0].sum()))[1]
    return most.part, most.border


def _usual_posture(curves: Curves) -> str:
    found, counts = np.unique([str(p) for p in curves.posture[curves.person]], return_counts=True)
    return _WORDS[Posture(str(found[int(np.argmax(counts))]))]


def view(
    curves: Curves, recording: PoseRecording, camera: CameraView, framing: Framing, swaps: Swaps, off: Mapping[str, Off]
) -> dict[str, Any]:
    """What is known of the camera's view of the person; None for what is not known."""
    shanks = [curves.shank_px[side] for side in Side if np.isfinite(curves.shank_px[side])]
    several = int(recording.people.max()) if len(recording.people) else None
    return {
        "posture": Posture(_most_common(curves)).value,
        "yaw_deg": _rounded(curves.yaw_deg),
        "pitch_deg": _rounded(camera.pitch_deg),
        "roll_deg": _rounded(camera.roll_deg),
        "distance_shanks": _rounded(camera.distance_shanks),
        "shank_px": round(float(np.mean(shanks)), 1) if shanks else None,
        "person_fraction": round(float(curves.person.mean()), 4),
        "most_people": several,
        "other_person_frames": int(framing.other_person.sum()),
        "swapped_frames": swaps.swapped_frames,
        "doubtful_frames": swaps.doubtful_frames,
        "metrics_off": {metric: item.code for metric, item in sorted(off.items())},
    }


def _rounded(value: float) -> float | None:
    return round(float(value), 1) if np.isfinite(value) else None


def _most_common(curves: Curves) -> str:
    found, counts = np.unique([str(p) for p in curves.posture], return_counts=True)
    return str(found[int(np.argmax(counts))])


def not_measured(
    recording: PoseRecording,
    curves: Curves,
    spec: ExerciseSpec,
    attempts: list[Attempt],
    framing: Framing,
    swaps: Swaps,
    off: Mapping[str, Off],
    unseen: Iterable[NotMeasured],
) -> list[NotMeasured]:
    """Everything that was looked for and could not be measured, in order of time."""
    first, last = float(curves.time_s[0]), float(curves.time_s[-1])
    whole = [NotMeasured(item.code.value, "not_measurable_here", item.reason, first, last) for item in spec.not_measurable]
    whole += notes_of(spec, off, first, last)
    reason = "Somebody else was in view; make sure that only the person who exercises is in the picture."
    spells = [NotMeasured("person", "several_people", reason, start, end) for start, end in framing.several_s]
    spells += _unseen_spells(curves, framing, spec.view.posture) + _swapped_spells(curves, swaps)
    for attempt in attempts:
        if attempt.other_exercise:
            words = _OTHER_EXERCISE[attempt.other_exercise].format(posture=_WORDS[spec.view.posture])
            reason = f"A movement was left out: {words}."
            whole.append(NotMeasured("repetition", attempt.other_exercise, reason, attempt.tempo.start_s, attempt.tempo.end_s))
    found = [*_joined([*whole, *unseen]), *_joined_spells(spells)]
    return sorted(found, key=lambda item: (item.start_s, item.what))


def _unseen_spells(curves: Curves, framing: Framing, posture: Posture) -> list[NotMeasured]:
    """Stretches in which nobody, or no leg, or somebody else, or another posture was seen."""
    legs = np.logical_or.reduce(list(curves.leg_ok.values()))
    found = []
    for start, stop in _spells(curves, ~curves.person):
        what, code, reason = "person", "nobody", "Nobody was in view with hips and legs."
        here = np.zeros(len(legs), bool)
        here[start:stop] = True
        cut = _mostly_cut(framing, ("shoulder", "hip"), here)
        if 2 * framing.other_person[start:stop].sum() > stop - start:
            code, reason = (
                "other_person",
                "Somebody else was followed instead; only the person who exercises should be in the picture.",
            )
        elif cut is not None:
            code, reason = "cut_off", cut_sentence(*cut)
        found.append(_note(curves, what, code, reason, start, stop))
    for start, stop in _spells(curves, curves.person & ~legs):
        here = np.zeros(len(legs), bool)
        here[start:stop] = True
        cut = _mostly_cut(framing, ("knee", "ankle"), here)
        if cut is not None:
            found.append(_note(curves, "legs", "cut_off", cut_sentence(*cut), start, stop))
        else:
            found.append(_note(curves, "legs", "legs_hidden", "The legs were hidden or outside the picture.", start, stop))
    for start, stop in _spells(curves, curves.person & legs & ~curves.posture_ok):
        if 2 * (curves.posture[start:stop] == posture).sum() > stop - start and posture is not Posture.LYING:
            reason = "You were turned too far from the camera, or did not stay as you were. Face the camera."
            found.append(_note(curves, "posture", "turned_away", reason, start, stop))
        else:
            reason = "The body was not in the position of this exercise."
            found.append(_note(curves, "posture", "other_posture", reason, start, stop))
    return found


def _swapped_spells(curves: Curves, swaps: Swaps) -> list[NotMeasured]:
    """Stretches in which sides were put right, or a leg was drawn on the other."""
    found = []
    for start, stop in true_runs(swaps.swapped):
        reason = "Left and right were mistaken for each other, and put right again; film from the front, with both legs in sight."
        found.append(_note(curves, "sides", "sides_swapped", reason, start, stop))
    for side, where in swaps.doubtful.items():
        for start, stop in _spells(curves, where):
            reason = f"The {side.value} leg could not be told from the other; film from the front, with both legs in sight."
            found.append(_note(curves, "legs", "legs_in_one", reason, start, stop))
    return found


def _spells(curves: Curves, where: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and one past the last frame of each run that is worth a line."""
    return [(start, stop) for start, stop in true_runs(where) if curves.time_s[stop - 1] - curves.time_s[start] >= MIN_SPELL_S]


def _note(curves: Curves, what: str, code: str, reason: str, start: int, stop: int) -> NotMeasured:
    return NotMeasured(what, code, reason, float(curves.time_s[start]), float(curves.time_s[stop - 1]))


def _joined_spells(items: list[NotMeasured]) -> list[NotMeasured]:
    """Spells of the same reason as one where they are near to each other, or where there are too many."""
    by_reason: dict[tuple[str, str, str], list[NotMeasured]] = {}
    for item in sorted(items, key=lambda item: item.start_s):
        by_reason.setdefault((item.what, item.code, item.reason), []).append(item)
    joined: list[NotMeasured] = []
    for same in by_reason.values():
        gaps = sorted((after.start_s - before.end_s for before, after in pairwise(same)), reverse=True)
        widest = max(JOINED_GAP_S, gaps[MOST_SPELLS - 1]) if len(gaps) >= MOST_SPELLS else JOINED_GAP_S
        kept = [same[0]]
        for item in same[1:]:
            before = kept[-1]
            if item.start_s - before.end_s <= widest:
                kept[-1] = NotMeasured(item.what, item.code, item.reason, before.start_s, max(before.end_s, item.end_s))
            else:
                kept.append(item)
        joined += kept
    return joined


def _joined(items: list[NotMeasured]) -> list[NotMeasured]:
    """One line for the same reason said of several repetitions, from the first to the last."""
    joined: dict[tuple[str, str, str], NotMeasured] = {}
    for item in items:
        key = (item.what, item.code, item.reason)
        if key in joined:
            before = joined[key]
            joined[key] = NotMeasured(*key, min(before.start_s, item.start_s), max(before.end_s, item.end_s))
        else:
            joined[key] = item
    return list(joined.values())
