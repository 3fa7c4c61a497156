"""The kinds of fault rules on curves that are known: how far, how long, when, and when they may not judge."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, get_args

import numpy as np
import pytest

from formcheck.exercise.channels import Channels
from formcheck.exercise.faults import KINDS, Evidence, Finding, faults_of
from formcheck.exercise.movements import Movement
from formcheck.exercise.reps import Attempt
from formcheck.exercise.session import Fault, FaultCode, NotMeasured, Smoothness
from formcheck.exercise.smoothness import Evenness
from formcheck.exercise.spec import DeviationRule, FaultRule, FeetApartRule, FootRule, JerkRule, LimitRule, PhaseRule
from formcheck.exercise.tempo import Tempo
from formcheck.motion.landmarks import Side
from tests.people import clock

RIGHT, LEFT = Side.RIGHT, Side.LEFT
FPS = 20.0
TIME = clock(10, FPS)
WHEN = (TIME >= 3) & (TIME <= 7)


@dataclass(frozen=True, eq=False)
class Known(Channels):
    """Channels that give one known curve whatever is asked; the leg rests outside of the repetition."""

    value: np.ndarray = field(default_factory=lambda: np.zeros(0))

    def trunk_side_bend_deg(self) -> np.ndarray:
        return self.value

    trunk_forward_deg = trunk_shortening_frac = feet_apart_frac = trunk_side_bend_deg

    def pelvis_hike_deg(self, side: Side) -> np.ndarray:
        return np.where(side is RIGHT, self.value, 0.0)

    def knee_shift_frac(self, side: Side) -> np.ndarray:
        return self.value

    def foot_lift_frac(self, side: Side, against_other: bool) -> np.ndarray:
        return self.value


def tempo(**times: float) -> Tempo:
    usual = {"start_s": 3.0, "out_10_s": 3.4, "out_90_s": 4.6, "peak_s": 5.0, "back_90_s": 5.4, "back_10_s": 6.6, "end_s": 7.0}
    return Tempo(**(usual | {"out_s": 2.0, "hold_s": 0.0, "back_s": 2.0, "height_deg": 20.0, "peak_speed_deg_s": 19.0} | times))


def evidence(
    value: np.ndarray, *, side: Side | None = RIGHT, limit_deg: float = 35.0, even: Evenness | None = None, **times: float
) -> Evidence:
    attempt = Attempt(side, Movement(60, 100, 141, 1, 20.0), tempo(**times), value)
    even = even or Evenness(Smoothness(1.2, 0.5, -2.0, 0.02), False, 0.5)
    return Evidence(TIME, 1, attempt, even, Known(None, ~WHEN, value=value), limit_deg)  # type: ignore[arg-type]


def held(value: float, for_s: float, at_s: float = 4.0) -> np.ndarray:
    return np.where((at_s - 1e-9 <= TIME) & (at_s + for_s - 1e-9 > TIME), value, 0.0)


COMMON: dict[str, Any] = {"message": "Say something.", "source": "own"}
LEAN = DeviationRule(code="trunk_lean", kind="deviation", channel="trunk_side_bend", limit_deg=6, hold_s=0.3, **COMMON)  # type: ignore[arg-type]
FOOT = FootRule(code="foot_lifted", kind="foot", foot="working", on_frac=0.06, off_frac=0.03, hold_s=0.3, **COMMON)  # type: ignore[arg-type]
APART = FeetApartRule(code="foot_lifted", kind="feet_apart", limit_frac=0.12, hold_s=0.3, **COMMON)  # type: ignore[arg-type]
LIMIT = LimitRule(code="over_rotation", kind="limit", limit_deg=35, hold_s=0.2, **COMMON)  # type: ignore[arg-type]
FAST = PhaseRule(code="too_fast", kind="phase", phase="any", min_s=0.8, **COMMON)  # type: ignore[arg-type]
RETURN = PhaseRule(code="fast_return", kind="phase", phase="back", min_s=0.8, min_back_to_out=0.5, **COMMON)  # type: ignore[arg-type]
JERK = JerkRule(code="jerky", kind="jerk", min_phase_s=0.8, slow_phase_s=4, **COMMON)  # type: ignore[arg-type]


def look(rule: Any, of: Evidence) -> Finding:
    return KINDS[rule.kind](rule, of)


@pytest.mark.parametrize(("rule", "limit"), [(LEAN, 6.0), (FOOT, 0.06), (APART, 0.12), (LIMIT, 35.0)])
@pytest.mark.parametrize(
    ("times_limit", "for_s", "over"),
    [(0.99, 2.0, False), (1.01, 2.0, True), (3.0, 0.05, False), (3.0, 0.15, False), (1.2, 0.3, True), (1.2, 0.5, True), (1.0, 2.0, False)],
)
def test_a_limit_must_be_passed_for_long_enough(rule: Any, limit: float, times_limit: float, for_s: float, over: bool) -> None:
    finding = look(rule, evidence(held(times_limit * limit, for_s)))
    assert finding.over == over and finding.unseen is None and finding.limit == limit
    assert finding.measured == pytest.approx(times_limit * limit)
    if over:
        assert finding.start_s == pytest.approx(4.0) and finding.end_s == pytest.approx(4.0 + for_s - 1 / FPS)


@pytest.mark.parametrize("rule", [LEAN, FOOT, APART, LIMIT])
def test_what_happens_outside_the_repetition_is_not_its_fault(rule: Any) -> None:
    before, after = held(50.0, 1.5, 1.0), held(50.0, 1.5, 7.5)
    assert not look(rule, evidence(before + after)).over


@pytest.mark.parametrize("rule", [LEAN, FOOT, APART])
def test_moments_over_the_limit_add_up_while_it_stays_over_half(rule: Any) -> None:
    limit = {"deviation": 6.0, "foot": 0.06, "feet_apart": 0.12}[rule.kind]
    once_more = held(1.2 * limit, 0.2, 4.0) + held(1.2 * limit, 0.2, 4.5)
    assert look(rule, evidence(once_more + held(0.7 * limit, 0.3, 4.2))).over
    assert not look(rule, evidence(once_more)).over


@pytest.mark.parametrize("rule", [LEAN, FOOT, APART, LIMIT])
@pytest.mark.parametrize(("part_hidden", "seen"), [(0.3, True), (0.7, False), (1.0, False)])
def test_what_was_mostly_hidden_is_not_judged(rule: Any, part_hidden: float, seen: bool) -> None:
    value = np.where(WHEN & (3 + 4 * part_hidden > TIME), np.nan, 0.0)
    finding = look(rule, evidence(value))
    assert not finding.over
    assert finding.unseen == (None if seen else "the landmarks it needs were hidden")


def test_noise_near_the_limit_is_admitted() -> None:
    noise = np.random.default_rng(5).normal(0, 2.0, len(TIME))
    assert look(LEAN, evidence(noise)).unseen == "the picture is too noisy to tell so small a change"
    assert look(LEAN, evidence(0.1 * noise)).unseen is None


@pytest.mark.parametrize(("channel", "unit"), [("trunk_forward", "deg"), ("trunk_shortening", "frac"), ("other_knee_shift", "frac")])
def test_every_channel_can_be_watched(channel: str, unit: str) -> None:
    rule = DeviationRule(
        **{"code": "posture_changed", "kind": "deviation", "channel": channel, f"limit_{unit}": 2.0, "hold_s": 0.3, **COMMON}
    )
    assert look(rule, evidence(held(3.0, 1.0))).over and not look(rule, evidence(held(1.9, 1.0))).over


def test_a_hike_is_that_of_the_leg_that_moves() -> None:
    rule = DeviationRule(code="pelvis_hike", kind="deviation", channel="pelvis_hike", limit_deg=5, hold_s=0.3, **COMMON)  # type: ignore[arg-type]
    assert look(rule, evidence(held(5.5, 1.0))).over
    assert not look(rule, evidence(held(5.5, 1.0), side=LEFT)).over
    assert look(rule, evidence(held(5.5, 1.0), side=None)).side is RIGHT


def test_with_both_legs_moving_there_is_no_resting_knee() -> None:
    rule = DeviationRule(code="knee_drift", kind="deviation", channel="other_knee_shift", limit_frac=0.2, hold_s=0.3, **COMMON)  # type: ignore[arg-type]
    assert look(rule, evidence(held(1.0, 1.0), side=None)).unseen == "both legs were moving"
    assert look(rule, evidence(held(1.0, 1.0))).side is LEFT


@pytest.mark.parametrize(
    ("rule", "out_s", "back_s", "over"),
    [
        (FAST, 0.79, 2.0, True),
        (FAST, 0.81, 2.0, False),
        (FAST, 2.0, 0.79, True),
        (FAST, math.nan, 0.79, True),
        (FAST, math.nan, 2.0, False),
        (RETURN, 0.5, 2.0, False),
        (RETURN, 2.0, 0.99, True),
        (RETURN, 2.0, 1.01, False),
        (RETURN, 1.0, 0.79, True),
        (RETURN, math.nan, 0.79, True),
        (RETURN, math.nan, 0.9, False),
    ],
)
def test_a_phase_is_measured_against_its_least(rule: Any, out_s: float, back_s: float, over: bool) -> None:
    finding = look(rule, evidence(np.zeros(len(TIME)), out_s=out_s, back_s=back_s))
    assert finding.over == over and finding.unit == "s"
    assert math.isfinite(finding.measured)


@pytest.mark.parametrize(("rule", "out_s"), [(FAST, math.nan), (RETURN, math.nan), (RETURN, 2.0)])
def test_a_phase_that_was_not_seen_is_not_judged(rule: Any, out_s: float) -> None:
    assert look(rule, evidence(np.zeros(len(TIME)), out_s=out_s, back_s=math.nan)).unseen == "the movement was not seen from end to end"


def test_evenness_is_passed_on_or_refused_with_its_reason() -> None:
    still = np.zeros(len(TIME))
    jerky = look(JERK, evidence(still, even=Evenness(Smoothness(3.0, 0.1, -0.5, 0.02), True, 1.7)))
    assert jerky.over and (jerky.measured, jerky.limit, jerky.start_s, jerky.end_s) == (1.7, 1.0, 3.0, 7.0)
    assert not look(JERK, evidence(still)).over
    refused = look(JERK, evidence(still, even=Evenness(Smoothness(reason="too dark"), False, math.nan)))
    assert refused.unseen == "too dark" and not refused.over


def test_faults_carry_the_rule_and_unseen_the_reason_and_the_span() -> None:
    faults, unseen = faults_of([LEAN, FAST], evidence(held(9.0, 1.0), out_s=math.nan, back_s=math.nan))
    assert faults == [Fault(FaultCode.TRUNK_LEAN, "fault", "right", 1, 4.0, pytest.approx(4.95), 9.0, 6.0, "deg", "Say something.")]
    assert unseen == [NotMeasured("too_fast", "hidden", "the movement was not seen from end to end", 3.0, 7.0)]


def test_a_fault_of_both_legs_is_of_both() -> None:
    faults, _ = faults_of([LEAN], evidence(held(9.0, 1.0), side=None))
    assert [fault.side for fault in faults] == ["both"]


def test_no_rules_find_nothing() -> None:
    assert faults_of([], evidence(held(99.0, 4.0))) == ([], [])


def test_every_rule_of_every_exercise_has_code_that_looks() -> None:
    kinds = {get_args(rule.model_fields["kind"].annotation)[0] for rule in get_args(get_args(FaultRule)[0])}
    assert kinds == set(KINDS)
