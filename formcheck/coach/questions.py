"""What may be asked of the breath, and when: a held one once, and not again for a minute; one that is out of step once a set."""

from __future__ import annotations

from dataclasses import dataclass, field

from formcheck.coach.cues import ASK_AGAIN_S
from formcheck.coach.guidance import Correction
from formcheck.coach.moment import BreathState
from formcheck.exercise.session import Fault, FaultCode

__all__ = ["Questions"]


@dataclass
class Questions:
    """Keeps what was asked already. Whether something more important stands in the way is for `formcheck.coach.cues` to say."""

    asked_codes: list[str] = field(default_factory=list)
    _asked_s: float = -float("inf")
    _same_hold: bool = False
    _legs: set[int] = field(default_factory=set)

    def held(self, now_s: float, breath: BreathState | None, shown: Correction | None) -> list[Fault]:
        """The hold that may be asked about now, or that is being asked about; none or one."""
        if breath is None or breath.held is None:
            self._same_hold = False
            return []
        is_shown = shown is not None and shown.code == FaultCode.BREATH_HOLD
        may = not self._same_hold and now_s - self._asked_s >= ASK_AGAIN_S
        return [breath.held] if may or is_shown else []

    def out_of_step(self, leg: int, breath: BreathState | None) -> list[Fault]:
        """What may be suggested of the step in this leg's set; none or one."""
        return [breath.out_of_step] if breath is not None and breath.out_of_step is not None and leg not in self._legs else []

    def note(self, now_s: float, leg: int, breath: BreathState | None, shown: Correction | None) -> Fault | None:
        """Take notice of what is shown now; return a fault of the breath that was not before."""
        if shown is None or breath is None:
            return None
        fault = None
        if shown.code == FaultCode.BREATH_HOLD and breath.held is not None and not self._same_hold:
            self._asked_s, self._same_hold, fault = now_s, True, breath.held
        elif shown.code == FaultCode.BREATH_OUT_OF_STEP and leg not in self._legs:
            self._legs.add(leg)
            fault = breath.out_of_step
        if fault is not None and fault.code.value not in self.asked_codes:
            self.asked_codes.append(fault.code.value)
        return fault
