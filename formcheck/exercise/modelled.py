"""An exercise as a certain pose model can judge it: what the smaller models do not see sharply is judged more leniently.

A model that shrinks a movement lets the rest of the body take part in it: as the knee turns, the foot that stands still is drawn
along. How much grows as the shrinking does. A mistake said wrongly is worse than a small one left unsaid, so the limits of a lifted
foot are widened for these models; a foot in the air stays far beyond them. The smallest model's landmarks move by fits and starts while a
leg moves evenly, by no less than a jerk does: with it, nothing is said of jerks (`docs/measurement.md`, E).
"""

from __future__ import annotations

from collections.abc import Mapping

from formcheck.exercise.session import FaultCode
from formcheck.exercise.spec import ExerciseSpec, FootRule, JerkRule, NotMeasurable

__all__ = ["FOOT_FACTOR", "UNEVEN", "for_model"]

#: Limits of the foot rules against those of the exercise file, by pose model; others keep the file's.
FOOT_FACTOR: Mapping[str, float] = {"full": 1.5, "lite": 2.5}
#: Models whose own landmarks are too uneven to judge how even a movement is.
UNEVEN = frozenset({"lite"})
#: A limit in shares of the shank stays below one.
_MOST = 0.9


def for_model(spec: ExerciseSpec, model: str | None) -> ExerciseSpec:
    """The exercise with the limits of its foot rules as wide as this pose model needs them, and without rules that it cannot judge.

    Parameters
    ----------
    model
        Name of the pose model; None or an unknown one leaves the exercise as it is.
    """
    factor = FOOT_FACTOR.get(model or "", 1.0)
    wider = tuple(
        rule.model_copy(update={name: min(_MOST, factor * getattr(rule, name)) for name in ("on_frac", "off_frac")})
        if isinstance(rule, FootRule)
        else rule
        for rule in spec.faults
    )
    if model not in UNEVEN or not any(isinstance(rule, JerkRule) for rule in spec.faults):
        return spec if factor == 1.0 else spec.model_copy(update={"faults": wider})
    reason = f"The {model} model's landmarks are too uneven themselves to tell how even a movement is; choose a larger model for that."
    silent = (*spec.not_measurable, NotMeasurable(code=FaultCode.JERKY, reason=reason))
    return spec.model_copy(update={"faults": tuple(r for r in wider if not isinstance(r, JerkRule)), "not_measurable": silent})
