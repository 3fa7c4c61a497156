"""From the state of a session to everything to show of it."""

from __future__ import annotations

import math

from formcheck.coach import words
from formcheck.coach.guidance import BreathSeen, ChestMove, Count, Gauge, Hint, Hold, Screen, Stage
from formcheck.coach.moment import BreathState
from formcheck.coach.stages import FRAMING_GOOD_S, RANGE_REPS, REST_STILL_S
from formcheck.coach.state import WORK_STAGES, SessionState
from formcheck.coach.summary import summary_of
from formcheck.coach.work import phase_of
from formcheck.motion.breath_signal import Doubt
from formcheck.motion.landmarks import Side

__all__ = ["screen_of"]

_OVER = (Stage.SUMMARY, Stage.STOPPED, Stage.DONE)
#: Keys of each stage, besides those of every stage, in the order in which they are shown.
_KEYS: dict[Stage, tuple[str, ...]] = {
    Stage.CHOOSE: (),
    Stage.FRAMING: ("skip", "mirror", "switch_camera"),
    Stage.REST: ("skip", "recalibrate"),
    Stage.OFFER: ("confirm", "measure_again"),
    Stage.RANGE: ("skip", "recalibrate"),
    Stage.SET: ("recalibrate", "skip_leg"),
    Stage.SWITCH: ("skip",),
    Stage.SUMMARY: (),
    Stage.STOPPED: (),
    Stage.DONE: (),
}
#: A chest that moved less than this, in half usual breaths, over the last seven fifths of a second does neither: noise would choose.
_PAUSE_RANGE, _PAUSE_VALUES = 0.2, 7
_KEY_OF = {"measure_again": "recalibrate", "unmute": "mute", "skip_leg": "skip", "go_on": "confirm", "end": "finish"}


def screen_of(state: SessionState, hold: Hold, resume_left_s: float | None, waits_for_key: bool) -> Screen:
    """The screen of this moment."""
    stage, choice = state.stage, state.choice
    count = None
    counts: tuple[Count, ...] = ()
    if choice is not None:
        counts = tuple(Count(side, state.tally.count(side), choice.target) for side in choice.sides)
        count = counts[state.leg] if stage is Stage.SET else None
    if stage is Stage.RANGE:
        count = Count(state.side, len(state.range_deg), RANGE_REPS)
    return Screen(
        stage=stage,
        hold=hold,
        title=words.PLEASE_REST if stage is Stage.SUMMARY and state.advice is not None else state.title(),
        instruction=_instruction(state, hold, resume_left_s, waits_for_key),
        detail=_detail(state, hold),
        count=count,
        counts=counts,
        gauge=_gauge(state) if stage in WORK_STAGES else None,
        breath=state.breath if stage in WORK_STAGES and hold is Hold.NONE else None,
        breath_seen=_breath_seen(state) if stage in WORK_STAGES and hold is Hold.NONE else None,
        correction=state.corrections.current if hold is Hold.NONE and stage in WORK_STAGES else None,
        notice=state.notice if state.now_s < state.notice_until_s else None,
        progress=_progress(state),
        remaining_s=_remaining_s(state, hold, resume_left_s),
        asks_discomfort=state.asks and stage is not Stage.DONE,
        advice=state.advice,
        hints=_hints(state, hold),
        muted=state.muted,
        elapsed_s=state.now_s,
    )


def _instruction(state: SessionState, hold: Hold, resume_left_s: float | None, waits_for_key: bool) -> str:
    if hold is Hold.CAMERA and state.moment.trouble:
        return state.moment.trouble
    if hold is Hold.RESUMING and resume_left_s is not None:
        return words.resuming(resume_left_s)
    if hold is Hold.GAP and waits_for_key:
        return words.HOLD_GAP_WAITS
    if hold is not Hold.NONE:
        return words.HOLDS[hold]
    stage = state.stage
    if stage is Stage.FRAMING:
        if state.moment.trouble is not None:
            return state.moment.trouble
        hints = state.moment.framing.hints
        return words.FRAMING[hints[0]] if hints else words.FRAMING_GOOD
    if stage is Stage.REST and state.engine is not None and state.engine.unrest and state.engine.still_s < 1.0:
        return words.UNREST[state.engine.unrest[0]]
    if stage is Stage.SWITCH and state.choice is not None:
        return words.next_leg(state.choice.sides[state.leg + 1], max(0.0, state.remaining_s))
    return words.INSTRUCTIONS[stage]


def _detail(state: SessionState, hold: Hold) -> tuple[str, ...]:
    stage, trouble = state.stage, state.moment.trouble
    # Whatever else the session waits for, a camera in trouble is named.
    named = hold is Hold.CAMERA or (stage is Stage.FRAMING and hold is Hold.NONE)
    if trouble is not None and not named and stage not in (Stage.CHOOSE, *_OVER):
        return (trouble,)
    if stage is Stage.CHOOSE:
        return (*words.SAFETY, words.NO_DEVICE)
    if stage is Stage.FRAMING and hold is Hold.NONE:
        return tuple(words.FRAMING[hint] for hint in state.moment.framing.hints[1:3])
    if stage in (Stage.SUMMARY, Stage.STOPPED):
        return summary_of(state).lines
    if stage is Stage.REST and state.choice is not None:
        return (state.choice.spec.steps[0],)
    return ()


def _gauge(state: SessionState) -> Gauge:
    engine, side = state.engine, state.side
    legs = [side] if side is not None else list(Side)
    nan = math.nan
    angles = [engine.angle_deg.get(leg, nan) for leg in legs] if engine is not None else []
    known = [angle for angle in angles if math.isfinite(angle)]
    limits = [engine.limit_deg.get(leg, nan) for leg in legs] if engine is not None else []
    limit = min((value for value in limits if math.isfinite(value)), default=nan)
    comfort = state.comfort.get(side)
    angle = sum(known) / len(known) if known else nan
    reason = None if known else _why_no_angle(state)
    return Gauge(angle, comfort.range_deg if comfort is not None else nan, limit, phase_of(engine, side), reason)


def _breath_seen(state: SessionState) -> BreathSeen | None:
    if state.choice is None or not state.choice.watches_breath:
        return None
    breath = state.engine.breath if state.engine is not None else None
    move = _chest_move(breath) if breath is not None else ChestMove.UNSEEN
    return BreathSeen(move, words.BREATH_SEEN[move], breath.trace if breath is not None else ())


def _chest_move(breath: BreathState) -> ChestMove:
    if breath.now.doubt is not Doubt.NONE or not math.isfinite(breath.now.level):
        return ChestMove.UNSEEN
    if breath.held is not None or breath.now.breathes_in is None:
        return ChestMove.HELD
    lately = [level for level in breath.trace[-_PAUSE_VALUES:] if math.isfinite(level)]
    if len(lately) == _PAUSE_VALUES and max(lately) - min(lately) < _PAUSE_RANGE:
        return ChestMove.PAUSE
    return ChestMove.IN if breath.now.breathes_in else ChestMove.OUT


def _why_no_angle(state: SessionState) -> str:
    assert state.choice is not None
    angle = state.choice.spec.reps.angle
    notes = state.engine.not_measured if state.engine is not None else ()
    return next((note.reason for note in notes if note.what == angle), words.NOT_MEASURED_ANGLE)


def _progress(state: SessionState) -> float | None:
    if state.stage is Stage.FRAMING:
        return min(1.0, state.good_s / FRAMING_GOOD_S)
    if state.stage is Stage.REST:
        return min(1.0, state.engine.still_s / REST_STILL_S) if state.engine is not None else 0.0
    if state.stage is Stage.RANGE:
        return len(state.range_deg) / RANGE_REPS
    return None


def _remaining_s(state: SessionState, hold: Hold, resume_left_s: float | None) -> float | None:
    if hold is Hold.RESUMING:
        return resume_left_s
    return max(0.0, state.remaining_s) if state.stage in (Stage.OFFER, Stage.SWITCH) else None


def _hints(state: SessionState, hold: Hold) -> tuple[Hint, ...]:
    stage = state.stage
    # Before a session there is nothing to stop; its keys are those of the list to choose from.
    actions: list[str] = [] if stage in (Stage.CHOOSE, Stage.DONE, Stage.STOPPED) else ["pain"]
    if hold in (Hold.PAUSED, Hold.RESUMING, Hold.GAP):
        actions.append("resume")
    elif stage not in (Stage.CHOOSE, *_OVER):
        actions.append("pause")
    if hold is Hold.NONE:
        actions += _KEYS[stage]
    elif hold is Hold.CAMERA:
        actions.append("switch_camera")
    if state.asks:
        actions.append("discomfort")
    if stage not in (Stage.CHOOSE, Stage.DONE):
        actions += ["unmute" if state.muted else "mute", "end" if stage in (Stage.SUMMARY, Stage.STOPPED) else "finish"]
    return tuple(Hint(_KEY_OF.get(action, action), words.KEYS[_KEY_OF.get(action, action)], words.HINTS[action]) for action in actions)
