"""What should stay as it was, read from filmed people who let it go; and how sure a peak is."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from formcheck.exercise.channels import Channels
from formcheck.exercise.curves import curves_of
from formcheck.exercise.library import load
from formcheck.motion.landmarks import Landmark, Side
from tests.people import FAR, HIP_HALF_M, SHANK_M, Body, clock, eased, film, lying, seated, standing

TURN, LIFT, CLAM = "hip-internal-rotation", "standing-hip-abduction", "side-lying-hip-external-rotation"
SECONDS = 8.0
TIME = clock(SECONDS)
STEP = eased((TIME - 3.0) / 0.5) - eased((TIME - 5.5) / 0.5)
TOP, REST = (TIME > 4.0) & (TIME < 5.0), (TIME < 2.0) | (TIME > 7.0)


def channels_of(body: Body, exercise: str = TURN, **of_film: Any) -> Channels:
    return Channels(curves_of(film(body, FAR, **of_film), load(exercise)), REST)


def at_top(value: np.ndarray) -> float:
    assert value.shape == TIME.shape
    assert np.abs(value[REST & (TIME > 0.3) & (TIME < SECONDS - 0.3)]).max() < 0.02
    return float(np.median(value[TOP]))


@pytest.mark.parametrize("amount", [-8.0, 5.0])
def test_side_bend_is_what_was_put_in_with_its_sign(amount: float) -> None:
    body = seated([], duration_s=SECONDS)
    body.trunk_bend_deg = amount * STEP
    assert at_top(channels_of(body).trunk_side_bend_deg()) == pytest.approx(amount, abs=0.1)


def test_a_trunk_that_was_bent_all_along_has_not_bent() -> None:
    body = seated([], duration_s=SECONDS)
    body.trunk_bend_deg = np.full(len(TIME), 9.0)
    assert at_top(channels_of(body).trunk_side_bend_deg()) == pytest.approx(0, abs=0.02)


def test_bowing_shortens_the_trunk_and_leans_it_forwards() -> None:
    body = seated([], duration_s=SECONDS)
    body.trunk_forward_deg = 30 * STEP
    channels = channels_of(body)
    assert at_top(channels.trunk_shortening_frac()) == pytest.approx(1 - math.cos(math.radians(30)), abs=0.01)
    assert at_top(channels.trunk_forward_deg()) == pytest.approx(30, abs=0.3)


@pytest.mark.parametrize("side", Side)
def test_the_pelvis_is_hiked_on_the_side_that_rises(side: Side) -> None:
    body = standing([], duration_s=SECONDS)
    body.pelvis_hike_deg[side] = 7 * STEP
    # A straight leg goes with its hip.
    body.foot_lift_frac[side] = 2 * HIP_HALF_M * np.sin(np.radians(7 * STEP)) / SHANK_M
    channels = channels_of(body, LIFT)
    assert at_top(channels.pelvis_hike_deg(side)) == pytest.approx(7, abs=0.2)
    assert at_top(channels.pelvis_hike_deg(side.other)) == pytest.approx(-7, abs=0.2)


@pytest.mark.parametrize("side", Side)
def test_a_lifted_foot_is_lifted_in_shank_lengths_and_the_other_is_not(side: Side) -> None:
    body = seated([], duration_s=SECONDS)
    body.foot_lift_frac[side] = 0.1 * STEP
    channels = channels_of(body)
    for against_other in (False, True):
        assert at_top(channels.foot_lift_frac(side, against_other)) == pytest.approx(0.1, abs=0.01)
    assert at_top(channels.foot_lift_frac(side.other, False)) == pytest.approx(0, abs=0.01)
    for part in ("heel", "foot_index", "ankle"):
        assert at_top(channels.part_lift_frac(side, part)) == pytest.approx(0.1, abs=0.01)


def test_what_both_feet_do_is_the_camera() -> None:
    body = seated([], duration_s=SECONDS)
    body.foot_lift_frac = {side: 0.1 * STEP for side in Side}
    assert at_top(channels_of(body).foot_lift_frac(Side.LEFT, True)) == pytest.approx(0, abs=0.01)


def test_a_foot_put_elsewhere_between_two_rests_has_not_lifted() -> None:
    body = seated([], duration_s=SECONDS)
    body.foot_lift_frac[Side.LEFT] = 0.1 * eased((TIME - 3.0) / 3.0)
    lift = channels_of(body).foot_lift_frac(Side.LEFT, False)
    assert np.abs(lift[REST]).max() < 0.01


def test_feet_that_come_apart_in_side_lying_are_seen() -> None:
    body = lying([], duration_s=SECONDS)
    body.foot_lift_frac[Side.RIGHT] = 0.2 * STEP
    assert at_top(channels_of(body, CLAM).feet_apart_frac()) > 0.12


@pytest.mark.parametrize("rotation_deg", [-14.0, 14.0])
def test_a_knee_that_wanders_is_as_far_as_its_swivel_takes_it(rotation_deg: float) -> None:
    body = seated([], duration_s=SECONDS)
    body.rotation_deg[Side.LEFT] = rotation_deg * STEP
    swivel = math.atan(math.tan(math.radians(rotation_deg)) * math.sqrt(2))
    shift = math.hypot(math.sin(swivel) / math.sqrt(2), (1 - math.cos(swivel)) / 2)
    channels = channels_of(body)
    assert at_top(channels.knee_shift_frac(Side.LEFT)) == pytest.approx(shift, abs=0.02)
    assert at_top(channels.knee_shift_frac(Side.RIGHT)) == pytest.approx(0, abs=0.01)


def test_a_hidden_foot_is_nan_and_the_ankle_stands_in_for_it() -> None:
    toe = {Landmark.LEFT_FOOT_INDEX: [(0.0, 99.0)]}
    channels = channels_of(seated([], duration_s=SECONDS), hidden=toe)
    assert np.isnan(channels.part_lift_frac(Side.LEFT, "foot_index")).all()
    assert np.isfinite(channels.foot_lift_frac(Side.LEFT, False)).all()
    assert np.isfinite(channels.part_lift_frac(Side.RIGHT, "foot_index")).all()


def restful(still: np.ndarray) -> Channels:
    return Channels(curves_of(film(seated([], duration_s=SECONDS), FAR), load(TURN)), still)


def test_noise_is_measured_within_rests_and_without_one_by_the_roughness_of_the_curve() -> None:
    noise = np.random.default_rng(4).normal(0, 2.0, len(TIME))
    assert restful(np.ones(len(TIME), bool)).rest_noise(noise) == pytest.approx(2.0, rel=0.15)
    assert restful(REST).rest_noise(np.where(REST, 3.0, noise)) == 0.0
    for unrested in (restful(REST).rest_noise(np.where(REST, np.nan, noise)), restful(np.zeros(len(TIME), bool)).rest_noise(noise)):
        assert unrested == pytest.approx(2.0, rel=0.3)
    assert restful(np.zeros(len(TIME), bool)).rest_noise(np.linspace(0, 9, len(TIME))) == pytest.approx(0, abs=1e-9)
    assert restful(np.zeros(len(TIME), bool)).rest_noise(np.full(len(TIME), np.nan)) == 0.0


def test_without_any_rest_the_usual_level_is_the_rest() -> None:
    body = seated([], duration_s=SECONDS)
    body.trunk_bend_deg = np.full(len(TIME), 4.0)
    channels = Channels(curves_of(film(body, FAR), load(TURN)), np.zeros(len(TIME), bool))
    assert np.abs(channels.trunk_side_bend_deg()).max() < 0.02
    assert np.abs(channels.foot_lift_frac(Side.LEFT, False)).max() < 0.01
