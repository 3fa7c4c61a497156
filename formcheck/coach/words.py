"""Everything the coach says, in one place, ready to be translated. Short texts are spoken, longer ones are read.

No sentence holds a number that was not measured or chosen; angles are whole degrees with "about". Nothing urges anybody further.
"""

from __future__ import annotations

import math

from formcheck.coach.guidance import ChestMove, Hold, Stage
from formcheck.coach.moment import FramingHint, Unrest
from formcheck.exercise.session import Fault, FaultCode
from formcheck.motion.landmarks import Side

__all__ = [
    "ADVICE_DISCOMFORT",
    "ADVICE_PAIN",
    "FRAMING",
    "HINTS",
    "INSTRUCTIONS",
    "KEYS",
    "SAFETY",
    "TITLES",
    "UNREST",
    "about_deg",
    "correction",
    "correction_detail",
    "leg_name",
    "rejection",
    "times",
]

SAFETY = (
    "Move only as far as is comfortable. Stop at once with pain, a pinch in the groin, catching, numbness or dizziness.",
    "After hip surgery or a recent injury, in pregnancy, or if you were told not to turn the leg: ask your clinician first.",
)
NO_DEVICE = "formcheck helps you to train. It is not a medical device, and its angles are estimates."

ADVICE_PAIN = (
    "Bring the leg back gently and rest; there is nothing to finish today. "
    "If the pain stays or comes again, please see a clinician before you go on."
)
ADVICE_PAIN_SPOKEN = "Stopped. Let the leg come back gently, and rest."
ADVICE_DISCOMFORT = (
    "That is enough for today. Rest, and try less movement another time. "
    "If the discomfort stays or grows, please see a clinician before you go on."
)
ADVICE_DISCOMFORT_SPOKEN = "That is enough for today. Please rest."
ADVICE_BEFORE = "With that much discomfort, today is a day to rest. If it stays, please see a clinician."

TITLES: dict[Stage, str] = {
    Stage.CHOOSE: "Choose your session",
    Stage.FRAMING: "Getting you into the picture",
    Stage.REST: "Keep still",
    Stage.OFFER: "Your comfortable range",
    Stage.RANGE: "Your comfortable range",
    Stage.SET: "Your set",
    Stage.SWITCH: "Rest and change legs",
    Stage.SUMMARY: "How it went",
    Stage.STOPPED: "Stopped",
    Stage.DONE: "Done",
}
INSTRUCTIONS: dict[Stage, str] = {
    Stage.CHOOSE: "Choose the exercise, the legs, how many and how fast.",
    Stage.FRAMING: "Take your place.",
    Stage.REST: "Take your starting position and keep still for three seconds.",
    Stage.OFFER: "Your range from last time is used. Press R to measure it again.",
    Stage.RANGE: "Three slow repetitions, only as far as is comfortable.",
    Stage.SET: "Slow and even. Breathe in as you set off, out on the way back.",
    Stage.SWITCH: "Rest, and get the other leg ready.",
    Stage.SUMMARY: "Well done for taking the time.",
    Stage.STOPPED: "The session has ended.",
    Stage.DONE: "You can close the window.",
}
FRAMING_GOOD = "Very good. Stay like that."
FRAMING_PEOPLE = "Somebody else is in view. Ask them to step out of the picture."

FRAMING: dict[FramingHint, str] = {
    FramingHint.NO_PICTURE: "There is no picture. Is the lens covered?",
    FramingHint.MORE_LIGHT: "It is too dark. Turn on a light in front of you.",
    FramingHint.NOBODY: "I cannot see you yet. Come in front of the camera.",
    FramingHint.OTHER_PERSON: FRAMING_PEOPLE,
    FramingHint.HOLD_UPRIGHT: "The camera is tilted. Set it upright.",
    FramingHint.STEP_BACK: "Move back a little, or the camera away from you.",
    FramingHint.COME_CLOSER: "Come a little closer.",
    FramingHint.MOVE_TO_MIDDLE: "Move to the middle of the picture.",
    FramingHint.FEET_IN_VIEW: "I need to see both feet. Tilt the camera down, or move back.",
    FramingHint.LEGS_IN_VIEW: "I need to see hips, knees and ankles. Clear what is in front, or move back.",
    FramingHint.SIT_DOWN: "Sit down, with your feet on the floor.",
    FramingHint.STAND_UP: "Stand upright.",
    FramingHint.LIE_DOWN: "Lie down on your side.",
    FramingHint.TURN_TOWARDS: "Turn towards me.",
    FramingHint.CAMERA_LOWER: "Put the camera lower.",
    FramingHint.CAMERA_HIGHER: "Put the camera higher.",
    FramingHint.LESS_LIGHT: "It is too bright. Turn away from the window, or dim the light.",
}
UNREST: dict[Unrest, str] = {
    Unrest.NOT_SEEN: "I cannot see your legs well enough.",
    Unrest.CAMERA_MOVES: "The camera moves. Put it on something firm.",
    Unrest.LEG_MOVES: "The leg is still moving.",
    Unrest.FOOT_MOVES: "A foot is still moving.",
    Unrest.TRUNK_MOVES: "Your upper body is still moving.",
    Unrest.TOO_NOISY: "The picture is unsteady. More light helps.",
}
HOLDS: dict[Hold, str] = {
    Hold.PAUSED: "Paused. Press Space to go on.",
    Hold.RESUMING: "Going on.",
    Hold.LOST: "I lost sight of you. I wait, and your count is kept.",
    Hold.CAMERA: "The camera has a problem. I wait, and your count is kept.",
    Hold.GAP: "There was a gap in time. Your count is kept, nothing was added.",
}
HOLD_GAP_WAITS = "There was a long gap in time. Your count is kept. Press Space to go on."
HOLD_SPOKEN: dict[Hold, str] = {
    Hold.PAUSED: "Paused.",
    Hold.RESUMING: "Going on.",
    Hold.LOST: "I lost sight of you.",
    Hold.CAMERA: "The camera has a problem.",
    Hold.GAP: "There was a gap in time.",
}
FOUND_AGAIN = "I see you again. Go on when you are ready."
GO_ON = "Go on when you are ready."

REJECTIONS: dict[str, str] = {
    "partial": "That one was small and is not counted. Stay with what is comfortable.",
    "wrong_direction": "That one went the other way.",
    "lost_sight": "I could not see all of that one.",
    "too_short": "That one was too brief to count.",
    "not_clean": "That one does not measure your range. Another slow one, please.",
}
PRAISE = (
    "Three clean ones in a row.",
    "Well controlled.",
    "That is just the way.",
)
PRAISE_EVEN = (
    "Even and unhurried.",
    "A smooth way out and back.",
)

_CORRECTIONS: dict[str, str] = {
    FaultCode.FOOT_LIFTED: "Keep the foot flat.",
    FaultCode.OVER_ROTATION: "A little less far.",
    FaultCode.TOO_FAST: "Slower, please.",
    FaultCode.FAST_RETURN: "Slowly on the way back.",
    FaultCode.JERKY: "One even sweep.",
    FaultCode.TRUNK_LEAN: "Keep your trunk still.",
    FaultCode.POSTURE_CHANGED: "Back to how you started.",
    FaultCode.PELVIS_HIKE: "Keep the hips level.",
    FaultCode.KNEE_DRIFT: "Keep the other knee still.",
    FaultCode.BREATH_HOLD: "Is your breath flowing?",
    FaultCode.BREATH_OUT_OF_STEP: "Try breathing in as you set off.",
}
FEET_TOGETHER = "Keep the feet together."
#: What the chest is seen to do; not what it should do, which the pacer says.
BREATH_SEEN: dict[ChestMove, str] = {
    ChestMove.IN: "breath: in",
    ChestMove.OUT: "breath: out",
    ChestMove.PAUSE: "breath: pause",
    ChestMove.HELD: "breath held?",
    ChestMove.UNSEEN: "breath not seen",
}

#: What a key does, its names to show (the usual one first) and the words for it.
KEYS: dict[str, tuple[str, ...]] = {
    "pain": ("P", "Esc"),
    "pause": ("Space",),
    "resume": ("Space",),
    "recalibrate": ("R",),
    "mute": ("M",),
    "skip": ("S",),
    "confirm": ("Enter",),
    "finish": ("F",),
    "mirror": ("X",),
    "switch_camera": ("C",),
    "discomfort": ("0", "…", "9", "T"),
}
HINTS: dict[str, str] = {
    "pain": "pain, stop now",
    "pause": "pause",
    "resume": "go on",
    "recalibrate": "rest again",
    "measure_again": "measure again",
    "mute": "mute",
    "unmute": "sound on",
    "skip": "skip",
    "skip_leg": "end this leg",
    "confirm": "use it",
    "go_on": "go on",
    "finish": "finish",
    "end": "end",
    "mirror": "mirror",
    "switch_camera": "other camera",
    "discomfort": "discomfort 0 to 10 (T is ten)",
}
ASK_DISCOMFORT = "How much discomfort is there, from 0 (none) to 10 (the worst)?"
NOT_MEASURED_ANGLE = "The angle cannot be measured now."
TEN_SECONDS = "Ten seconds more."
RANGE_KEPT = "Your range from last time is used."
RANGE_NOT_MEASURED = "Your own range could not be measured; the general limit is used."
REST_DONE = "Thank you."
MUST_WAIT = "Wait"


def leg_name(side: Side | None) -> str:
    """``left leg``, ``right leg``, ``both legs``."""
    return "both legs" if side is None else f"{side.value} leg"


def times(count: int) -> str:
    """``1 repetition``, ``2 repetitions``."""
    return f"{count} repetition{'' if count == 1 else 's'}"


def about_deg(angle_deg: float) -> str:
    """``about 24°``; empty when not measured."""
    return f"about {round(angle_deg) + 0}°" if math.isfinite(angle_deg) else ""


def set_title(side: Side | None, done: int, target: int) -> str:
    """Headline of a set."""
    return f"{leg_name(side).capitalize()}: {done} of {target}"


def leg_begins(side: Side | None, target: int) -> str:
    """Said as a set begins."""
    return f"{leg_name(side).capitalize()}, {times(target)}. Begin when you are ready."


def range_begins(side: Side | None) -> str:
    """Said as the comfortable range is to be measured."""
    return f"{leg_name(side).capitalize()}: three slow ones, only as far as is comfortable."


def leg_done(done: int, target: int) -> str:
    """Said at the end of a set; praise only when the target was reached."""
    return f"That was {done}. Well done, rest the leg." if done >= target else f"{times(done)}. That is fine, rest the leg."


def next_leg(side: Side | None, remaining_s: float) -> str:
    """Shown during the rest between two legs."""
    return f"Next: {leg_name(side)}, in {math.ceil(remaining_s)} s."


def resuming(remaining_s: float) -> str:
    """Shown in the countdown after a pause."""
    return f"Going on in {math.ceil(remaining_s)}."


def other_leg(side: Side | None) -> str:
    """Said when the wrong leg moved."""
    return "Move both legs together." if side is None else f"It is the {side.value} leg's turn."


def rejection(reason: str, side: Side | None) -> str:
    """Why a movement does not count; empty for one made while the session waited."""
    return other_leg(side) if reason == "other_leg" else REJECTIONS.get(reason, "")


def correction(code: str, feet_apart: bool = False) -> str:
    """The few words for a mistake; ``feet_apart`` where the rule is about feet that should touch."""
    if code == FaultCode.FOOT_LIFTED and feet_apart:
        return FEET_TOGETHER
    return _CORRECTIONS.get(code, "Gently, and with control.")


def correction_detail(fault: Fault | None) -> str:
    """More to read about a mistake, with the angle that was measured."""
    if fault is None:
        return ""
    numbers = ""
    if fault.unit == "deg" and math.isfinite(fault.measured) and math.isfinite(fault.limit):
        numbers = f" It was {about_deg(fault.measured)}, the limit is {about_deg(fault.limit)}."
    return fault.message + numbers


def range_measured(range_deg: float, limit_deg: float) -> str:
    """Said when the comfortable range is known."""
    return f"Your comfortable range is {about_deg(range_deg)}. I speak up from {about_deg(limit_deg)}."


WORK_ON: dict[str, str] = {
    FaultCode.FOOT_LIFTED: "The foot: keep its whole sole where it was.",
    FaultCode.OVER_ROTATION: "How far: stop a little earlier, at a gentle stretch.",
    FaultCode.TOO_FAST: "Tempo: take your time both ways.",
    FaultCode.FAST_RETURN: "The way back: as slow as the way out.",
    FaultCode.JERKY: "Evenness: one flowing sweep, as if through water.",
    FaultCode.TRUNK_LEAN: "Trunk: let only the leg move.",
    FaultCode.POSTURE_CHANGED: "Posture: stay as tall as at the start.",
    FaultCode.PELVIS_HIKE: "Pelvis: keep both sides level.",
    FaultCode.KNEE_DRIFT: "The other leg: let it rest.",
    FaultCode.BREATH_HOLD: "Breath: let it flow, in and out.",
    FaultCode.BREATH_OUT_OF_STEP: "Breath: in as you set off, out on the way back.",
}
WENT_WELL: dict[str, str] = {
    FaultCode.FOOT_LIFTED: "Your feet stayed where they should.",
    FaultCode.OVER_ROTATION: "You kept within your limit every time.",
    FaultCode.TOO_FAST: "Your tempo was calm throughout.",
    FaultCode.JERKY: "Every movement was even.",
    FaultCode.TRUNK_LEAN: "Your trunk stayed still.",
}
WORK_ON_TITLE = "To work on:"
WENT_WELL_TITLE = "What went well:"
PLEASE_REST = "Please rest"
NOTHING_TO_WORK_ON = "Nothing stood out. Keep it just so."


def work_on(code: str, count: int) -> str:
    """One thing to work on, and in how many repetitions it was seen; 0 for what is of the set as a whole."""
    text = WORK_ON.get(code, "Control: gently and evenly.")
    return f"{text} Seen in {times(count)}." if count else text


def feet_together_well() -> str:
    """What went well where the feet should touch."""
    return "Your feet stayed together."


def clean_reps(clean: int, total: int) -> str:
    """How many repetitions had nothing to correct."""
    return f"{clean} of {times(total)} had nothing to correct."


def leg_line(side: Side | None, done: int, target: int, range_deg: float, not_counted: int) -> str:
    """One line of the summary for a leg."""
    far = f", usually {about_deg(range_deg)}" if math.isfinite(range_deg) else ""
    rest = f"; {not_counted} more not counted" if not_counted else ""
    return f"{leg_name(side).capitalize()}: {done} of {target}{far}{rest}."


def rep_line(number: int, range_deg: float, out_s: float, back_s: float, faults: tuple[str, ...]) -> str:
    """One line of the summary for a repetition."""
    parts = [about_deg(range_deg) or "angle not measured"]
    if math.isfinite(out_s) and math.isfinite(back_s):
        parts.append(f"{out_s:.1f} s out, {back_s:.1f} s back")
    parts.append(", ".join(FAULT_NAMES.get(code, code.replace("_", " ")) for code in faults) or "clean")
    return f"{number}: " + "; ".join(parts)


FAULT_NAMES: dict[str, str] = {
    FaultCode.FOOT_LIFTED: "foot moved",
    FaultCode.OVER_ROTATION: "too far",
    FaultCode.TOO_FAST: "hurried",
    FaultCode.FAST_RETURN: "quick way back",
    FaultCode.JERKY: "jerky",
    FaultCode.TRUNK_LEAN: "trunk leaned",
    FaultCode.POSTURE_CHANGED: "posture changed",
    FaultCode.PELVIS_HIKE: "pelvis lifted",
    FaultCode.KNEE_DRIFT: "other knee drifted",
    FaultCode.BREATH_HOLD: "breath held?",
    FaultCode.BREATH_OUT_OF_STEP: "breath the other way round",
}
