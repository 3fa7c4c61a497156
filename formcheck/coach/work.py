"""Watching the leg at work: counting, why something did not count, one correction at a time, praise, and the breath."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from formcheck.coach import words
from formcheck.coach.choice import side_name
from formcheck.coach.guidance import Breath, CueKind, Hold, Stage, Tone
from formcheck.coach.moment import LiveState
from formcheck.coach.records import FaultSeen, RepFinished
from formcheck.coach.state import WORK_STAGES, SessionState
from formcheck.coach.tally import NewRep, Refusal
from formcheck.exercise.session import Fault, FaultCode, Phase, Rep
from formcheck.motion.landmarks import Side

__all__ = ["Work", "phase_of"]

#: A repetition with one of these does not say how far is comfortable.
_SPOILS_RANGE = frozenset({FaultCode.OVER_ROTATION, FaultCode.FOOT_LIFTED, FaultCode.TOO_FAST})
#: Judgement: after a wait, time to get back into place before a fault that began in it is spoken of.
SETTLE_S = 1.0
#: Two readings of one fault begin at most this far apart.
_SAME_FAULT_S = 0.5


@dataclass
class Work:
    """Looks at the movements of the comfortable range and of the set."""

    state: SessionState
    _last_reps: tuple[Rep, ...] | None = None
    _last_run: int = -1

    def listen(self) -> None:
        """Take in finished movements, also while the session waits: an analysis may be late."""
        state, engine = self.state, self.state.engine
        self._news: list[NewRep] = []
        if engine is None or state.stage not in WORK_STAGES:
            return
        state.unmeasured.update(item.what for item in engine.not_measured)
        state.limits_seen.update(limit for limit in engine.limit_deg.values() if math.isfinite(limit))
        self._store_faults(engine)
        if engine.reps is self._last_reps and engine.run == self._last_run:
            return
        self._last_reps, self._last_run = engine.reps, engine.run
        self._news = state.work_tally.hear(state.run, engine.reps, state.side)
        for new in self._news:
            self._hear(new)

    def advance(self) -> None:
        """What is said about the movement that goes on; after `listen`, and not while the session waits."""
        state, engine = self.state, self.state.engine
        self._breathe(engine)
        if engine is None:
            return
        finished = [new.rep for new in self._news if new.rejected not in set(Refusal)]
        # Only of a set the report says how the breath went.
        breath = engine.breath if state.stage is Stage.SET else None
        live = [*self._mine(engine.live_faults), *state.questions.held(state.now_s, breath, state.corrections.current)]
        of_set = state.questions.out_of_step(state.leg, breath)
        cue = state.corrections.advance(state.now_s, state.time_s, live, finished, engine.faults, state.ledger, of_set)
        state.take(cue)
        asked = state.questions.note(state.now_s, state.leg, breath, state.corrections.current)
        if asked is not None:
            state.records.append(_fault_seen(state.time_s, asked))
        # At the end of a leg it is thanked for the whole of it.
        if state.stage is not Stage.SET or state.leg_complete:
            return
        for new in self._news:
            praise = state.praise.hear(state.now_s, new.rep if new.rejected is None else None, state.ledger)
            # With something to correct, praise would be drowned: it counts as given.
            if praise is not None and cue is None:
                state.take(praise)
                state.show(praise.text)

    def _mine(self, faults: Sequence[Fault]) -> list[Fault]:
        """Faults to speak of: one that began while the session waited only when it has lasted well beyond that."""
        time_s, spans = self.state.time_s, self.state.work_tally.blackouts
        return [fault for fault in faults if not any(start <= fault.start_s < end and time_s < end + SETTLE_S for start, end in spans)]

    def _hear(self, new: NewRep) -> None:
        state = self.state
        self._store(new)
        if new.rejected is not None:
            text = words.rejection(new.rejected, state.side)
            if text and state.hold is Hold.NONE:
                state.show(text)
                state.say(CueKind.REJECTION, f"rejected.{new.rejected}", text, Tone.NOTICE)
            return
        if state.stage is Stage.RANGE:
            self._measure_range(new.rep)
            return
        code = f"count.{side_name(state.side)}.{new.number}"
        state.say(CueKind.COUNT, code, str(new.number), Tone.COUNT)

    def _measure_range(self, rep: Rep) -> None:
        state = self.state
        # What another part added is not this hip's own range.
        reach_deg = rep.clean_range_deg if math.isfinite(rep.clean_range_deg) else rep.range_deg
        if _SPOILS_RANGE.intersection(rep.faults) or not math.isfinite(reach_deg) or reach_deg < 1.0:
            state.show(words.REJECTIONS["not_clean"])
            state.say(CueKind.REJECTION, "rejected.not_clean", words.REJECTIONS["not_clean"], Tone.NOTICE)
            return
        state.range_deg.append(float(reach_deg))
        number = len(state.range_deg)
        state.say(CueKind.COUNT, f"range.{side_name(state.side)}.{number}", str(number), Tone.COUNT)

    def _store(self, new: NewRep) -> None:
        state, rep = self.state, new.rep
        state.records.append(
            RepFinished(
                state.time_s,
                state.stage.value,
                rep.side_name,
                new.number,
                new.rejected,
                rep.start_s,
                rep.peak_s,
                rep.end_s,
                rep.peak_deg,
                rep.peak_pm_deg,
                rep.range_deg,
                rep.out_s,
                rep.hold_s,
                rep.back_s,
                rep.peak_speed_deg_s,
                tuple(code.value for code in rep.faults),
            )
        )

    def _store_faults(self, engine: LiveState) -> None:
        """Each fault of a finished movement once, with its evidence."""
        state = self.state
        for fault in engine.faults:
            waited = any(start <= fault.start_s < end for start, end in state.work_tally.blackouts)
            if fault.rep is None or waited or any(run == state.run and _same_fault(old, fault) for run, old in state.faults):
                continue
            state.faults.append((state.run, fault))
            state.records.append(_fault_seen(state.time_s, fault))

    def _breathe(self, engine: LiveState | None) -> None:
        state = self.state
        assert state.pacer is not None, "no movement is watched before a choice"
        leg = phase_of(engine, state.side)
        state.breath, began = state.pacer.advance(state.dt_s, leg)
        if began:
            tone = Tone.BREATH_IN if state.breath.breath is Breath.IN else Tone.BREATH_OUT
            state.say(CueKind.BREATH, f"breath.{state.breath.breath.value}", "", tone)


def phase_of(engine: LiveState | None, side: Side | None) -> Phase:
    """What the leg at work does; of both, the one that moves."""
    if engine is None:
        return Phase.UNSEEN
    if side is not None:
        return engine.phase.get(side, Phase.UNSEEN)
    phases = [engine.phase.get(leg, Phase.UNSEEN) for leg in Side]
    return next((phase for phase in (Phase.OUT, Phase.BACK, Phase.HOLD, Phase.REST) if phase in phases), Phase.UNSEEN)


def _fault_seen(time_s: float, fault: Fault) -> FaultSeen:
    return FaultSeen(time_s, fault.code.value, fault.side, fault.start_s, fault.measured, fault.limit, fault.unit)


def _same_fault(one: Fault, other: Fault) -> bool:
    if one.code is not other.code or one.side != other.side:
        return False
    return abs(one.start_s - other.start_s) < _SAME_FAULT_S or min(one.end_s, other.end_s) > max(one.start_s, other.start_s)
