"""Rest levels and the planted foot."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.motion.rest import followed_rest, planted, rest_level

TIME = np.arange(90) / 30
STILL = (TIME < 1) | (TIME >= 2)


def test_level_is_the_median_at_rest() -> None:
    value = np.where(STILL, 2.0, 50.0)
    assert rest_level(value, STILL) == 2.0
    assert rest_level(value, np.zeros(90, bool)) == 2.0
    assert np.isnan(rest_level(np.full(90, np.nan), STILL))
    assert np.isnan(rest_level(np.zeros(0), np.zeros(0, bool)))


def test_level_is_followed_from_one_rest_to_the_next() -> None:
    value = np.where(TIME < 1.5, 1.0, 3.0)
    level = followed_rest(TIME, value, STILL)
    assert level[0] == 1.0 and level[-1] == 3.0 and level[45] == pytest.approx(2.0, abs=0.1)
    assert (np.diff(level) >= 0).all()


@given(drag=st.floats(-0.05, 0.05))
def test_a_dragged_ankle_stays_planted(drag: float) -> None:
    ankle = np.tile([100.0, 300.0], (90, 1))
    ankle[~STILL, 0] += 100 * drag
    held, moved = planted(TIME, ankle, STILL, 100.0)
    assert np.allclose(held, [100.0, 300.0]) and (moved == 0).all()


def test_a_lifted_ankle_is_where_it_seems() -> None:
    ankle = np.tile([100.0, 300.0], (90, 1))
    ankle[~STILL] += [30.0, -20.0]
    held, moved = planted(TIME, ankle, STILL, 100.0)
    assert np.allclose(held, ankle) and (moved[~STILL] == 1).all() and (moved[STILL] == 0).all()


@given(far=st.floats(0, 40))
def test_letting_go_is_steady(far: float) -> None:
    """No jump: further away is never less believed, and what is believed lies between rest and appearance."""
    ankle = np.tile([0.0, 0.0], (90, 1))
    ankle[~STILL, 0] = far
    held, _ = planted(TIME, ankle, STILL, 100.0)
    ankle[~STILL, 0] = far + 1
    further, _ = planted(TIME, ankle, STILL, 100.0)
    assert (held[~STILL, 0] >= 0).all() and (held[~STILL, 0] <= far).all() and (further[~STILL, 0] >= held[~STILL, 0]).all()


def test_an_unseen_ankle_stays_unseen() -> None:
    ankle = np.tile([100.0, 300.0], (90, 1))
    ankle[10:20] = np.nan
    held, _ = planted(TIME, ankle, STILL, 100.0)
    assert np.isnan(held[10:20]).all() and np.isfinite(held[20:]).all()
