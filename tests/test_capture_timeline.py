"""Times, damage and orientation: the arithmetic beneath a video file."""

from __future__ import annotations

import math
import struct
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.capture.orientation import Orientation
from formcheck.capture.timeline import DamageLog, PresentationClock, StampQueue

INTERVAL_S = 1 / 30


def times(stamps: list[float | None]) -> tuple[list[float], PresentationClock]:
    clock = PresentationClock(INTERVAL_S)
    return [time for stamp in stamps if (time := clock.time_s(stamp)) is not None], clock


def test_increasing_stamps_are_left_alone():
    got, clock = times([3.0, 3.01, 3.5, 9.0])
    assert got == pytest.approx([0.0, 0.01, 0.5, 6.0])
    assert (clock.dropped, clock.retimed, clock.last_s) == (0, 0, 6.0)


def test_no_stamp_at_all_counts_at_the_usual_rate():
    got, clock = times([None] * 4)
    assert got == pytest.approx([0, INTERVAL_S, 2 * INTERVAL_S, 3 * INTERVAL_S])
    assert clock.retimed == 4


def test_a_missing_stamp_is_estimated_and_the_next_true_one_holds():
    got, clock = times([0.0, None, 0.1])
    assert got == pytest.approx([0, INTERVAL_S, 0.1])
    assert clock.retimed == 1


def test_a_double_and_a_backward_stamp_are_left_out():
    got, clock = times([0.0, 0.1, 0.1, 0.05, 0.2])
    assert got == [0.0, 0.1, 0.2]
    assert (clock.dropped, clock.retimed) == (2, 0)


def test_time_goes_on_where_recordings_were_joined():
    got, clock = times([10.0, 11.0, 12.0, 0.0, 0.5, 1.0])
    assert got == pytest.approx([0, 1, 2, 2 + INTERVAL_S, 2.5 + INTERVAL_S, 3 + INTERVAL_S])
    assert (clock.dropped, clock.retimed) == (0, 1)


def test_stamps_that_stand_still_do_not_lose_the_film():
    got, clock = times([0.0] * 50)
    assert len(got) == 48
    assert (clock.dropped, clock.retimed) == (2, 47)
    assert np.allclose(np.diff(got), INTERVAL_S)


@given(st.lists(st.none() | st.floats(-1e4, 1e4), max_size=60))
def test_times_start_at_zero_and_always_increase(stamps):
    got, clock = times(stamps)
    assert got[:1] == [0.0][: len(got)]
    assert all(a < b for a, b in pairwise(got))
    assert len(got) + clock.dropped == len(stamps)


def test_lost_pictures_are_found_when_the_decoder_complained():
    log, clock = DamageLog(0.1), PresentationClock(0.1)
    for k in range(20):
        log.sent(k / 10)
        if k in {5, 6, 12}:
            log.complained()
        else:
            log.shown(k / 10)
            clock.time_s(k / 10)
    log.finish()
    assert log.lost_s() == [0.5, 0.6, 1.2]
    assert np.allclose(log.ranges(clock), [(0.5, 0.7), (1.2, 1.3)])


def test_packets_without_a_picture_are_no_damage():
    log = DamageLog(0.1)
    for k in range(3000):
        log.sent(k / 10)
        if k % 2:
            log.shown(k / 10)
    assert len(log._waiting) <= 300
    log.finish()
    assert (log.complaints, log.lost_s(), log.ranges(PresentationClock(0.1))) == (0, [], ())


def test_memory_of_a_healthy_film_does_not_grow():
    log = DamageLog(0.1)
    for k in range(5000):
        log.sent(float(k))
        if k >= 16:
            log.shown(float(k - 16))
    assert len(log._waiting) == 16


def test_the_queue_gives_stamps_in_order():
    queue = StampQueue()
    assert queue.pop() is None
    for stamp in (0.0, None, 0.1):
        queue.push(stamp)
    assert [queue.pop(), queue.pop(), queue.pop()] == [0.0, 0.1, None]


def matrix(a: float, b: float, c: float, d: float) -> bytes:
    return struct.pack("=9i", *(round(65536 * v) for v in (a, b, 0, c, d, 0, 0, 0)), 1 << 30)


def test_nothing_and_nonsense_are_upright():
    image = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    for data in (None, b"", b"short", matrix(0, 0, 0, 0), matrix(1, 0, 0, 1)):
        got = Orientation.from_matrix(data)
        assert got == Orientation()
        assert (got.rotation_deg, got.is_mirrored) == (0, False)
        assert (got.upright(image) == image).all()


@pytest.mark.parametrize(("turn_deg", "quarter_turns"), [(0, 0), (90, 3), (180, 2), (270, 1), (84, 3), (181, 2)])
def test_turns_are_clockwise_and_to_the_nearest_quarter(turn_deg, quarter_turns):
    cos, sin = math.cos(math.radians(turn_deg)), math.sin(math.radians(turn_deg))
    got = Orientation.from_matrix(matrix(cos, sin, -sin, cos))
    image = np.random.default_rng(1).integers(0, 255, (3, 5, 3), dtype=np.uint8)
    assert (got.upright(image) == np.rot90(image, quarter_turns)).all()
    assert got.rotation_deg == -90 * quarter_turns % 360
    assert not got.is_mirrored
    assert got.size(5, 3) == got.upright(image).shape[1::-1]


@given(st.booleans(), st.booleans(), st.booleans())
def test_a_matrix_moves_every_pixel_where_it_says(transpose, flip_x, flip_y):
    x, y = (-1 if flip_x else 1), (-1 if flip_y else 1)
    a, b, c, d = (0, y, x, 0) if transpose else (x, 0, 0, y)
    got = Orientation.from_matrix(matrix(a, b, c, d))
    assert got == Orientation(transpose, flip_x, flip_y)
    assert got.is_mirrored == (a * d - b * c < 0)
    image = np.arange(45, dtype=np.uint8).reshape(3, 5, 3)
    shown = got.upright(image)
    height, width = shown.shape[:2]
    for row in range(3):
        for column in range(5):
            to_x = a * column + c * row + (width - 1 if flip_x else 0)
            to_y = b * column + d * row + (height - 1 if flip_y else 0)
            assert (shown[to_y, to_x] == image[row, column]).all()
