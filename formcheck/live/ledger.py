"""The movements of a run as they were read window by window: what lies before a window stays as it was read last."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from formcheck.coach.tally import same_movement
from formcheck.exercise.session import Fault, Rep
from formcheck.live.reading import Reading

__all__ = ["RepLedger"]

#: The first seconds of a window that begins in the middle of a run know too little of what was before.
_SETTLING_S = 8.0


@dataclass
class RepLedger:
    """Joins the readings of one run.

    Attributes
    ----------
    run
        The run they are of.
    reps, faults
        All finished movements and their faults so far, in order of time, numbered from 1.
    """

    reps: tuple[Rep, ...] = ()
    faults: tuple[Fault, ...] = ()
    run: int = -1
    _first_s: float = field(default=float("nan"))

    def take(self, reading: Reading) -> None:
        """Take in the newest reading of a run; a reading of another run begins anew."""
        if reading.run != self.run:
            self.run, self._first_s = reading.run, reading.from_s
            self.reps, self.faults = (), ()
        if reading.refused is not None:
            return
        whole = reading.from_s <= self._first_s
        since_s = -float("inf") if whole else reading.from_s + _SETTLING_S
        old = [rep for rep in self.reps if rep.end_s <= since_s]
        new = [rep for rep in reading.reps if rep.end_s > since_s and not any(same_movement(rep, known) for known in old)]
        old_faults = [fault for fault in self.faults if fault.rep is not None and fault.rep <= len(old)]
        numbers = {rep.number: place for place, rep in enumerate(new, len(old) + 1)}
        new_faults = [replace(fault, rep=numbers[fault.rep]) for fault in reading.faults if fault.rep in numbers]
        reps = (*old, *(replace(rep, number=numbers[rep.number]) for rep in new))
        # The same tuple as before where nothing changed: whoever listens can tell at a glance.
        if reps != self.reps:
            self.reps = reps
        self.faults = (*old_faults, *new_faults)
