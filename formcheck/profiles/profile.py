"""What is kept of one person: each measured comfortable range, the newest last, none ever removed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Literal, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator

from formcheck.exercise.analyzer import HARD_LIMIT_DEG
from formcheck.profiles.change import Change, change_between
from formcheck.profiles.names import checked_name

__all__ = ["MARGIN_DEG", "MARGIN_FRAC", "SCHEMA_VERSION", "ComfortRange", "OwnLimit", "Profile", "RangeKey", "margin_deg", "own_limit"]

SCHEMA_VERSION = 1
#: Further than comfortable by this many degrees, or by this part of it, whichever is more, is too far.
MARGIN_DEG = 5.0
MARGIN_FRAC = 0.15

Degrees = Annotated[float, Field(ge=0, le=180, allow_inf_nan=False)]
Word = Annotated[str, Field(min_length=1, max_length=200)]


class RangeKey(NamedTuple):
    """What a range is of: exercise id, name of the direction, and "left", "right" or "both"."""

    exercise: str
    direction: str
    side: str


@dataclass(frozen=True, slots=True)
class OwnLimit:
    """Further than this is too far, degrees from rest; ``capped`` when the comfortable range asked for more than anybody gets."""

    limit_deg: float
    capped: bool


def margin_deg(comfortable_deg: float) -> float:
    """How far beyond a comfortable range is not yet too far: 5° or 15 % of it, whichever is more."""
    return max(MARGIN_DEG, MARGIN_FRAC * comfortable_deg)


def own_limit(comfortable_deg: float) -> OwnLimit:
    """The comfortable range plus 5° or 15 % of it, whichever is more, and at most 45°.

    The margin of 5° is about what two people with goniometers differ by (Krause et al. 2014); beyond 45° formcheck sends nobody.
    """
    wanted = comfortable_deg + margin_deg(comfortable_deg)
    return OwnLimit(min(wanted, HARD_LIMIT_DEG), wanted > HARD_LIMIT_DEG)


class _Kept(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class ComfortRange(_Kept):
    """One measurement of a comfortable range."""

    exercise: Word = Field(description="id of the exercise")
    exercise_title: Word = Field(description="its name for people")
    direction: Word = Field(description="name of the direction, from the exercise")
    side: Literal["left", "right", "both"] = Field(description="the person's own leg; both: the two moved as one")
    comfortable_deg: Degrees = Field(description="median of the ranges of the repetitions, change from rest")
    spread_deg: Degrees = Field(description="standard deviation of these ranges (n - 1)")
    pm_deg: Degrees | None = Field(description="half width of the 95 % interval of comfortable_deg; null: not known")
    repetitions: int = Field(ge=3, le=100_000, description="repetitions it was measured on")
    measured_at: AwareDatetime = Field(description="when it was measured, with the offset of the local time")
    model: Word | None = Field(description="pose model: lite, full or heavy; null: not known")
    view_yaw_deg: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] | None = Field(
        description="how far the body was turned from the camera; null: not known"
    )
    source: Annotated[str, Field(max_length=1000)] = Field(description="file name of the recording, without its folder")
    formcheck: Word = Field(description="version of the program")

    @property
    def key(self) -> RangeKey:
        """What it is a range of."""
        return RangeKey(self.exercise, self.direction, self.side)

    @property
    def known_pm_deg(self) -> float:
        """``pm_deg``, NaN when it is not known."""
        return float("nan") if self.pm_deg is None else self.pm_deg

    @property
    def measured_on(self) -> str:
        """The local day on which it was measured, as 2026-05-03."""
        return self.measured_at.date().isoformat()

    @property
    def limit(self) -> OwnLimit:
        """Further than this is too far."""
        return own_limit(self.comfortable_deg)

    def change_since(self, before: ComfortRange) -> Change:
        """How this one differs from another: of the same leg earlier, or of the other leg."""
        return change_between(before.comfortable_deg, before.known_pm_deg, self.comfortable_deg, self.known_pm_deg)


class Profile(_Kept):
    """One person's comfortable ranges."""

    schema_version: Literal[1] = Field(default=1, alias="schema", description="version of this format")
    name: str = Field(description="the person, as they call themselves")
    measurements: tuple[ComfortRange, ...] = Field(default=(), description="every range ever measured, in order; the last of a kind holds")

    @field_validator("name")
    @classmethod
    def _a_name(cls, name: str) -> str:
        return checked_name(name)

    @property
    def keys(self) -> tuple[RangeKey, ...]:
        """What there are ranges of, in the order of exercise, direction and side."""
        return tuple(sorted({one.key for one in self.measurements}))

    def history(self, key: RangeKey) -> tuple[ComfortRange, ...]:
        """Every measurement of one kind, the oldest first; empty when there is none."""
        return tuple(one for one in self.measurements if one.key == key)

    def present(self, key: RangeKey) -> ComfortRange | None:
        """The range in force, or None when it was never measured."""
        return next((one for one in reversed(self.measurements) if one.key == key), None)

    def with_ranges(self, ranges: Iterable[ComfortRange]) -> Profile:
        """The same person with newer measurements after the former ones."""
        return self.model_copy(update={"measurements": (*self.measurements, *ranges)})
