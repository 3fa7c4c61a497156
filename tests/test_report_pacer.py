"""The breath pacer of the annotated video: in as the turn begins, out on the way back, as long as the movement was."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.exercise.frames import frame_results
from formcheck.exercise.session import Phase, Rejection, Rep
from formcheck.report.overlay import Overlay
from formcheck.report.overlay_pacer import BreathPacer
from tests.builders import example_recording, example_report

RECORDING = example_recording(reps=3)
REPORT = example_report(RECORDING, reps=3)
#: Out from 2 to 4 s, held until 4.5 s, back until 6.5 s.
REP: Rep = replace(REPORT.reps[0], start_s=2.0, peak_s=4.2, end_s=6.5, out_s=2.0, hold_s=0.5, back_s=2.0)


@pytest.mark.parametrize(
    ("time_s", "full", "phase"),
    [
        (0.0, 0.0, Phase.REST),
        (2.0, 0.0, Phase.OUT),
        (3.0, 0.5, Phase.OUT),
        (4.0, 1.0, Phase.HOLD),
        (4.5, 1.0, Phase.HOLD),
        (5.5, 0.5, Phase.BACK),
        (6.5, 0.0, Phase.BACK),
        (6.6, 0.0, Phase.REST),
    ],
)
def test_the_breath_follows_the_movement(time_s: float, full: float, phase: Phase) -> None:
    pacer = BreathPacer((REP,), 20.0)
    assert pacer.fullness(time_s) == pytest.approx(full) and pacer.phase(time_s) is phase


@given(st.floats(-10, 100), st.floats(0.1, 5), st.floats(0, 3), st.floats(0.1, 5))
def test_it_is_never_more_than_full(time_s: float, out_s: float, hold_s: float, back_s: float) -> None:
    rep = replace(REP, out_s=out_s, hold_s=hold_s, back_s=back_s, end_s=2.0 + out_s + hold_s + back_s)
    assert 0.0 <= BreathPacer((rep,), 20.0).fullness(time_s) <= 1.0


def test_what_does_not_count_or_was_not_timed_has_no_breath() -> None:
    partial, untimed = replace(REP, rejected=Rejection.PARTIAL), replace(REP, out_s=math.nan)
    assert BreathPacer((partial, untimed), 20.0).fullness(3.0) == 0.0 == BreathPacer((), 20.0).fullness(3.0)


@pytest.mark.parametrize("size", [(640, 480), (3840, 2160), (360, 640), (120, 90)])
def test_it_is_drawn_in_a_corner_only_when_asked_for(size: tuple[int, int]) -> None:
    picture = np.full((size[1], size[0], 3), 120, np.uint8)
    results = list(frame_results(RECORDING, REPORT))
    plain, paced = Overlay.of(REPORT, size), Overlay.of(REPORT, size, pacer=True)
    first = REPORT.reps[0]
    differ = [
        (plain.draw(picture, result) != paced.draw(picture, result)).any(axis=2)
        for result in (results[0], results[round(30 * (first.start_s + 1))], results[-1])
    ]
    if min(size) < 100:
        assert not any(changed.any() for changed in differ), "where words are too small there is none"
        return
    for changed in differ:
        rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
        assert rows.min() > size[1] / 2 and columns.min() > size[0] / 2
    assert differ[1].sum() > 0
