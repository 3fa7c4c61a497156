"""What can be said of a movement before it is over."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formcheck.exercise import library
from formcheck.exercise.groundwork import groundwork
from formcheck.exercise.session import FaultCode
from formcheck.exercise.unfinished import faults_so_far, under_way
from formcheck.motion.recording import PoseRecording
from tests.builders import example_recording, rep_spans

SPEC = library.load("hip-internal-rotation")


def until(recording: PoseRecording, end_s: float) -> PoseRecording:
    count = int(np.searchsorted(recording.time_s, end_s))
    parts = (recording.time_s, recording.image_xy, recording.world_xyz, recording.visibility)
    return PoseRecording(*(part[:count] for part in parts), recording.image_size, source=recording.source)


@pytest.mark.parametrize("after_peak_s", [0.3, 0.5])
def test_too_far_is_said_while_the_leg_is_still_out_there(after_peak_s: float) -> None:
    recording = example_recording(peak_deg=44.0)
    start, end = rep_spans(20.0, 3)[1]
    work = groundwork(until(recording, (start + end) / 2 + after_peak_s), SPEC)
    (attempt,) = under_way(work)
    assert attempt.tempo.start_s == pytest.approx(start, abs=0.3)
    (fault,) = faults_so_far(work)
    assert fault.code is FaultCode.OVER_ROTATION and fault.rep == 2 and fault.measured > fault.limit
    assert start < fault.start_s < (start + end) / 2 < fault.end_s


def test_a_movement_that_is_over_is_not_under_way() -> None:
    recording = example_recording(peak_deg=44.0)
    assert not under_way(groundwork(recording, SPEC)) and not faults_so_far(groundwork(recording, SPEC))


@settings(max_examples=15)
@given(end_s=st.floats(4.0, 20.0))
def test_nothing_is_wrong_with_good_form_wherever_it_is_cut(end_s: float) -> None:
    work = groundwork(until(example_recording(), end_s), SPEC)
    assert not faults_so_far(work) and len(under_way(work)) <= 1
