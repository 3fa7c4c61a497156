"""The coach: a state machine that is fed moments and events and answers with what to show, say, store and analyse.

It keeps no clock, reads no file and knows no camera: the same moments and events always give the same answers. Each moment: the clock
passes, what the person pressed is heard, what keeps the session waiting is looked at, finished movements are taken in, and the stage that
is on looks whether it is over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from formcheck.coach import words
from formcheck.coach.choice import Choice
from formcheck.coach.guidance import CueKind, Guidance, Hold, Stage, Tone, Want
from formcheck.coach.holds import Holds
from formcheck.coach.moment import Choose, Discomfort, Earlier, Event, Moment, Signal
from formcheck.coach.records import DiscomfortGiven, Finished, PainStop, Resumed, SessionStarted
from formcheck.coach.screens import screen_of
from formcheck.coach.stages import Stages
from formcheck.coach.state import RECORDING_STAGES, TASK_OF, WORK_STAGES, SessionState
from formcheck.coach.summary import Summary, summary_of
from formcheck.coach.work import Work

__all__ = ["MOST_DISCOMFORT", "MOST_MORE_DISCOMFORT", "Coach"]

#: Discomfort of this much ends the set, and so does this much more than before it (docs/coach.md).
MOST_DISCOMFORT, MOST_MORE_DISCOMFORT = 7, 3
_ENDED = (Stage.STOPPED, Stage.DONE)


class Coach:
    """One guided session."""

    def __init__(self) -> None:
        self._state = SessionState()
        self._work = Work(self._state)
        self._holds = Holds(self._state)
        self._stages = Stages(self._state, self._work)
        self._finished = False

    @property
    def stage(self) -> Stage:
        """Where the session is."""
        return self._state.stage

    @property
    def summary(self) -> Summary:
        """What the session comes to, as far as it went."""
        return summary_of(self._state)

    def advance(self, moment: Moment, events: Sequence[Event] = ()) -> Guidance:
        """Let a moment pass.

        Parameters
        ----------
        moment
            What is known at this frame.
        events
            What the person pressed or answered since the last one, in order.
        """
        state = self._state
        state.cues, state.records = [], []
        self._holds.tick(moment)
        for event in events:
            self._hear(event)
        if state.stage not in _ENDED:
            self._holds.advance()
            self._work.listen()
            if state.hold is Hold.NONE:
                self._stages.advance()
        cues = tuple(replace(cue, aloud=not state.muted) for cue in state.cues)
        screen = screen_of(state, state.hold, self._holds.resume_left_s, self._holds.waits_for_key)
        return Guidance(screen, cues, tuple(state.records), self._want())

    def _want(self) -> Want:
        state, choice = self._state, self._state.choice
        if choice is None or state.stage not in TASK_OF:
            return Want(run=state.run)
        return Want(TASK_OF[state.stage], state.run, state.side, choice.direction, state.limit_deg, state.hold is not Hold.NONE)

    def _hear(self, event: Event) -> None:
        if isinstance(event, Choose):
            self._choose(event.choice, event.earlier)
        elif isinstance(event, Discomfort):
            self._discomfort(event.level)
        else:
            answers: dict[Signal, Callable[[], None]] = {
                Signal.PAIN: self._pain,
                Signal.PAUSE: self._pause,
                Signal.RESUME: self._holds.resume,
                Signal.RECALIBRATE: self._recalibrate,
                Signal.MUTE: self._mute,
                Signal.SKIP: self._skip,
                Signal.CONFIRM: self._confirm,
                Signal.FINISH: self._finish,
                Signal.CAMERA_CHANGED: self._camera_changed,
                Signal.CLOSE: self._close,
            }
            answers[event]()

    def _choose(self, choice: Choice, earlier: Earlier | None) -> None:
        state = self._state
        if state.stage is not Stage.CHOOSE:
            return
        state.start(choice)
        if earlier is not None:
            self._take_up(choice, earlier)
            return
        if choice.discomfort_before is not None:
            state.discomfort_before = choice.discomfort_before
        state.records.append(SessionStarted(state.time_s, choice.as_settings()))
        if state.discomfort_before is not None:
            state.records.append(DiscomfortGiven(state.time_s, state.discomfort_before, "before"))
            if state.discomfort_before >= MOST_DISCOMFORT:
                self._stop("discomfort", words.ADVICE_BEFORE, words.ADVICE_DISCOMFORT_SPOKEN)
                return
        self._stages.begin_framing()

    def _take_up(self, choice: Choice, earlier: Earlier) -> None:
        """Go on with a session that broke off: at the first leg that is not done, from its place and rest on."""
        state = self._state
        state.discomfort_before = earlier.discomfort_before
        state.tally.earlier = dict(earlier.done)
        state.comfort = {one.side: one for one in earlier.comfort}
        state.records.append(Resumed(state.time_s, Stage.CHOOSE.value))
        state.leg = next((place for place in range(len(choice.sides)) if self._left(choice, place)), len(choice.sides) - 1)
        if not self._left(choice, state.leg):
            state.ended, state.asks = "completed", True
            state.enter(Stage.SUMMARY)
            return
        self._stages.begin_framing()
        if state.side in earlier.ready:
            state.after_rest = Stage.SET

    def _left(self, choice: Choice, place: int) -> int:
        return max(0, choice.target - self._state.tally.count(choice.sides[place]))

    def _discomfort(self, level: int) -> None:
        state = self._state
        if state.stage is Stage.CHOOSE:
            state.discomfort_before = level
            return
        if state.stage is Stage.DONE:
            return
        state.asks = False
        state.discomfort_after = level
        state.records.append(DiscomfortGiven(state.time_s, level, state.stage.value))
        before = state.discomfort_before
        if level >= MOST_DISCOMFORT or (before is not None and level - before >= MOST_MORE_DISCOMFORT):
            if state.stage is Stage.STOPPED:
                return
            if state.stage is Stage.SUMMARY:
                # Pain said first stays the reason.
                state.ended, state.advice = "pain" if state.ended == "pain" else "discomfort", words.ADVICE_DISCOMFORT
                state.say(CueKind.SAFETY, "advice.discomfort", words.ADVICE_DISCOMFORT_SPOKEN, Tone.STOP, interrupts=True)
                return
            self._stop("discomfort", words.ADVICE_DISCOMFORT, words.ADVICE_DISCOMFORT_SPOKEN)

    def _pain(self) -> None:
        state = self._state
        if state.stage in _ENDED:
            return
        if state.stage is Stage.SUMMARY:
            state.ended, state.advice = "pain", words.ADVICE_PAIN
            state.records.append(PainStop(state.time_s, state.stage.value, None, state.tally.count(state.side)))
            state.say(CueKind.SAFETY, "pain", words.ADVICE_PAIN_SPOKEN, Tone.STOP, interrupts=True)
            return
        side = state.side_word if state.choice is not None else None
        state.records.append(PainStop(state.time_s, state.stage.value, side, state.tally.count(state.side)))
        self._stop("pain", words.ADVICE_PAIN, words.ADVICE_PAIN_SPOKEN)

    def _stop(self, reason: str, advice: str, spoken: str) -> None:
        """End everything now. Nothing else is said over it."""
        state = self._state
        state.cues.clear()
        state.hold = Hold.NONE
        state.ended, state.advice, state.asks = reason, advice, False
        state.enter(Stage.STOPPED)
        state.say(CueKind.SAFETY, f"stop.{reason}", spoken, Tone.STOP, interrupts=True)
        self._write_end()

    def _pause(self) -> None:
        if self._state.hold in (Hold.PAUSED, Hold.GAP):
            self._holds.resume()
        else:
            self._holds.pause()

    def _mute(self) -> None:
        self._state.muted = not self._state.muted

    def _recalibrate(self) -> None:
        state = self._state
        if state.stage is Stage.OFFER:
            self._holds.release()
            self._stages.begin_range()
        elif state.stage in WORK_STAGES:
            state.after_rest = state.stage
            self._holds.release()
            self._stages.begin_rest()
        elif state.stage is Stage.REST:
            self._holds.release()
            self._stages.begin_rest()

    def _skip(self) -> None:
        self._holds.release()
        self._stages.skip()

    def _confirm(self) -> None:
        state = self._state
        if state.hold in (Hold.PAUSED, Hold.GAP, Hold.RESUMING):
            self._holds.resume()
        elif state.stage in (Stage.OFFER, Stage.SWITCH):
            self._skip()
        elif state.stage in (Stage.SUMMARY, Stage.STOPPED):
            self._finish()

    def _finish(self) -> None:
        state = self._state
        if state.stage is Stage.DONE:
            return
        if state.stage in (Stage.SUMMARY, Stage.STOPPED, Stage.CHOOSE):
            state.ended = state.ended or "finished"
            self._write_end()
            state.enter(Stage.DONE)
            return
        self._holds.release()
        state.ended, state.asks = "finished", True
        state.enter(Stage.SUMMARY)

    def _camera_changed(self) -> None:
        """Another camera sees from elsewhere: place and rest are taken anew, the count is kept."""
        state = self._state
        if state.stage in RECORDING_STAGES or state.stage is Stage.OFFER:
            if state.stage in WORK_STAGES:
                state.after_rest = state.stage
            self._holds.release()
            self._stages.begin_framing()

    def _close(self) -> None:
        state = self._state
        if state.stage is Stage.DONE:
            return
        state.ended = state.ended or "closed"
        self._write_end()
        state.hold = Hold.NONE
        state.enter(Stage.DONE)

    def _write_end(self) -> None:
        state = self._state
        if self._finished or state.choice is None:
            return
        self._finished = True
        state.records.append(Finished(state.time_s, state.ended or "closed", self.summary.values))
