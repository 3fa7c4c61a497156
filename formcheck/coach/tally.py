"""The count. A movement is known by its leg and when it was made; once counted it stays, however the analysis changes its mind."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from formcheck.coach.choice import side_name
from formcheck.exercise.session import Rep
from formcheck.motion.landmarks import Side

__all__ = ["NewRep", "Refusal", "Tally", "same_movement"]

#: Two movements of a leg cannot overlap; an analysis that moves their ends by less than this part of the shorter means the same one.
SAME_OVERLAP = 0.5


class Refusal(StrEnum):
    """Reasons of the coach, besides those of the analysis, for which a movement does not count."""

    OTHER_LEG = "other_leg"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class NewRep:
    """A movement heard of for the first time, or one that is now counted. ``rejected`` is None for a counted one."""

    rep: Rep
    number: int | None
    rejected: str | None


@dataclass(frozen=True, slots=True)
class _Known:
    run: int
    rep: Rep
    place: int | None = None


@dataclass
class Tally:
    """What was counted, per leg. Counts never go down.

    ``earlier`` are those of the same session before it broke off: they count, and nothing more is known of them here.
    ``blackouts`` are spans ``(start_s, end_s)`` in which the session waited, the end infinite while it does: a movement that reaches into
    one does not count.
    """

    reps: dict[Side | None, list[Rep]] = field(default_factory=dict)
    rejected: dict[Side | None, list[NewRep]] = field(default_factory=dict)
    blackouts: list[tuple[float, float]] = field(default_factory=list)
    earlier: dict[Side | None, int] = field(default_factory=dict)
    _known: list[_Known] = field(default_factory=list)

    def count(self, side: Side | None) -> int:
        """Repetitions of one leg so far."""
        return self.earlier.get(side, 0) + len(self.reps.get(side, ()))

    def forget(self, side: Side | None) -> None:
        """Begin the count of a leg anew: for measuring again, never for a set."""
        self.reps.pop(side, None)
        self.rejected.pop(side, None)
        self._known.clear()

    def hear(self, run: int, reps: Iterable[Rep], working: Side | None) -> list[NewRep]:
        """Take in the list of a run and tell what is new, in order of time.

        Parameters
        ----------
        run
            Number of the recording; movements of different runs are never the same.
        reps
            All movements of that run as the analysis sees them now.
        working
            The leg whose set it is, None for both at once.
        """
        in_order = sorted(reps, key=lambda rep: (rep.start_s, rep.end_s))
        return [new for rep in in_order if (new := self._hear_one(run, rep, working)) is not None]

    def new_run(self, held_from_s: float | None) -> None:
        """Another recording begins, perhaps on another clock; it is waited from a time on when ``held_from_s`` is given."""
        self.blackouts = [] if held_from_s is None else [(held_from_s, float("inf"))]

    def black_out(self, start_s: float) -> None:
        """From now on, until `light_up`, nothing counts."""
        self.blackouts.append((start_s, float("inf")))

    def light_up(self, end_s: float) -> None:
        """Movements that begin from here on count again."""
        if self.blackouts:
            self.blackouts[-1] = (self.blackouts[-1][0], end_s)

    def _hear_one(self, run: int, rep: Rep, working: Side | None) -> NewRep | None:
        known = [k for k in self._known if k.run == run and same_movement(k.rep, rep)]
        reason = self._reason(rep, working)
        done = self.reps.setdefault(working, [])
        counted = next((k.place for k in known if k.place is not None), None)
        if counted is not None:
            if reason is None:
                done[counted] = rep
            return None
        if known and reason is not None:
            return None
        self._known.append(_Known(run, rep, None if reason else len(done)))
        refused = self.rejected.setdefault(working, [])
        if reason is not None:
            refused.append(NewRep(rep, None, reason))
            return refused[-1]
        self.rejected[working] = [old for old in refused if not same_movement(old.rep, rep)]
        done.append(rep)
        return NewRep(rep, self.count(working), None)

    def _reason(self, rep: Rep, working: Side | None) -> str | None:
        if any(rep.end_s > start and rep.start_s < end for start, end in self.blackouts):
            return Refusal.HELD.value
        if rep.side is not working:
            return Refusal.OTHER_LEG.value
        return rep.rejected.value if rep.rejected is not None else None


def same_movement(one: Rep, other: Rep) -> bool:
    """True for two readings of one movement: the same leg, and most of the shorter inside the longer."""
    if side_name(one.side) != side_name(other.side):
        return False
    overlap = min(one.end_s, other.end_s) - max(one.start_s, other.start_s)
    shorter = min(one.end_s - one.start_s, other.end_s - other.start_s)
    return overlap >= SAME_OVERLAP * shorter if shorter > 0 else overlap >= 0
