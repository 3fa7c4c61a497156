"""What smaller pose models may be trusted to say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from formcheck.exercise import library
from formcheck.exercise.analyzer import analyse
from formcheck.exercise.modelled import FOOT_FACTOR, for_model
from formcheck.exercise.session import FaultCode
from formcheck.exercise.spec import FootRule, JerkRule
from tests.builders import example_recording

SPEC = library.load("hip-internal-rotation")


def foot_rule(model: str | None) -> FootRule:
    (rule,) = [rule for rule in for_model(SPEC, model).faults if isinstance(rule, FootRule)]
    return rule


@pytest.mark.parametrize("model", ["heavy", None, "another"])
def test_the_file_holds_for_the_large_model_and_those_unknown(model: str | None) -> None:
    assert for_model(SPEC, model) is SPEC


@pytest.mark.parametrize("model", ["full", "lite"])
def test_smaller_models_are_asked_for_more_before_a_foot_is_said_to_lift(model: str) -> None:
    rule, wider = foot_rule(None), foot_rule(model)
    factor = FOOT_FACTOR[model]
    assert (wider.on_frac, wider.off_frac) == (factor * rule.on_frac, factor * rule.off_frac) and factor > 1
    assert wider.hold_s == rule.hold_s and foot_rule("lite").on_frac > foot_rule("full").on_frac


def test_a_wide_limit_stays_a_share_of_the_shank() -> None:
    rule = foot_rule(None).model_copy(update={"on_frac": 0.8})
    (found,) = for_model(SPEC.model_copy(update={"faults": (rule,)}), "lite").faults
    assert isinstance(found, FootRule) and found.on_frac == 0.9


def test_the_smallest_model_says_nothing_of_jerks_and_says_so() -> None:
    assert any(isinstance(rule, JerkRule) for rule in for_model(SPEC, "full").faults)
    assert not any(isinstance(rule, JerkRule) for rule in for_model(SPEC, "lite").faults)
    recording = example_recording()
    report = analyse(replace(recording, source={**recording.source, "model_name": "lite"}), SPEC)
    (note,) = [item for item in report.not_measured if item.what == FaultCode.JERKY]
    assert "lite" in note.reason and "larger model" in note.reason and "jerky" not in report.checked
