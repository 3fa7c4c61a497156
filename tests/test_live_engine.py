"""The running analysis: windows, what is settled, the angle of this very frame, and stillness."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.coach.guidance import Task, Want
from formcheck.coach.moment import Unrest
from formcheck.exercise.analyzer import analyse
from formcheck.exercise.options import AnalysisOptions
from formcheck.exercise.session import Phase
from formcheck.live import buffer
from formcheck.live.buffer import PoseBuffer
from formcheck.live.engine import LiveAnalyzer
from formcheck.live.ledger import RepLedger
from formcheck.live.now import Moving
from formcheck.live.proxy import proxy_deg
from formcheck.live.reading import Anchor, Reading, read
from formcheck.live.stillness import Stillness
from formcheck.motion.landmarks import PoseFrame, Side
from formcheck.motion.recording import PoseRecording
from tests import people
from tests.builders import example_recording, example_report
from tests.live_parts import SPEC, guided


def part(recording: PoseRecording, start_s: float, end_s: float) -> PoseRecording:
    where = (recording.time_s >= start_s) & (recording.time_s < end_s)
    arrays = (recording.time_s, recording.image_xy, recording.world_xyz, recording.visibility)
    return PoseRecording(*(one[where] for one in arrays), recording.image_size, source=recording.source)


def test_a_buffer_keeps_the_last_minute_and_stays_as_large_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buffer, "WINDOW_S", 5.0)
    frames = PoseBuffer("full")
    assert frames.window() is None
    longest = 0
    for pose in example_recording(duration_s=40.0):
        frames.append(pose)
        longest = max(longest, len(frames))
    window = frames.window()
    assert window is not None and window.time_s[-1] - window.time_s[0] == pytest.approx(5.0, abs=0.05)
    assert longest <= 2 * 5 * 30 + 2 and window.source["model_name"] == "full"


def test_the_rest_before_a_run_is_put_before_its_frames() -> None:
    recording = guided(1)
    frames = PoseBuffer("full")
    for pose in part(recording, 0.0, 5.0):
        frames.append(pose)
    frames.start(keep_as_rest=True)
    for pose in part(recording, 8.0, 10.0):
        frames.append(pose)
    window = frames.window()
    assert window is not None and np.all(np.diff(window.time_s) > 0)
    assert frames.first_s == pytest.approx(8.0, abs=0.05) and window.time_s[0] == pytest.approx(5.0, abs=0.1)
    assert np.diff(window.time_s).max() < 0.05, "the rest ends where the run begins"
    frames.forget_rest()
    again = frames.window()
    assert again is not None and again.time_s[0] == pytest.approx(8.0, abs=0.05)


def test_another_picture_size_begins_anew() -> None:
    frames = PoseBuffer("full")
    for pose in part(guided(1), 0.0, 1.0):
        frames.append(pose)
    other = PoseFrame.missing(0, 5.0, (1280, 720))
    frames.append(other)
    assert len(frames) == 1 and frames.first_s == 5.0


def test_a_reading_knows_what_is_over_and_what_is_not() -> None:
    recording = guided(3)
    first = people.a_set(3, first_s=6.0)[0]
    middle = first.start_s + first.out_s
    during = read(1, 0.0, part(recording, 0.0, middle), SPEC, AnalysisOptions())
    assert during.reps == () and during.refused is None
    after = read(1, 0.0, part(recording, 0.0, first.start_s + 5.5), SPEC, AnalysisOptions())
    assert len(after.reps) == 1 and after.reps[0].counted
    whole = read(1, 0.0, recording, SPEC, AnalysisOptions())
    assert len(whole.reps) == 3 and whole.anchors.keys() == set(Side)


def test_where_nothing_can_be_measured_the_reading_says_why() -> None:
    recording = people.film(people.seated([], duration_s=6.0), gone=[(0.0, 6.0)])
    reading = read(1, 0.0, recording, SPEC, AnalysisOptions())
    assert reading.refused is not None and reading.reps == () and reading.anchors == {}


def test_what_lies_before_a_window_stays_as_it_was_read() -> None:
    reps = example_report(example_recording(), reps=5).reps
    ledger = RepLedger()
    ledger.take(Reading(1, 30.0, 0.0, reps=reps[:4]))
    assert [rep.number for rep in ledger.reps] == [1, 2, 3, 4]
    kept = ledger.reps
    ledger.take(Reading(1, 30.0, 0.0, reps=reps[:4]))
    assert ledger.reps is kept, "nothing new is the same list"
    later = tuple(replace(rep, number=number) for number, rep in enumerate(reps[3:], 1))
    ledger.take(Reading(1, 40.0, reps[2].end_s - 7.0, reps=later))
    assert [rep.start_s for rep in ledger.reps] == [rep.start_s for rep in reps] and [rep.number for rep in ledger.reps] == [1, 2, 3, 4, 5]
    ledger.take(Reading(1, 41.0, 40.0, refused="nobody is in view"))
    assert len(ledger.reps) == 5, "a moment without sight forgets nothing"
    ledger.take(Reading(2, 50.0, 45.0))
    assert ledger.reps == ()


@given(st.floats(-60, 60), st.floats(-3, 3), st.floats(-30, 30))
def test_the_angle_is_carried_on_along_the_line_in_the_picture(shown: float, slope: float, moved: float) -> None:
    leg = Moving()
    anchor = Anchor(0.0, shown, 10.0, slope, 3.0)
    first = leg.update(0.0, 10.0, anchor)
    assert first.angle_deg == shown and first.pm_deg == 3.0
    for place in range(1, 40):
        now = leg.update(place / 30, 10.0 + moved, anchor)
    assert now.angle_deg == pytest.approx(shown + slope * moved, abs=0.01 * abs(slope * moved) + 1e-6)


def test_an_angle_that_is_not_known_is_not_shown() -> None:
    leg = Moving()
    anchor = Anchor(0.0, 5.0, 0.0, 1.0, 2.0)
    assert math.isnan(leg.update(0.0, 0.0, None).angle_deg) and leg.update(0.1, 0.0, None).phase is Phase.UNSEEN
    assert math.isnan(leg.update(0.2, math.nan, anchor).angle_deg)
    assert leg.update(0.3, 0.0, anchor).angle_deg == 5.0
    assert math.isnan(leg.update(2.0, 0.0, anchor).angle_deg), "too old"


def test_the_phases_of_a_slow_turn() -> None:
    leg = Moving()
    anchor = Anchor(0.0, 0.0, 0.0, 1.0, 1.0)
    time = np.arange(0, 8, 1 / 30)
    angle = people.movement(time, people.Rep(1.5, height_deg=24.0, hold_s=1.0))
    phases = []
    for now, value in zip(time, angle, strict=True):
        anchor = replace(anchor, time_s=float(now))
        phases.append(leg.update(float(now), float(value), anchor).phase)
    order = [phase for place, phase in enumerate(phases) if place == 0 or phases[place - 1] is not phase]
    assert order == [Phase.REST, Phase.OUT, Phase.HOLD, Phase.BACK, Phase.REST]


def test_somebody_still_is_still_and_what_moves_is_named() -> None:
    recording = guided(1)
    still = Stillness(SPEC)
    told = {pose.time_s: still.update(pose) for pose in recording}
    times = sorted(told)
    at = {moment: told[min(times, key=lambda one: abs(one - moment))] for moment in (0.0, 4.0, 5.9, 7.5)}
    assert at[0.0].still_s == 0.0
    assert at[4.0].still_s == pytest.approx(4.0, abs=0.3) and at[4.0].unrest == ()
    assert at[5.9].still_s > 5.0
    assert at[7.5].still_s < 1.0 and Unrest.LEG_MOVES in at[7.5].unrest
    assert still.update(PoseFrame.missing(0, 100.0, (640, 480))).unrest == (Unrest.NOT_SEEN,)


def test_the_rest_baseline_is_that_of_the_recording() -> None:
    recording = guided(1)
    with LiveAnalyzer(SPEC, "full", threaded=False) as analyzer:
        states = [analyzer.update(pose, Want(Task.REST, 1))[1] for pose in part(recording, 0.0, 5.0)]
    assert not states[0].rest_ok and states[0].rest is None
    first = next(place for place, state in enumerate(states) if state.rest_ok)
    assert recording.time_s[first] == pytest.approx(3.2, abs=0.4)
    rest = states[-1].rest
    whole = analyse(recording, SPEC).timeline.values
    assert rest is not None
    for side in Side:
        assert rest.neutral_deg[side] == pytest.approx(np.median(whole[f"hip_rotation_{side.value}_deg"][:150]), abs=1.0)
        assert 0 <= rest.noise_deg[side] < 2.0


def test_between_readings_the_angle_follows_the_leg() -> None:
    recording = guided(2)
    shown = analyse(recording, SPEC).timeline.shown_deg[Side.RIGHT]
    found = []
    with LiveAnalyzer(SPEC, "full", threaded=False) as analyzer:
        for pose in recording:
            result, _ = analyzer.update(pose, Want(Task.SET, 1, Side.RIGHT, "inward"))
            found.append(result.angle_deg[Side.RIGHT])
    later = recording.time_s > 12.0
    error = np.array(found)[later] - shown[later]
    assert np.nanmedian(np.abs(error)) < 1.5 and np.isfinite(error).mean() > 0.95


def test_in_a_thread_it_ends_with_the_same_count() -> None:
    recording = guided(2)
    want = Want(Task.SET, 1, Side.RIGHT, "inward")
    with LiveAnalyzer(SPEC, "full") as analyzer:
        for pose in recording:
            analyzer.update(pose, want)
        _, state = analyzer.settle(pose)
    assert len(state.reps) == 2 and state.run == 1


def test_what_breaks_in_the_thread_is_raised_where_it_can_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> Reading:
        raise ZeroDivisionError("broken")

    monkeypatch.setattr("formcheck.live.reader.Reader.__call__", broken)
    monkeypatch.setattr("formcheck.live.reader.Reader.start", lambda _: None)
    recording = guided(1)
    with LiveAnalyzer(SPEC, "full") as analyzer, pytest.raises(ZeroDivisionError):
        for pose in recording:
            analyzer.update(pose, Want(Task.SET, 1))


@pytest.mark.parametrize("made", [people.seated, people.standing, people.lying])
def test_the_line_in_the_picture_moves_with_the_leg(made) -> None:  # type: ignore[no-untyped-def]
    reps = people.a_set(1)
    body = made(reps, duration_s=people.length_s(reps) + 1)
    recording = people.film(body)
    ids = {"seated": "hip-internal-rotation", "standing": "standing-hip-abduction", "lying": "side-lying-hip-external-rotation"}
    from formcheck.exercise import library

    line = proxy_deg(recording.image_xy, Side.RIGHT, library.load(ids[body.posture]))
    assert np.isfinite(line).all() and np.ptp(line) > 5.0
