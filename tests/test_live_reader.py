"""Readings in another process: the same answers, and none lost when it ends."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from formcheck.coach.guidance import Task, Want
from formcheck.exercise.options import AnalysisOptions
from formcheck.live.engine import LiveAnalyzer
from formcheck.live.reader import Job, Reader
from formcheck.live.reading import read
from formcheck.motion.landmarks import Side
from formcheck.motion.recording import PoseRecording
from tests.live_parts import SPEC, guided


@pytest.fixture(scope="module")
def recording() -> PoseRecording:
    return replace(guided(2), source={"model_name": "full"})


@pytest.fixture
def reader() -> Iterator[Reader]:
    one = Reader(SPEC)
    one.start()
    yield one
    one.close()


def job_of(recording: PoseRecording) -> Job:
    return Job(3, 0.0, recording, AnalysisOptions(direction="inward"))


def test_another_process_reads_the_same(recording: PoseRecording, reader: Reader) -> None:
    assert reader.is_remote
    job = job_of(recording)
    here, there = read(job.run, job.from_s, job.recording, SPEC, job.options), reader(job)
    # As text, in which not measured equals not measured.
    assert repr(there) == repr(here) and len(there.reps) == 2 and there.run == 3


def test_what_it_raises_is_raised_here(recording: PoseRecording, reader: Reader) -> None:
    with pytest.raises(Exception, match="sideways"):
        reader(job_of(recording)._replace(options=AnalysisOptions(direction="sideways")))
    assert reader.is_remote and len(reader(job_of(recording)).reps) == 2, "it goes on"


def test_a_killed_process_loses_no_reading(recording: PoseRecording, reader: Reader) -> None:
    reader(job_of(recording))
    assert reader._process is not None
    reader._process.kill()
    assert len(reader(job_of(recording)).reps) == 2
    assert not reader.is_remote and len(reader(job_of(recording)).reps) == 2


def test_where_no_process_starts_it_is_done_here(recording: PoseRecording, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr("formcheck.live.reader.multiprocessing.get_context", refused)
    reader = Reader(SPEC)
    reader.start()
    assert not reader.is_remote and len(reader(job_of(recording)).reps) == 2
    reader.close()


def test_the_end_of_a_session_waits_for_nobody_and_leaves_no_process(recording: PoseRecording) -> None:
    with LiveAnalyzer(SPEC, "full") as analyzer:
        want = Want(Task.SET, 1, Side.RIGHT, direction="inward")
        for pose in recording:
            analyzer.update(pose, want)
        began = time.perf_counter()
    assert time.perf_counter() - began < 6.0
    assert not [child for child in multiprocessing.active_children() if child.name == "formcheck reading"]
    assert not [thread for thread in threading.enumerate() if thread.name == "reading" and thread.is_alive()]


def test_beside_the_loop_it_comes_to_the_same_count(recording: PoseRecording) -> None:
    want = Want(Task.SET, 1, Side.RIGHT, direction="inward")
    with LiveAnalyzer(SPEC, "full") as analyzer:
        for pose in recording:
            analyzer.update(pose, want)
            time.sleep(0.001)
        _, state = analyzer.settle(recording[len(recording) - 1])
    assert np.sum([rep.counted for rep in state.reps]) == 2
