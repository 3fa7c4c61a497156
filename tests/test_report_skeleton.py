"""The bones of a person: all that are seen at both ends, and no others."""

from __future__ import annotations

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from formcheck.motion.landmarks import EDGES
from formcheck.report.overlay_skeleton import draw_skeleton
from formcheck.report.palette import OUTLINE, PAPER


@given(st.integers(0, 2**32 - 1), st.floats(0, 1))
def test_each_bone_that_is_seen_is_a_line(seed: int, hidden: float) -> None:
    random = np.random.default_rng(seed)
    points = random.uniform(-20, 140, (33, 2))
    points[random.random(33) < hidden] = np.nan
    drawn, expected = (np.full((90, 120, 3), 60, np.uint8) for _ in range(2))
    draw_skeleton(drawn, points, [], 20.0)
    lines = [np.rint(points[list(bone)] * 16).astype(np.int32) for bone in EDGES if np.isfinite(points[list(bone)]).all()]
    for colour, width in ((OUTLINE, 4), (PAPER, 2)):
        if lines:
            cv2.polylines(expected, lines, False, colour, width, cv2.LINE_AA, 4)
    assert np.array_equal(drawn, expected)


def test_of_nobody_nothing_is_drawn() -> None:
    image = np.full((90, 120, 3), 60, np.uint8)
    draw_skeleton(image, np.full((33, 2), np.nan), [], 20.0)
    assert (image == 60).all()
