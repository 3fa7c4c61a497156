"""The model that this machine can carry: chosen by measuring, changed on the way."""

from __future__ import annotations

import itertools
import time
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.capture.frame import VideoFrame
from formcheck.errors import InputError
from formcheck.live.adaptive import AdaptiveEstimator
from formcheck.live.model_choice import ModelLadder, choose_model
from formcheck.motion.landmarks import PoseFrame

FRAME = VideoFrame(0, 0.0, np.zeros((8, 8, 3), np.uint8))


class Machine:
    """Models that take a set time by a clock of its own."""

    def __init__(self, missing: tuple[str, ...] = (), **frame_s: float) -> None:
        self.frame_s, self.missing = frame_s, missing
        self.now_s = 0.0
        self.opened: list[str] = []
        self.closed: list[str] = []

    @contextmanager
    def make(self, name: str):
        if name in self.missing:
            raise InputError(f"{name}: the model is missing.")
        self.opened.append(name)
        machine = self

        class One:
            def estimate(self, frame: VideoFrame) -> PoseFrame:
                machine.now_s += machine.frame_s[name]
                return PoseFrame.missing(frame.index, frame.time_s, (8, 8))

        yield One()
        self.closed.append(name)

    def choose(self):
        return choose_model([FRAME], make=self.make, timer=lambda: self.now_s)


def test_the_most_exact_that_keeps_20_a_second_with_a_margin() -> None:
    chosen = Machine(lite=0.010, full=0.030, heavy=0.039).choose()
    assert chosen.name == "heavy" and chosen.keeps_up
    assert chosen.sentence == "This computer runs the heavy model at 26 frames a second."
    assert Machine(lite=0.010, full=0.030, heavy=0.041).choose().name == "full", "24 a second leave no margin"
    assert Machine(lite=0.010, full=0.050, heavy=0.200).choose().name == "lite"


def test_where_even_the_quickest_is_slow_it_is_said() -> None:
    chosen = Machine(lite=0.1, full=0.3, heavy=0.9).choose()
    assert chosen.name == "lite" and not chosen.keeps_up and "only 10 frames a second" in chosen.sentence


def test_a_missing_model_is_passed_over_and_without_any_it_ends() -> None:
    chosen = Machine(("heavy",), lite=0.01, full=0.02).choose()
    assert chosen.name == "full" and chosen.times[0].error == "heavy: the model is missing."
    with pytest.raises(InputError, match="lite: the model is missing"):
        Machine(("lite", "full", "heavy")).choose()
    with pytest.raises(ValueError, match="at least one frame"):
        choose_model([])


def test_a_hopeless_model_is_not_measured_to_the_end() -> None:
    chosen = Machine(lite=0.01, full=0.02, heavy=0.5).choose()
    assert next((one.name, one.frames) for one in chosen.times) == ("heavy", 3)


def steps(ladder: ModelLadder, busy_s: float, seconds: float, start_s: float) -> list[tuple[float, str]]:
    found = []
    for number in range(round(30 * seconds)):
        time_s = start_s + number / 30
        wanted = ladder.update(time_s, busy_s)
        if wanted is not None:
            ladder.settled(time_s, wanted)
            found.append((time_s - start_s, wanted))
    return found


def test_it_steps_down_after_three_slow_seconds_and_up_after_twenty_with_room() -> None:
    ladder = ModelLadder("heavy", {"lite": 0.01, "full": 0.02, "heavy": 0.04})
    ((after_s, name),) = steps(ladder, 0.06, 5.0, 0.0)
    assert name == "full" and 3.0 <= after_s < 3.3
    # Full at 15 ms means heavy at 30 ms, which fits; the ladder rests for ten seconds first.
    ((after_s, name),) = steps(ladder, 0.015, 40.0, 5.0)
    assert name == "heavy" and 28.0 <= after_s < 31.0


def test_a_step_up_that_was_taken_back_is_tried_less_often() -> None:
    ladder = ModelLadder("full", {"full": 0.02, "heavy": 0.04}, models=("full", "heavy"))
    assert steps(ladder, 0.015, 25.0, 0.0)[0][1] == "heavy"
    assert [name for _, name in steps(ladder, 0.07, 20.0, 25.0)] == ["full"]
    assert not steps(ladder, 0.015, 35.0, 45.0), "twenty seconds have become forty"
    assert [name for _, name in steps(ladder, 0.015, 30.0, 80.0)] == ["heavy"]


def test_a_slow_moment_and_a_break_are_no_reason() -> None:
    ladder = ModelLadder("heavy", {"heavy": 0.04, "full": 0.02, "lite": 0.01})
    assert not steps(ladder, 0.06, 2.5, 0.0)
    assert not steps(ladder, 0.06, 2.5, 60.0), "a break in between: the three seconds begin anew"


def test_a_model_that_does_not_load_is_not_asked_for_again() -> None:
    ladder = ModelLadder("full", {"lite": 0.01, "full": 0.02, "heavy": 0.03})
    wanted = [ladder.update(n / 30, 0.01) for n in range(30 * 30)]
    assert "heavy" in wanted
    ladder.settled(30.0, "full")
    assert not steps(ladder, 0.01, 60.0, 30.0)


@given(st.lists(st.floats(0.001, 0.3), min_size=1, max_size=400), st.sampled_from(["lite", "full", "heavy"]))
def test_steps_are_rare_whatever_happens(busy: list[float], name: str) -> None:
    ladder = ModelLadder(name)
    found = []
    for number, busy_s in enumerate(busy):
        time_s = number / 10
        wanted = ladder.update(time_s, busy_s)
        if wanted is not None:
            found.append(time_s)
            ladder.settled(time_s, wanted)
    assert all(later - sooner >= ModelLadder.COOL_DOWN_S for sooner, later in itertools.pairwise(found))


def watched(estimator: AdaptiveEstimator, busy_s: float, frames: int, start: int = 0) -> list[PoseFrame]:
    poses = []
    for number in range(start, start + frames):
        poses.append(estimator.estimate(VideoFrame(number, number / 30, FRAME.image)))
        estimator.note(number / 30, busy_s)
        time.sleep(0.0005)
    return poses


def test_the_model_changes_between_two_frames_and_none_is_lost() -> None:
    machine = Machine(lite=0.0, full=0.0, heavy=0.0)
    with AdaptiveEstimator(ModelLadder("heavy"), machine.make) as estimator:
        poses = watched(estimator, 0.08, 300)
        assert estimator.model == "full" and [name for _, name in estimator.changes] == ["full"]
    assert [pose.index for pose in poses] == list(range(300))
    assert sorted(machine.closed) == sorted(machine.opened) == ["full", "heavy"]


def test_a_change_that_fails_leaves_the_old_model_at_work() -> None:
    machine = Machine(("full", "lite"), heavy=0.0)
    with AdaptiveEstimator(ModelLadder("heavy"), machine.make) as estimator:
        poses = watched(estimator, 0.08, 300)
        assert estimator.model == "heavy"
        assert estimator.trouble == "Another pose model could not be loaded (full: the model is missing); heavy goes on."
    assert len(poses) == 300 and machine.closed == ["heavy"]
