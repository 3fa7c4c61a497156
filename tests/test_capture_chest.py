"""From pictures to samples: a drawn chest that moves by hundredths of a pixel, light that flickers, arms, and joining pieces."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from formcheck.capture.chest import ANCHOR_STEPS, ChestFlow
from formcheck.capture.frame import VideoFrame
from formcheck.motion.breath import measure_breath
from formcheck.motion.breath_traces import FLOW_WIDTH, PLACES, STEP_S, BreathTraces
from formcheck.motion.landmarks import Landmark, PoseFrame
from tests.builders import seated_points

Array = npt.NDArray[np.float64]
FPS = 30
WIDTH, HEIGHT = 640, 480


@cache
def scene(plain: bool = False) -> npt.NDArray[np.float32]:
    """A room and clothes with texture, grey levels; larger than the picture by 20 pixels on each side."""
    noise = np.random.default_rng(5).normal(0, 1, (HEIGHT + 40, WIDTH + 40)).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), 2.0)
    return np.asarray(128 + (0.2 if plain else 25) * soft / soft.std(), np.float32)


def picture(breath_px: float, camera_px: float = 0.0, *, plain: bool = False) -> npt.NDArray[np.float32]:
    """The scene with a chest that has risen and widened by ``breath_px`` and everything moved up by ``camera_px``."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    chest = np.exp(-(((x - 320) / 60) ** 4) - (((y - 205) / 55) ** 4))
    from_x = x - breath_px * chest * np.clip((x - 320) / 40, -1, 1)
    from_y = y + breath_px * chest + camera_px
    return cv2.remap(scene(plain), from_x + 20, from_y + 20, cv2.INTER_CUBIC)


def frame(index: int, grey: npt.NDArray[np.float32], time_s: float | None = None) -> VideoFrame:
    image = np.repeat(np.clip(np.round(grey), 0, 255).astype(np.uint8)[..., None], 3, axis=2)
    return VideoFrame(index, index / FPS if time_s is None else time_s, np.ascontiguousarray(image))


def pose(time_s: float = 0.0, xy: Array | None = None, size: tuple[int, int] = (WIDTH, HEIGHT)) -> PoseFrame:
    points = seated_points() if xy is None else xy
    for side, sign in (("LEFT", 1), ("RIGHT", -1)):
        if xy is None:
            points[Landmark[f"{side}_ELBOW"]], points[Landmark[f"{side}_WRIST"]] = (320 + sign * 70, 240), (320 + sign * 60, 300)
    return PoseFrame(0, time_s, points, np.zeros((33, 3)), np.ones(33), size)


def filmed(duration_s: float, draw: Callable[[float], npt.NDArray[np.float32]], first_s: float = 0.0) -> BreathTraces:
    """The samples of a drawn film from ``first_s`` on."""
    flow = ChestFlow()
    for index in range(round(duration_s * FPS)):
        time_s = index / FPS
        if time_s >= first_s - 1e-9:
            # Only the pictures that may be looked at are drawn.
            flow.offer(frame(index, draw(time_s), time_s), pose(time_s))
    return flow.traces()


def test_a_chest_that_rises_by_a_tenth_of_a_pixel_is_seen_to() -> None:
    flow = ChestFlow()
    assert np.isnan(flow.offer(frame(0, picture(0.0)), pose())).all()
    for k, breath_px in enumerate((0.1, 0.2, 0.1), 1):
        row = flow.offer(frame(3 * k, picture(breath_px)), pose())
        samples = BreathTraces(np.array([0.1]), row[None])
        chest = samples.chest()[0] * samples.trunk_px[0]
        sign = 1 if k < 3 else -1
        assert np.median(chest[..., 1]) == pytest.approx(sign * 0.1, abs=0.03)
        assert np.median(chest[:, 3, 0] - chest[:, 0, 0]) == pytest.approx(sign * 0.15, abs=0.06)
        assert np.abs(samples.moved("wall_left")).max() * 100 < 0.02
        assert samples.trunk_px[0] == pytest.approx(100, abs=1) and samples.texture[0] > 0.9
    assert flow.samples == len(flow.traces()) == 4


def test_everything_that_moves_with_the_camera_moves_alike() -> None:
    flow = ChestFlow()
    flow.offer(frame(0, picture(0.0)), pose())
    row = flow.offer(frame(3, picture(0.0, camera_px=0.3)), pose())
    moved = row[: 2 * len(PLACES)].reshape(-1, 2)
    assert np.nanmedian(moved[:, 1]) == pytest.approx(0.3, abs=0.05) and np.abs(moved[:, 1] - 0.3).max() < 0.12
    assert np.abs(moved[:, 0]).max() < 0.05


@pytest.mark.parametrize("light", [lambda grey: 0.85 * grey, lambda grey: grey + 20, lambda grey: 128 + 0.8 * (grey - 128)])
def test_light_that_flickers_moves_nothing(light: Callable[[npt.NDArray[np.float32]], npt.NDArray[np.float32]]) -> None:
    flow = ChestFlow()
    flow.offer(frame(0, picture(0.0)), pose())
    row = flow.offer(frame(3, light(picture(0.0))), pose())
    assert np.abs(row[: 2 * len(PLACES)]).max() < 0.04


def test_plain_clothes_show_little_and_say_so() -> None:
    flow = ChestFlow()
    flow.offer(frame(0, picture(0.0, plain=True)), pose())
    row = flow.offer(frame(3, picture(0.2, plain=True)), pose())
    assert row[-2] < 0.3 and np.nanmax(np.abs(row[: 2 * len(PLACES)])) < 0.2


def test_a_sample_is_the_first_picture_of_each_tenth_of_a_second() -> None:
    flow, still = ChestFlow(), frame(0, picture(0.0))
    taken = []
    for time_s in (0.0, 0.03, 0.09, 0.1, 0.16, 0.19, 0.2, 0.44, 0.45, 0.5):
        if flow.offer(VideoFrame(0, time_s, still.image), pose()) is not None:
            taken.append(time_s)
    assert taken == [0.0, 0.1, 0.2, 0.44, 0.5] and flow.traces().time_s.tolist() == taken


def test_after_a_gap_nothing_is_compared() -> None:
    flow = ChestFlow()
    flow.offer(frame(0, picture(0.0)), pose())
    assert np.isnan(flow.offer(frame(0, picture(0.3), 0.6), pose())).all()
    assert np.isfinite(flow.offer(frame(0, picture(0.3), 0.7), pose())[: 2 * len(PLACES)]).all()


def test_pieces_begun_in_the_middle_agree_with_the_whole_from_the_next_anchor_on() -> None:
    def draw(time_s: float) -> npt.NDArray[np.float32]:
        return picture(0.4 * float(np.sin(2 * np.pi * 0.25 * time_s)))

    whole, piece = filmed(6.0, draw), filmed(6.0, draw, first_s=2.6)
    assert np.isnan(piece.flow_px[0]).all()
    after = piece.time_s >= 2 * ANCHOR_STEPS * STEP_S + STEP_S / 2
    assert set(piece.time_s[1:]) <= set(whole.time_s)
    assert np.array_equal(piece.flow_px[after], whole.flow_px[-after.sum() :])
    # Before it, the cells lie a little elsewhere on the same chest.
    assert np.nanmax(np.abs(piece.flow_px[2:, :32] - whole.flow_px[-len(piece) + 2 :, :32])) < 0.05


def test_nobody_or_somebody_far_away_gives_rows_of_nothing() -> None:
    flow, grey = ChestFlow(), picture(0.0)
    small = 320 + (seated_points() - 320) * 0.3
    for k, who in enumerate((PoseFrame.missing(0, 0.0, (WIDTH, HEIGHT)), pose(xy=small), pose(xy=np.full((33, 2), np.nan)))):
        row = flow.offer(frame(3 * k, grey), who)
        assert row.shape == (FLOW_WIDTH,) and np.isnan(row).all()
    flow.offer(frame(9, grey), pose())
    assert np.isfinite(flow.offer(frame(12, grey), pose())).sum() >= 2 * 16


def test_a_trunk_at_the_border_is_followed_where_it_is_seen_and_one_outside_is_not() -> None:
    grey = picture(0.0)
    for dx, cells in ((0, 46), (-320, 24), (-2000, 0)):
        flow = ChestFlow()
        xy = seated_points() + np.array([dx, 0])
        flow.offer(frame(0, grey), pose(xy=xy))
        row = flow.offer(frame(3, grey), pose(xy=xy))
        seen = np.isfinite(row[: 2 * len(PLACES)]).sum()
        assert seen == cells if cells in (0, 46) else 0 < seen < 46


def test_cells_behind_a_forearm_are_left_out() -> None:
    xy = np.array(pose().image_xy, np.float64)
    xy[Landmark.LEFT_ELBOW], xy[Landmark.LEFT_WRIST] = (400, 200), (330, 190)
    flow = ChestFlow()
    flow.offer(frame(0, picture(0.0)), pose(xy=xy))
    row = flow.offer(frame(3, picture(0.0)), pose(xy=xy))
    chest = BreathTraces(np.array([0.1]), row[None]).chest()[0, ..., 1]
    assert np.isnan(chest[0:2, 2:]).any() and np.isfinite(chest[3]).all() and np.isfinite(chest[:, 0]).all()


def test_a_trunk_that_lies_is_followed_along_itself() -> None:
    middle = np.array([320.0, 240.0])
    upright = seated_points() - middle
    lying = middle + upright @ np.array([[0.0, 1.0], [-1.0, 0.0]])  # a quarter turn: the head to the right
    assert lying[Landmark.NOSE][0] > lying[Landmark.LEFT_HIP][0]
    flow = ChestFlow()
    image = scene()[20:-20, 20:-20]
    flow.offer(frame(0, image), pose(xy=lying))
    row = flow.offer(
        frame(3, cv2.warpAffine(image, np.float32([[1, 0, 0.3], [0, 1, 0]]), (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC)), pose(xy=lying)
    )
    moved = BreathTraces(np.array([0.1]), row[None]).chest()[0] * 100
    assert np.median(moved[..., 1]) == pytest.approx(0.3, abs=0.05) and abs(np.median(moved[..., 0])) < 0.03


def test_a_large_picture_is_measured_in_its_own_pixels() -> None:
    big = cv2.resize(picture(0.0), None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    moved = cv2.warpAffine(big, np.float32([[1, 0, 0], [0, 1, -0.9]]), (3 * WIDTH, 3 * HEIGHT), flags=cv2.INTER_CUBIC)
    who = pose(xy=3 * np.array(pose().image_xy, np.float64), size=(3 * WIDTH, 3 * HEIGHT))
    flow = ChestFlow()
    flow.offer(frame(0, big), who)
    row = flow.offer(frame(3, moved), who)
    assert np.nanmedian(row[1:32:2]) == pytest.approx(0.9, abs=0.12)
    # The same, given smaller than it is: the numbers are still of the original.
    flow = ChestFlow()
    for k, grey in enumerate((big, moved)):
        small = frame(3 * k, cv2.resize(grey, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA))
        row = flow.offer(VideoFrame(3 * k, small.time_s, small.image, (3 * WIDTH, 3 * HEIGHT)), who)
    assert np.nanmedian(row[1:32:2]) == pytest.approx(0.9, abs=0.12) and row[-1] == pytest.approx(300, abs=2)


@pytest.mark.slow
def test_a_drawn_breath_is_read_and_a_hold_in_it() -> None:
    grain = np.random.default_rng(1)

    def draw(time_s: float) -> npt.NDArray[np.float32]:
        phase = time_s if time_s < 16 else max(16.0, time_s - 13.0)
        breath = 0.25 * (1 - float(np.cos(2 * np.pi * 15 / 60 * phase)))
        return picture(breath) + grain.normal(0, 2, (HEIGHT, WIDTH)).astype(np.float32)

    flow = ChestFlow()
    for k in range(420):
        flow.offer(frame(3 * k, draw(k * STEP_S), k * STEP_S), pose(k * STEP_S))
    breath = measure_breath(flow.traces())
    assert breath.measured_fraction > 0.9 and breath.rate_per_min == pytest.approx(15, abs=1)
    assert len(breath.holds) == 1 and breath.holds[0][0] == pytest.approx(16, abs=2) and breath.holds[0][1] == pytest.approx(29, abs=2)
