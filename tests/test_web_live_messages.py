"""What a page is sent: every screen and pose as the plain values they are made of."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from formcheck.coach.guidance import Cue, CueKind
from formcheck.motion.landmarks import Landmark, PoseFrame, Side
from formcheck.web.live_messages import cue_json, pose_json, screen_json
from tests.test_live_view import result, screens

PX = st.floats(-500, 2000, width=32) | st.just(float("nan"))


def known(value: Any) -> Any:
    """The values of a dataclass as JSON reads them back, with null for what is not finite."""
    if isinstance(value, dict):
        return {name: known(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [known(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


@pytest.mark.parametrize("name", screens())
def test_a_screen_is_all_its_fields(name: str) -> None:
    screen = screens()[name]
    assert json.loads(json.dumps(screen_json(screen), allow_nan=False)) == {"type": "screen"} | known(asdict(screen))


def test_a_cue_is_all_its_fields() -> None:
    cue = Cue(CueKind.CORRECTION, "foot_lifted", "Keep the foot flat.")
    assert json.loads(json.dumps(cue_json(cue))) == {"type": "cue"} | known(asdict(cue))


@given(arrays(np.float32, (len(Landmark), 2), elements=PX))
def test_points_are_parts_of_the_picture_or_null(image_xy: np.ndarray) -> None:
    pose = PoseFrame(0, 0.0, image_xy, np.zeros((len(Landmark), 3)), np.ones(len(Landmark)), (1280, 720))
    said = pose_json(replace(result(), pose=pose), 7, Side.LEFT, "30 fps")
    assert list(said["points"]) == [mark.name.lower() for mark in Landmark]
    for mark in Landmark:
        x, y = image_xy[mark]
        seen = bool(np.isfinite(image_xy[mark]).all())
        assert said["points"][mark.name.lower()] == ([round(float(x) / 1280, 4), round(float(y) / 720, 4)] if seen else None)
    json.dumps(said, allow_nan=False)
