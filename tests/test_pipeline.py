"""Passes over a video: threads, progress, stopping early. The pose model is replaced by made-up poses."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Self

import pytest

from formcheck.drawing import MAX_STILLS, still_times
from formcheck.progress import Progress, Stage, StageClock
from formcheck.tracking.tracker import PeopleLook
from tests.builders import example_recording, example_report


class Counter:
    """Counts as many people as the frame says."""

    made = 0

    def __enter__(self) -> Self:
        Counter.made += 1
        return self

    def __exit__(self, *_: object) -> None:
        Counter.made -= 1

    def count(self, frame: Any) -> int:
        return int(frame.people)


def test_the_counter_of_people_is_made_once_when_it_is_needed_and_closed() -> None:
    with PeopleLook(Counter) as people:
        assert Counter.made == 0
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(people.count, [SimpleNamespace(people=k) for k in range(50)])) == list(range(50))
        assert Counter.made == 1
    assert Counter.made == 0


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
