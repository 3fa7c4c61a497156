"""What each stage of the session waits for, and what follows it."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from dataclasses import dataclass

from formcheck.coach import words
from formcheck.coach.choice import ComfortRange, side_name
from formcheck.coach.guidance import CueKind, Stage, Tone
from formcheck.coach.moment import FramingHint
from formcheck.coach.records import RangeCalibrated, RestCalibrated
from formcheck.coach.state import SessionState
from formcheck.coach.tally import Refusal
from formcheck.coach.work import Work

__all__ = ["FRAMING_GOOD_S", "OFFER_S", "RANGE_REPS", "RANGE_TRIES", "REST_STILL_S", "Stages"]

#: Good for this long, and framing goes on by itself.
FRAMING_GOOD_S = 1.5
#: A single bad frame among good ones is the model's flicker.
FRAMING_FLICKER_S = 0.2
#: Something to change is said when it has been so for this long, and again after the cool-down.
HINT_AFTER_S = 1.0
HINT_COOL_DOWN_S = 8.0
REST_STILL_S = 3.0
UNREST_AFTER_S = 2.0
#: The kept range is taken by itself after this: nobody has to walk to the keyboard.
OFFER_S = 8.0
RANGE_REPS = 3
#: Judgement: after twice as many movements without three good ones the range cannot be measured today.
RANGE_TRIES = 6
TEN_S = 10.0


@dataclass
class Stages:
    """The stages of one session: which comes next, and when."""

    state: SessionState
    work: Work
    _hint: FramingHint | None = None
    _hint_s: float = 0.0
    _unrest_s: float = 0.0

    def advance(self) -> None:
        """Let the stage that is on look at the moment."""
        steps: dict[Stage, Callable[[], None]] = {
            Stage.FRAMING: self._framing,
            Stage.REST: self._rest,
            Stage.OFFER: self._offer,
            Stage.RANGE: self._range,
            Stage.SET: self._set,
            Stage.SWITCH: self._switch,
        }
        step = steps.get(self.state.stage)
        if step is not None:
            step()

    def skip(self) -> None:
        """End what the stage asks for, as far as that can be done without it."""
        steps: dict[Stage, Callable[[], None]] = {
            Stage.FRAMING: self._after_framing,
            Stage.REST: lambda: self._rest_done(skipped=True),
            Stage.OFFER: self.use_kept,
            Stage.RANGE: lambda: self._range_done("skipped"),
            Stage.SET: self.end_leg,
            Stage.SWITCH: self._next_leg,
        }
        step = steps.get(self.state.stage)
        if step is not None:
            step()

    def begin_framing(self) -> None:
        """Take the place before the camera, at the beginning, for another leg, or after another camera."""
        self.state.enter(Stage.FRAMING)
        self._hint, self._hint_s = None, 0.0
        self.state.spoken_stage(words.INSTRUCTIONS[Stage.FRAMING])

    def begin_rest(self) -> None:
        """Take the rest baseline, anew if there was one."""
        self.state.enter(Stage.REST)
        self._unrest_s = 0.0
        self.state.spoken_stage(words.INSTRUCTIONS[Stage.REST])

    def begin_range(self) -> None:
        """Measure the comfortable range of this leg."""
        state = self.state
        state.enter(Stage.RANGE)
        state.range_deg = []
        state.range_tally.forget(state.side)
        state.spoken_stage(words.range_begins(state.side))

    def begin_set(self) -> None:
        """Begin or go on with the set of this leg."""
        state = self.state
        state.enter(Stage.SET)
        assert state.choice is not None
        if state.tally.count(state.side) == 0:
            state.spoken_stage(words.leg_begins(state.side, state.choice.target))
        else:
            state.spoken_stage(words.GO_ON)

    def end_leg(self) -> None:
        """The set of this leg is over: rest and change legs, or the summary."""
        state = self.state
        assert state.choice is not None
        done, target = state.tally.count(state.side), state.choice.target
        state.say(CueKind.STAGE, f"leg_done.{side_name(state.side)}", words.leg_done(done, target), Tone.DONE)
        state.asks = True
        state.after_rest = None
        if state.leg + 1 < len(state.choice.sides):
            state.enter(Stage.SWITCH)
            state.remaining_s = state.choice.rest_s
        else:
            reached = all(state.tally.count(side) >= target for side in state.choice.sides)
            state.ended = "completed" if reached else "finished"
            state.enter(Stage.SUMMARY)

    def use_kept(self) -> None:
        """Take the comfortable range kept from earlier."""
        state = self.state
        assert state.choice is not None
        kept = state.choice.kept_for(state.side)
        assert kept is not None, "offered without a kept range"
        state.comfort[state.side] = kept
        self._store_range("kept", kept)
        self.begin_set()

    def _framing(self) -> None:
        state, framing = self.state, self.state.moment.framing
        good = framing.ok and state.moment.trouble is None
        state.bad_s = 0.0 if good else state.bad_s + state.dt_s
        if good:
            state.good_s += state.dt_s
        elif state.bad_s >= FRAMING_FLICKER_S or not framing.in_sight or state.moment.trouble is not None:
            state.good_s = 0.0
        first = framing.hints[0] if framing.hints else None
        self._hint_s = self._hint_s + state.dt_s if first is self._hint and first is not None else 0.0
        self._hint = first
        if first is not None and self._hint_s >= HINT_AFTER_S and state.moment.trouble is None:
            state.say(CueKind.STAGE, f"framing.{first.value}", words.FRAMING[first], Tone.NOTICE, cool_down_s=HINT_COOL_DOWN_S)
        if good and state.good_s >= FRAMING_GOOD_S - 1e-9:
            self._after_framing()

    def _after_framing(self) -> None:
        self.begin_rest()

    def _rest(self) -> None:
        state, engine = self.state, self.state.engine
        if engine is None:
            return
        if engine.rest_ok and engine.still_s >= REST_STILL_S - 1e-9:
            self._rest_done(skipped=False)
            return
        self._unrest_s = self._unrest_s + state.dt_s if engine.unrest else 0.0
        if engine.unrest and self._unrest_s >= UNREST_AFTER_S:
            why = engine.unrest[0]
            state.say(CueKind.STAGE, f"unrest.{why.value}", words.UNREST[why], Tone.NOTICE, cool_down_s=HINT_COOL_DOWN_S)

    def _rest_done(self, skipped: bool) -> None:
        state, engine = self.state, self.state.engine
        rest = engine.rest if engine is not None and not skipped else None
        state.records.append(
            RestCalibrated(
                state.time_s,
                side_name(state.side),
                skipped,
                {side.value: float(value) for side, value in rest.neutral_deg.items()} if rest else {},
                {side.value: float(value) for side, value in rest.noise_deg.items()} if rest else {},
                rest.trunk_deg if rest else math.nan,
            )
        )
        then, state.after_rest = state.after_rest, None
        if then is Stage.SET:
            self.begin_set()
        elif then is Stage.RANGE or state.choice is None or state.choice.kept_for(state.side) is None:
            if state.choice is not None and not state.choice.measure_range:
                self._range_done("skipped")
            else:
                self.begin_range()
        else:
            state.enter(Stage.OFFER)
            state.remaining_s = OFFER_S
            state.spoken_stage(words.RANGE_KEPT)

    def _offer(self) -> None:
        self.state.remaining_s -= self.state.dt_s
        if self.state.remaining_s <= 1e-9:
            self.use_kept()

    def _range(self) -> None:
        self.work.advance()
        state = self.state
        refused = state.range_tally.rejected.get(state.side, ())
        # A movement of the other leg, or during a pause, was no try.
        tries = state.range_tally.count(state.side) + sum(new.rejected not in set(Refusal) for new in refused)
        if len(state.range_deg) >= RANGE_REPS:
            self._range_done("measured")
        elif tries >= RANGE_TRIES:
            self._range_done("not_measured")

    def _range_done(self, source: str) -> None:
        state = self.state
        comfort = ComfortRange(state.side, statistics.median(state.range_deg)) if source == "measured" else None
        if comfort is not None:
            state.comfort[state.side] = comfort
            state.show(words.range_measured(comfort.range_deg, comfort.limit_deg))
        elif source == "not_measured":
            state.show(words.RANGE_NOT_MEASURED)
        self._store_range(source, comfort)
        self.begin_set()

    def _store_range(self, source: str, comfort: ComfortRange | None) -> None:
        state = self.state
        range_deg, limit_deg = (comfort.range_deg, comfort.limit_deg) if comfort is not None else (math.nan, math.nan)
        if state.choice is not None and state.choice.limit_deg is not None:
            limit_deg = state.choice.limit_deg
        state.records.append(RangeCalibrated(state.time_s, side_name(state.side), source, range_deg, limit_deg))

    def _set(self) -> None:
        self.work.advance()
        if self.state.leg_complete:
            self.end_leg()

    def _switch(self) -> None:
        state = self.state
        before_s = state.remaining_s
        state.remaining_s -= state.dt_s
        if before_s > TEN_S >= state.remaining_s:
            state.say(CueKind.STAGE, "switch.ten", words.TEN_SECONDS, Tone.NOTICE)
        if state.remaining_s <= 1e-9:
            self._next_leg()

    def _next_leg(self) -> None:
        self.state.leg += 1
        self.state.asks = False
        self.begin_framing()
