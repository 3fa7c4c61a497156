"""The breath pacer: in as the turn begins, out on the way back, in the chosen tempo.

At rest it goes round by itself and invites the next turn; when the leg moves, it follows the leg. It never hurries anybody: a breath that
has begun with the leg has its full time, and nothing is held at the top.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from formcheck.coach.guidance import Breath, BreathMoment
from formcheck.exercise.session import Phase

__all__ = ["REST_S", "BreathPacer"]

#: Judgement: a breath's natural pause between out and in, and time to make up one's mind.
REST_S = 1.0
#: A breath that has come this far when the leg sets off in the same direction begins anew with it.
REPHASE_PART = 0.5


@dataclass
class BreathPacer:
    """Goes through in, out, rest. Feed it every moment; it keeps no clock of its own.

    Parameters
    ----------
    out_s, back_s
        Chosen seconds of the way out (breathing in) and the way back (breathing out).
    """

    out_s: float
    back_s: float

    def __post_init__(self) -> None:
        self.stop()

    def stop(self) -> None:
        """Forget where it was: the next breath begins after a rest."""
        self._breath = Breath.REST
        self._age_s = 0.0
        self._leg = Phase.REST

    def advance(self, dt_s: float, leg: Phase) -> tuple[BreathMoment, bool]:
        """Let time pass and look at the leg.

        Parameters
        ----------
        dt_s
            Seconds since the last call, 0 or more.
        leg
            What the leg does now.

        Returns
        -------
        moment, began
            Where the breath is, and True when a breath in or out begins right now.
        """
        began = self._on_time(dt_s)
        if leg is not self._leg:
            began = self._follow(leg) or began
            self._leg = leg
        length = self._length_s(self._breath)
        part = min(self._age_s / length, 1.0)
        eased = 0.5 - 0.5 * math.cos(math.pi * part)
        fill = {Breath.IN: eased, Breath.OUT: 1.0 - eased, Breath.REST: 0.0}[self._breath]
        return BreathMoment(self._breath, part, fill), began and self._breath is not Breath.REST

    def _length_s(self, breath: Breath) -> float:
        return {Breath.IN: self.out_s, Breath.OUT: self.back_s, Breath.REST: REST_S}[breath]

    def _on_time(self, dt_s: float) -> bool:
        self._age_s += dt_s
        began = False
        while self._age_s >= self._length_s(self._breath):
            self._age_s -= self._length_s(self._breath)
            self._breath = {Breath.IN: Breath.OUT, Breath.OUT: Breath.REST, Breath.REST: Breath.IN}[self._breath]
            began = True
        return began

    def _follow(self, leg: Phase) -> bool:
        wanted = {Phase.OUT: Breath.IN, Phase.BACK: Breath.OUT}.get(leg)
        if wanted is None:
            return False
        if self._breath is wanted and self._age_s < REPHASE_PART * self._length_s(wanted):
            return False
        self._breath, self._age_s = wanted, 0.0
        return True
