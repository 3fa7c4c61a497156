"""Time that was lost: sleep, set clocks and stalled cameras make no repetition, and take none away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from formcheck.coach.guidance import Task, Want
from formcheck.exercise.analyzer import analyse
from formcheck.exercise.movements import leg_curve
from formcheck.exercise.options import AnalysisOptions
from formcheck.exercise.session import Rejection, Rep
from formcheck.live import engine
from formcheck.live.buffer import WINDOW_S, PoseBuffer
from formcheck.live.engine import LiveAnalyzer
from formcheck.motion.landmarks import PoseFrame, Side
from formcheck.motion.recording import PoseRecording
from tests.live_parts import SPEC, guided

SET = Want(task=Task.SET, run=1, side=Side.RIGHT)


@pytest.fixture(autouse=True)
def _seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "READ_EVERY_S", 2.0)


@pytest.fixture(scope="module")
def three() -> PoseRecording:
    return guided(3)


@pytest.fixture(scope="module")
def second(three: PoseRecording) -> Rep:
    return analyse(three, SPEC, AnalysisOptions()).reps[1]


def later(recording: PoseRecording, from_s: float, gap_s: float) -> PoseRecording:
    """The same frames, those from a time on stamped later."""
    return replace(recording, time_s=recording.time_s + np.where(recording.time_s >= from_s, gap_s, 0.0))


def lived(recording: PoseRecording) -> tuple[list[int], Sequence[Rep]]:
    """Counts as they were shown, and the movements at the end."""
    with LiveAnalyzer(SPEC, "full", threaded=False) as analyzer:
        counts = [analyzer.update(pose, SET)[0].counts["right"] for pose in recording]
        result, state = analyzer.settle(recording[len(recording) - 1])
    return [*counts, result.counts["right"]], state.reps


def middle_s(rep: Rep, place: str) -> float:
    return {"out": (rep.start_s + rep.peak_s) / 2, "peak": rep.peak_s, "back": (rep.peak_s + rep.end_s) / 2}[place]


@pytest.mark.parametrize(("gap_s", "place"), [(1.2, "out"), (1.2, "peak"), (1.2, "back"), (5.0, "out"), (50.0, "back")])
def test_a_movement_with_a_gap_in_it_does_not_count_and_says_why(three: PoseRecording, second: Rep, place: str, gap_s: float) -> None:
    cut = later(three, middle_s(second, place), gap_s)
    counts, reps = lived(cut)
    assert counts == sorted(counts) and counts[-1] == 2, "the first and the third"
    # After a long gap the window begins within it: then the half that is left is at its edge.
    why = {rep.rejected for rep in reps if not rep.counted}
    assert why and why <= {Rejection.LOST_SIGHT, Rejection.PARTIAL} if gap_s > 10 else why == {Rejection.LOST_SIGHT}
    assert max(rep.end_s - rep.start_s for rep in reps) < 4.5, "no movement reaches across the gap"
    report = analyse(cut, SPEC, AnalysisOptions())
    assert report.counts["right"] == 2, "a recording with the same gap says the same"


def test_a_leg_that_went_back_while_nobody_looked_made_no_repetition(three: PoseRecording, second: Rep) -> None:
    keep = (three.time_s < middle_s(second, "out")) | (three.time_s > second.end_s + 0.3)
    arrays = (part[keep] for part in (three.time_s, three.image_xy, three.world_xyz, three.visibility))
    counts, _ = lived(PoseRecording(*arrays, three.image_size))
    assert counts == sorted(counts) and counts[-1] == 2


@pytest.mark.parametrize("gap_s", [0.6, 5.0, 90.0, 600.0])
def test_a_gap_between_two_movements_takes_none_away(three: PoseRecording, second: Rep, gap_s: float) -> None:
    counts, _ = lived(later(three, second.end_s + 0.7, gap_s))
    assert counts == sorted(counts) and counts[-1] == 3


def test_a_stutter_is_no_gap(three: PoseRecording, second: Rep) -> None:
    assert lived(later(three, middle_s(second, "out"), 0.6))[0][-1] == 3


def test_what_was_made_more_than_a_minute_ago_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "READ_EVERY_S", 4.0)
    recording = guided(14)
    assert recording.time_s[-1] > WINDOW_S + 20
    counts, reps = lived(recording)
    assert counts == sorted(counts) and counts[-1] == 14
    assert [rep.number for rep in reps] == list(range(1, 15))


def test_the_buffer_tells_from_when_on_it_is_whole() -> None:
    frames = PoseBuffer("full")
    for time_s in np.arange(0.0, 150.0, 0.5):
        frames.append(PoseFrame.missing(0, float(time_s), (640, 480)))
        window = frames.window()
        assert window is None or frames.first_s == pytest.approx(window.time_s[0])
    frames.append(PoseFrame.missing(0, 900.0, (640, 480)))
    assert frames.first_s == 900.0 - WINDOW_S


def test_excursions_end_where_the_frames_do() -> None:
    time_s = np.arange(0.0, 12.0, 1 / 30)
    angle = np.where((time_s > 3) & (time_s < 8), 20 * np.sin(np.pi * (time_s - 3) / 5) ** 2, 0.0)
    whole = leg_curve(time_s, angle, 6.0).movements()
    assert len(whole) == 1 and not whole[0].open_start and not whole[0].open_stop
    cut = leg_curve(time_s + np.where(time_s >= 5.5, 3.0, 0.0), angle, 6.0).movements()
    assert [(one.open_start, one.open_stop) for one in cut] == [(False, True), (True, False)]
    assert len(leg_curve(time_s + np.where(time_s >= 5.5, 0.9, 0.0), angle, 6.0).movements()) == 1
