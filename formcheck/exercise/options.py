"""What a user may choose for an analysis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from formcheck.errors import UsageError
from formcheck.exercise.spec import ExerciseSpec, LimitRule
from formcheck.motion.landmarks import Side

__all__ = ["HARD_LIMIT_DEG", "AnalysisOptions"]

#: No exercise is judged with a limit beyond this.
HARD_LIMIT_DEG = 45.0


@dataclass(frozen=True, slots=True)
class AnalysisOptions:
    """What a user may choose for an analysis.

    ``direction`` None means the exercise's own; ``limit_deg`` None the exercise's own limit, else degrees from rest, over 0 and at most 90.
    ``limits_deg`` holds the limits of a person: by leg ("left", "right", "both") and name of the direction, before the general one;
    ``profile`` the name they are kept under. ``mirrored`` says that the film is a mirror image;
    ``breath`` False leaves the breath out.
    """

    side: Literal["auto", "left", "right", "both"] = "auto"
    direction: str | None = None
    limit_deg: float | None = None
    limits_deg: Mapping[tuple[str, str], float] = field(default_factory=dict)
    profile: str | None = None
    mirrored: bool = False
    breath: bool = True

    def checked(self, spec: ExerciseSpec) -> AnalysisOptions:
        """The options with the exercise's own values filled in.

        Raises
        ------
        UsageError
            A direction that the exercise does not have, or a limit out of range.
        """
        direction = self.direction or spec.default_direction
        known = [*spec.directions, "both"]
        if direction not in known:
            raise UsageError(f"{spec.id} has no direction {direction!r}; it has {', '.join(known)}.")
        for limit in (self.limit_deg, *self.limits_deg.values()):
            if limit is not None and not 0 < limit <= 90:
                raise UsageError(f"the limit must be over 0 and at most 90 degrees, got {limit:g}.")
        rule = spec.rule(LimitRule)
        own = min(rule.limit_deg, HARD_LIMIT_DEG) if rule else None
        return replace(self, direction=direction, limit_deg=self.limit_deg if self.limit_deg is not None else own)

    def limit_of(self, side: str, direction: str) -> float:
        """The over-rotation limit of a leg in a direction, of checked options: the person's own, else the general one, else infinity."""
        general = self.limit_deg if self.limit_deg is not None else float("inf")
        return self.limits_deg.get((side, direction), general)

    def signs(self, spec: ExerciseSpec) -> frozenset[int]:
        """Signs of the angle that count."""
        if self.direction == "both":
            return frozenset(spec.directions.values())
        return frozenset({spec.directions[self.direction or spec.default_direction]})

    @property
    def sides(self) -> frozenset[Side]:
        """Legs to look at."""
        return frozenset(Side) if self.side in ("auto", "both") else frozenset({Side(self.side)})
