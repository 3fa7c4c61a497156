"""What makes a session wait where it was, and what lets it go on: a pause, lost sight, a camera in trouble, a jump of the clock."""

from __future__ import annotations

import math
from dataclasses import dataclass

from formcheck.coach import words
from formcheck.coach.guidance import CueKind, Hold, Stage, Tone
from formcheck.coach.moment import Moment
from formcheck.coach.records import Paused, Resumed
from formcheck.coach.state import RECORDING_STAGES, SIGHT_STAGES, SessionState

__all__ = ["GAP_S", "LOST_AFTER_S", "RESUME_S", "Holds"]

#: A jump of the clock longer than this is a gap: sleep, a stalled camera, a changed clock. Cameras give at least 5 frames a second.
GAP_S = 1.0
#: After a longer gap nobody can be taken to be there still: it waits for a key.
LONG_GAP_S = 60.0
#: Out of sight for less is a hand in front of the knee.
LOST_AFTER_S = 1.0
#: In sight again for this long: they are back, not passing.
FOUND_AFTER_S = 1.0
#: After a gap the picture must have been well for this long before it goes on by itself.
SETTLED_S = 3.0
#: Countdown after a pause: time to sit down again.
RESUME_S = 3.0

#: Stages with nothing to resume into: a pause is taken back at once.
_WITHOUT_COUNTDOWN = frozenset({Stage.CHOOSE, Stage.SUMMARY})
_NEVER_HELD = frozenset({Stage.STOPPED, Stage.DONE})
_GAP_STAGES = SIGHT_STAGES | {Stage.OFFER, Stage.SWITCH}


@dataclass
class Holds:
    """Keeps the hold of a session and its clock."""

    state: SessionState
    _started: bool = False
    _lost_s: float = 0.0
    _found_s: float = 0.0
    _resume_left_s: float = 0.0
    waits_for_key: bool = False

    @property
    def resume_left_s(self) -> float | None:
        """Seconds left of the countdown after a pause, or None."""
        return self._resume_left_s if self.state.hold is Hold.RESUMING else None

    def tick(self, moment: Moment) -> None:
        """Let the clock of a moment pass. Time that is not a number, jumps, or goes back does not pass for the session."""
        state = self.state
        state.moment = moment
        if not math.isfinite(moment.time_s):
            state.dt_s = 0.0
            return
        before_s = state.time_s
        passed_s = moment.time_s - before_s if self._started else 0.0
        self._started, state.time_s = True, moment.time_s
        jumped = not 0.0 <= passed_s <= GAP_S
        state.dt_s = 0.0 if jumped else passed_s
        state.now_s += state.dt_s
        if jumped:
            self._on_gap(before_s, passed_s)

    def pause(self) -> None:
        """Pause, whatever the stage; after the end there is nothing to pause."""
        if self.state.stage not in _NEVER_HELD and self.state.hold is not Hold.PAUSED:
            self._begin(Hold.PAUSED, self.state.time_s)

    def resume(self, at_once: bool = False) -> None:
        """Take back a pause or a gap: after a countdown, or at once."""
        state = self.state
        if state.hold not in (Hold.PAUSED, Hold.GAP, Hold.RESUMING):
            return
        if at_once or state.hold is Hold.RESUMING or state.stage in _WITHOUT_COUNTDOWN:
            self.release()
            return
        state.hold, self._resume_left_s = Hold.RESUMING, RESUME_S
        self._speak()

    def release(self) -> None:
        """Go on."""
        state = self.state
        if state.hold is Hold.NONE:
            return
        state.hold, self._lost_s = Hold.NONE, 0.0
        state.tally.light_up(state.time_s)
        state.range_tally.light_up(state.time_s)
        if state.stage is Stage.REST:
            # Stillness somewhere else, while it waited, is no starting position.
            state.fresh_run(None)
        state.records.append(Resumed(state.time_s, state.stage.value))

    def advance(self) -> None:
        """Look whether the session has to wait, or can go on."""
        state, moment = self.state, self.state.moment
        in_sight, works = moment.framing.in_sight, moment.trouble is None
        self._lost_s = self._lost_s + state.dt_s if works and not in_sight else 0.0
        self._found_s = self._found_s + state.dt_s if works and in_sight else 0.0
        if state.hold is Hold.NONE:
            if state.stage in SIGHT_STAGES | {Stage.OFFER} and moment.trouble is not None:
                self._begin(Hold.CAMERA, state.time_s)
            elif state.stage in SIGHT_STAGES and self._lost_s >= LOST_AFTER_S:
                self._begin(Hold.LOST, state.time_s)
        elif state.hold in (Hold.LOST, Hold.CAMERA):
            self._look_for()
        elif state.hold is Hold.GAP:
            if not self.waits_for_key and (self._found_s >= SETTLED_S or state.stage is Stage.SWITCH):
                self.resume()
        elif state.hold is Hold.RESUMING:
            self._count_down()

    def _count_down(self) -> None:
        # Nobody is sent into a set that the camera cannot see.
        if self.state.stage in SIGHT_STAGES and self._found_s <= 0:
            self._resume_left_s = RESUME_S
            return
        self._resume_left_s -= self.state.dt_s
        if self._resume_left_s <= 1e-9:
            self.release()

    def _look_for(self) -> None:
        state, trouble = self.state, self.state.moment.trouble
        # What is in the way is named as it is now: a camera may fail while nobody is there, and come back to an empty chair.
        if state.hold is Hold.LOST and trouble is not None:
            self._begin(Hold.CAMERA, state.time_s)
        elif state.hold is Hold.CAMERA and trouble is None and state.stage is Stage.OFFER:
            self.release()
        elif state.hold is Hold.CAMERA and self._lost_s >= LOST_AFTER_S:
            self._begin(Hold.LOST, state.time_s)
        elif self._found_s >= FOUND_AFTER_S:
            self.release()
            state.say(CueKind.STAGE, "found", words.FOUND_AGAIN, Tone.NOTICE)

    def _on_gap(self, before_s: float, passed_s: float) -> None:
        state = self.state
        if passed_s < 0 and state.stage in RECORDING_STAGES:
            state.fresh_run(None if state.hold is Hold.NONE else state.time_s)
        if state.stage not in _GAP_STAGES:
            state.good_s = 0.0
            return
        if state.hold is not Hold.PAUSED:
            still_waits = state.hold is Hold.GAP and self.waits_for_key
            self.waits_for_key = still_waits or abs(passed_s) > LONG_GAP_S
            self._begin(Hold.GAP, min(before_s, state.time_s))

    def _begin(self, hold: Hold, from_s: float) -> None:
        state = self.state
        if state.hold is Hold.NONE:
            state.tally.black_out(from_s)
            state.range_tally.black_out(from_s)
        state.hold = hold
        self._found_s = 0.0
        state.corrections.reset()
        state.praise.hear(state.now_s, None, state.ledger)
        state.records.append(Paused(state.time_s, hold.value, state.stage.value))
        self._speak()

    def _speak(self) -> None:
        hold = self.state.hold
        self.state.say(CueKind.STAGE, f"hold.{hold.value}", words.HOLD_SPOKEN[hold], Tone.NOTICE)
