"""When the coach speaks: one correction at a time, in order of importance, when it is sure, not again too soon, no longer than needed.

==================  =========================================================================================================
order               pain and safety, foot, too far, too fast, jerky, trunk, posture, pelvis, knee, breath
before it fires     a fault has lasted 0.3 s, and was reported for 0.1 s: with an analysis that reports a fault up to 0.5 s late, the
                    cue comes within 0.6 s of the onset
a finished one      (jerky, too fast are known only when the movement is over) fires at once
cool-down           the same correction is not said again for 10 s, a held breath not asked about for 60 s; praise 25 s
one at a time       a correction stays until mended, 2 s at least; only a more important one takes its place
mended              not reported for 0.5 s; for a finished one, a movement without it, or 6 s
==================  =========================================================================================================

All are judgements. A spoken sentence takes 1-2 s, so 2 s is the least that can be taken in; 10 s is about two repetitions: time to try.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from formcheck.coach import words
from formcheck.coach.guidance import Correction, Cue, CueKind, Tone
from formcheck.exercise.session import Fault, FaultCode, Rep

__all__ = ["ASK_AGAIN_S", "CONFIRM_S", "COOL_DOWN_S", "CORRECTION_ORDER", "HOLD_S", "Corrections", "Ledger", "Praise", "rank"]

HOLD_S = 0.3
CONFIRM_S = 0.1
MEND_S = 0.5
MIN_SHOW_S = 2.0
FINISHED_SHOW_S = 6.0
PRAISE_AFTER = 3

#: Least seconds between two cues of the same code. A count has its number in its code and cannot come again.
COOL_DOWN_S: dict[CueKind, float] = {
    CueKind.SAFETY: 5.0,
    CueKind.CORRECTION: 10.0,
    CueKind.REJECTION: 3.0,
    CueKind.PRAISE: 25.0,
    CueKind.COUNT: 1.0,
    CueKind.STAGE: 2.0,
    CueKind.BREATH: 0.9,
}

#: A question about the breath is not asked again so soon.
ASK_AGAIN_S = 60.0
_COOL_DOWN_OF_S = {FaultCode.BREATH_HOLD.value: ASK_AGAIN_S}

#: Fault codes from the most to the least important; what is not in it comes last. The breath codes are asked as questions.
CORRECTION_ORDER: tuple[str, ...] = (
    FaultCode.FOOT_LIFTED.value,
    FaultCode.OVER_ROTATION.value,
    FaultCode.TOO_FAST.value,
    FaultCode.FAST_RETURN.value,
    FaultCode.JERKY.value,
    FaultCode.TRUNK_LEAN.value,
    FaultCode.POSTURE_CHANGED.value,
    FaultCode.PELVIS_HIKE.value,
    FaultCode.KNEE_DRIFT.value,
    FaultCode.BREATH_HOLD.value,
    FaultCode.BREATH_OUT_OF_STEP.value,
)
#: These cut off what is being said.
_INTERRUPTING = frozenset({FaultCode.FOOT_LIFTED.value, FaultCode.OVER_ROTATION.value})


def rank(code: str) -> int:
    """Place of a fault code in the order, 0 the most important."""
    return CORRECTION_ORDER.index(code) if code in CORRECTION_ORDER else len(CORRECTION_ORDER)


@dataclass
class Ledger:
    """What was said when; lets nothing through again within its cool-down."""

    _last_s: dict[str, float] = field(default_factory=dict)

    def give(
        self,
        now_s: float,
        kind: CueKind,
        code: str,
        text: str,
        tone: Tone = Tone.NONE,
        *,
        interrupts: bool = False,
        cool_down_s: float | None = None,
    ) -> Cue | None:
        """The cue, or None while its cool-down lasts. ``now_s`` are seconds that never go back."""
        wait_s = COOL_DOWN_S[kind] if cool_down_s is None else cool_down_s
        last = self._last_s.get(code)
        if last is not None and now_s - last < wait_s:
            return None
        self._last_s[code] = now_s
        return Cue(kind, code, text, tone, interrupts, True, wait_s)


@dataclass
class _Sighting:
    fault: Fault
    first_s: float
    last_s: float


@dataclass
class Corrections:
    """Decides which one thing to correct now.

    ``feet_apart`` is set where the foot rule is about feet that should touch. Seconds are those of the session, which never go back; the
    age of a fault is taken from the clock of the moments.
    """

    feet_apart: bool = False
    current: Correction | None = None
    _finished: bool = False
    _seen: dict[str, _Sighting] = field(default_factory=dict)
    _shown_at: dict[str, float] = field(default_factory=dict)

    def reset(self) -> None:
        """Nothing to correct: the session waits, or a new stage begins."""
        self.current = None
        self._seen.clear()
        self._shown_at.clear()

    def advance(
        self,
        now_s: float,
        time_s: float,
        live: Sequence[Fault],
        finished: Sequence[Rep],
        faults: Sequence[Fault],
        ledger: Ledger,
        of_set: Sequence[Fault] = (),
    ) -> Cue | None:
        """Look at the faults of this moment.

        Parameters
        ----------
        now_s
            Seconds of the session.
        time_s
            The clock of the moments, on which faults have their times.
        live
            Faults going on now.
        finished
            Movements that are new at this moment.
        faults
            All faults, for the evidence of those of finished movements.
        of_set
            Faults of the set as a whole that may be said now.

        Returns
        -------
        Cue or None
            What to say; the correction to show is in `current`.
        """
        self._sight(now_s, live)
        self._mend(now_s, finished)
        candidates: list[tuple[str, Fault | None, bool]] = [
            (s.fault.code.value, s.fault, False) for s in self._seen.values() if self._sure(s, now_s, time_s)
        ]
        candidates += [(code.value, _evidence(code, rep, faults), True) for rep in finished for code in self._new_codes(rep)]
        candidates += [(fault.code.value, fault, True) for fault in of_set]
        if not candidates:
            return None
        code, fault, over = min(candidates, key=lambda item: (rank(item[0]), item[2]))
        if self.current is not None and rank(code) > rank(self.current.code):
            return None
        self._show(now_s, time_s, code, fault, over)
        return self._say(now_s, ledger)

    def _show(self, now_s: float, time_s: float, code: str, fault: Fault | None, over: bool) -> None:
        self._shown_at[code] = time_s
        same = self.current is not None and self.current.code == code
        if same and not over and not self._finished:
            return
        since_s = self.current.since_s if same and self.current is not None and not over else now_s
        self.current = Correction(code, words.correction(code, self.feet_apart), words.correction_detail(fault), since_s)
        self._finished = over

    def _say(self, now_s: float, ledger: Ledger) -> Cue | None:
        assert self.current is not None
        code = self.current.code
        return ledger.give(
            now_s,
            CueKind.CORRECTION,
            code,
            self.current.text,
            Tone.CORRECTION,
            interrupts=code in _INTERRUPTING,
            cool_down_s=_COOL_DOWN_OF_S.get(code),
        )

    def _sight(self, now_s: float, live: Sequence[Fault]) -> None:
        for fault in live:
            seen = self._seen.get(fault.code.value)
            if seen is None:
                self._seen[fault.code.value] = _Sighting(fault, now_s, now_s)
            else:
                seen.fault, seen.last_s = fault, now_s
        now_live = {fault.code.value for fault in live}
        for code in [code for code, seen in self._seen.items() if code not in now_live and now_s - seen.last_s >= MEND_S]:
            del self._seen[code]

    def _sure(self, seen: _Sighting, now_s: float, time_s: float) -> bool:
        is_live = seen.last_s == now_s
        return is_live and now_s - seen.first_s >= CONFIRM_S - 1e-9 and time_s - seen.fault.start_s >= HOLD_S - 1e-9

    def _new_codes(self, rep: Rep) -> list[FaultCode]:
        # What was said while the movement went on is not said again when it is over.
        return [code for code in rep.faults if self._shown_at.get(code.value, -float("inf")) < rep.start_s]

    def _mend(self, now_s: float, finished: Sequence[Rep]) -> None:
        if self.current is None:
            return
        shown_s, code = now_s - self.current.since_s, self.current.code
        if self._finished:
            better = any(code not in [fault.value for fault in rep.faults] for rep in finished)
            mended = better or shown_s >= FINISHED_SHOW_S
        else:
            mended = code not in self._seen
        if mended and shown_s >= MIN_SHOW_S:
            self.current = None


def _evidence(code: FaultCode, rep: Rep, faults: Sequence[Fault]) -> Fault | None:
    mine = [f for f in faults if f.code is code and f.end_s >= rep.start_s and f.start_s <= rep.end_s]
    return mine[-1] if mine else None


@dataclass
class Praise:
    """Says now and then what went well: after three clean repetitions in a row, and not again for a while."""

    streak: int = 0
    even: bool = True
    given: int = 0

    def hear(self, now_s: float, rep: Rep | None, ledger: Ledger) -> Cue | None:
        """One more repetition, or None for a movement that did not count."""
        if rep is None or rep.faults:
            self.streak, self.even = 0, True
            return None
        self.streak += 1
        self.even = self.even and rep.smoothness.reason is None and rep.smoothness.peak_to_mean == rep.smoothness.peak_to_mean
        if self.streak < PRAISE_AFTER:
            return None
        # Evenness is praised only where it was judged.
        texts = words.PRAISE_EVEN + words.PRAISE if self.even else words.PRAISE
        cue = ledger.give(now_s, CueKind.PRAISE, "praise", texts[self.given % len(texts)], Tone.NOTICE)
        if cue is not None:
            self.given += 1
            self.streak, self.even = 0, True
        return cue
