"""Passes over a video: threads, progress, stopping early. The pose model is replaced by made-up poses."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Self

import pytest

from formcheck.drawing import MAX_STILLS, still_times
from formcheck.poses import PeopleWatch
from formcheck.progress import Progress, Stage, StageClock
from tests.builders import example_recording, example_report


class Counter:
    """Counts as many people as the frame says; slowly, when asked to."""

    def __init__(self, gate: threading.Event | None = None) -> None:
        self.gate = gate
        self.closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.closed = True

    def count(self, frame: Any) -> int:
        if self.gate is not None:
            self.gate.wait(5)
        if frame.people < 0:
            raise RuntimeError("the model broke")
        return int(frame.people)


def moment(time_s: float, people: int = 1) -> Any:
    return SimpleNamespace(time_s=time_s, people=people)


def offer_all(watch: PeopleWatch, moments: list[Any]) -> None:
    for one in moments:
        watch.offer(one)
        time.sleep(0.002)


def test_people_are_looked_for_every_interval_from_the_first_frame_on() -> None:
    counter = Counter()
    with PeopleWatch(lambda: counter, 2.0) as watch:
        offer_all(watch, [moment(k * 0.5, people=k) for k in range(13)])
        assert watch.finish() == [(0.0, 0), (2.0, 4), (4.0, 8), (6.0, 12)]
    assert counter.closed


def test_no_frame_no_people() -> None:
    with PeopleWatch(Counter, 2.0) as watch:
        assert watch.finish() == []


def test_a_slow_look_never_makes_the_main_work_wait() -> None:
    gate = threading.Event()
    with PeopleWatch(lambda: Counter(gate), 1.0) as watch:
        start = time.perf_counter()
        for k in range(100):
            watch.offer(moment(float(k)))
        assert time.perf_counter() - start < 0.5
        gate.set()
        found = watch.finish()
    assert 2 <= len(found) <= 3
    assert [time_s for time_s, _ in found] == sorted(time_s for time_s, _ in found)


def test_a_look_that_fails_is_told_at_the_end_and_hangs_nothing() -> None:
    with PeopleWatch(Counter, 0.0) as watch:
        offer_all(watch, [moment(0.0), moment(1.0, people=-1), moment(2.0), moment(3.0), moment(4.0)])
        with pytest.raises(RuntimeError, match="the model broke"):
            watch.finish()


def test_a_counter_that_cannot_be_made_is_told_too() -> None:
    def broken() -> Counter:
        raise RuntimeError("no such model")

    with PeopleWatch(broken, 0.0) as watch:
        offer_all(watch, [moment(float(k)) for k in range(6)])
        with pytest.raises(RuntimeError, match="no such model"):
            watch.finish()


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_progress_runs_through_its_stages_and_says_what_is_left() -> None:
    told: list[Progress] = []
    clock = Clock()
    job = StageClock(told.append, clock)
    first, second = Stage("measuring", 0.0, 0.8), Stage("drawing", 0.8, 1.0)
    for k in range(11):
        job.tell(first, k / 10, k)
        clock.now += 1.0
    job.tell(second, 0.5, 5)
    clock.now += 1.0
    job.tell(second, 1.5, 10)
    fractions = [one.fraction for one in told]
    assert fractions[0] == 0.0
    assert fractions[-1] == 1.0
    assert fractions == sorted(fractions)
    assert told[0].remaining_s != told[0].remaining_s
    assert told[5].remaining_s == pytest.approx(5 * 0.6 / 0.4)
    assert told[-1] == Progress("drawing", 1.0, 10, 0.0)


def test_progress_is_told_ten_times_a_second_at_most_but_always_at_the_ends() -> None:
    told: list[Progress] = []
    clock = Clock()
    job = StageClock(told.append, clock)
    stage = Stage("measuring", 0.0, 1.0)
    for k in range(1001):
        job.tell(stage, k / 1000, k)
        clock.now += 0.001
    assert 10 <= len(told) <= 13
    assert (told[0].fraction, told[-1].fraction) == (0.0, 1.0)


def test_a_still_is_taken_at_the_peak_of_its_repetition() -> None:
    recording = example_recording()
    report = example_report(recording)
    (fault,) = report.faults
    (rep,) = (rep for rep in report.reps if rep.number == fault.rep)
    assert still_times(report) == [(rep.peak_s, 0)]


def test_a_still_of_a_fault_beside_the_peak_is_taken_in_its_middle() -> None:
    report = example_report(example_recording())
    (fault,) = report.faults
    late = replace(fault, start_s=fault.end_s - 0.5)
    alone = replace(fault, rep=None, start_s=1.0, end_s=2.0)
    assert still_times(replace(report, faults=(late, alone))) == [(1.5, 1), (late.end_s - 0.25, 0)]


def test_there_are_no_more_stills_than_a_report_can_hold() -> None:
    report = example_report(example_recording())
    assert still_times(replace(report, faults=())) == []
    assert len(still_times(replace(report, faults=report.faults * (MAX_STILLS + 5)))) == MAX_STILLS
