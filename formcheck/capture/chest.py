"""How the picture around the chest moves, ten times a second: small displacements that a breath can be read from.

The displacement is that of Lucas and Kanade, solved densely in small windows: between two pictures a tenth of a second apart a chest
moves by a few hundredths of a pixel, far within what one linear step holds for. Of OpenCV's DIS flow the quick presets look at a quarter
of the resolution, the finer ones cost five times as much, and all of them invent half a pixel on a plain wall; here a place without
texture stays where it is. Pictures are kept for a tenth of a second and never written.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from formcheck.capture.frame import VideoFrame
from formcheck.motion.breath_traces import CHEST_CELLS, CHEST_COLUMNS, CHEST_ROWS, FLOW_WIDTH, PLACES, BreathTraces, step_of
from formcheck.motion.landmarks import Landmark, PoseFrame

__all__ = ["ChestFlow"]

#: The cells stay where they are in the picture for this long: landmarks jitter by more than a breath.
ANCHOR_STEPS = 20
#: A trunk longer than this is looked at in a smaller picture: the noise shrinks with it, and the cost stays the same.
MAX_TRUNK_PX = 130.0
#: A trunk shorter than this is too small to see a breath in: a breath of 8 mm would move it by a tenth of a pixel.
MIN_TRUNK_PX = 40.0
#: After a longer gap the picture has changed for other reasons.
MAX_GAP_S = 0.35
#: Below this the landmark is a guess.
MIN_VISIBILITY = 0.5
#: Standard deviation of the softening, width of the windows a displacement is solved in, about that of a cell, and of those whose mean
#: brightness is taken away; pixels of the picture looked at. Smaller ones lose the breath to twice the noise of an ordinary camera.
_SOFT_PX, _WINDOW_PX, _MEAN_PX = 1.6, 23, 31
_SOBEL_SMOOTH = np.array([0.25, 0.5, 0.25], np.float32)
#: Squared slope of brightness (grey levels a pixel) below which a window counts as plain, about the square of a camera's noise.
_PLAIN = 0.5
#: Half the thickness of a forearm and of a hand, in lengths of the trunk.
_ARM_FRAC = 0.1

_Picture = npt.NDArray[np.float32]
_Points = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Place:
    """Where the cells are in the picture, until the next anchor.

    ``corner`` and ``size`` are of the part that is cut out, pixels of the frame's image; ``shrink`` what it is resized by; ``cells`` the
    slices of each place in the resized part, None outside the picture or behind an arm; ``axes`` (2, 2) rows: across and along.
    """

    corner: tuple[int, int]
    size: tuple[int, int]
    shrink: float
    cells: tuple[tuple[slice, slice] | None, ...]
    axes: _Points
    trunk_px: float


class ChestFlow:
    """Follows the chest of one person from picture to picture. Restartable anywhere: the samples and the anchors depend on the time alone.

    Attributes
    ----------
    samples
        How many samples were taken so far.
    """

    def __init__(self) -> None:
        self._place: _Place | None = None
        self._before: _Picture | None = None
        self._before_s = -np.inf
        self._step: int | None = None
        self._times: list[float] = []
        self._flows: list[npt.NDArray[np.float32]] = []

    @property
    def samples(self) -> int:
        """How many samples were taken so far."""
        return len(self._times)

    def traces(self) -> BreathTraces:
        """All samples so far."""
        return BreathTraces(np.array(self._times), np.array(self._flows)) if self._times else BreathTraces.none()

    def offer(self, frame: VideoFrame, pose: PoseFrame) -> npt.NDArray[np.float32] | None:
        """Look at the next picture if it is the first of its tenth of a second.

        Parameters
        ----------
        frame, pose
            The picture, and the person found in it.

        Returns
        -------
        flow_px
            A row of `BreathTraces.flow_px`, or None between two samples.
        """
        step = step_of(frame.time_s)
        if self._step is not None and step <= self._step:
            return None
        new_anchor = self._step is None or step // ANCHOR_STEPS != self._step // ANCHOR_STEPS
        self._step = step
        flow = self._flow(frame)
        if new_anchor or self._place is None:
            self._anchor(frame, pose)
        self._times.append(frame.time_s)
        self._flows.append(flow)
        return flow

    def _flow(self, frame: VideoFrame) -> npt.NDArray[np.float32]:
        flow = np.full(FLOW_WIDTH, np.nan, np.float32)
        if self._place is None or self._before is None:
            return flow
        now = _grey(frame, self._place)
        if frame.time_s - self._before_s <= MAX_GAP_S:
            moved, texture = _cell_motion(self._before, now, self._place, frame.scale)
            flow[:-2] = moved.ravel()
            flow[-2:] = texture, self._place.trunk_px
        self._before, self._before_s = now, frame.time_s
        return flow

    def _anchor(self, frame: VideoFrame, pose: PoseFrame) -> None:
        self._place = _place(frame, pose)
        self._before = _grey(frame, self._place) if self._place is not None else None
        self._before_s = frame.time_s


def _place(frame: VideoFrame, pose: PoseFrame) -> _Place | None:
    """Lay the cells over the person; None when the trunk is not seen or too small."""
    marks = (Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER, Landmark.LEFT_HIP, Landmark.RIGHT_HIP)
    xy = np.asarray(pose.image_xy, np.float64) * frame.scale
    if not (np.isfinite(xy[list(marks)]).all() and (pose.visibility[list(marks)] >= MIN_VISIBILITY).all()):
        return None
    shoulders, hips = xy[list(marks[:2])].mean(axis=0), xy[list(marks[2:])].mean(axis=0)
    length = float(np.linalg.norm(hips - shoulders))
    if length / frame.scale < MIN_TRUNK_PX:
        return None
    down = (hips - shoulders) / length
    axes = np.array([[down[1], -down[0]], -down])
    # Seen from the side the shoulders fall on each other; a chest is never narrower than this.
    width = max(float(np.linalg.norm(xy[marks[0]] - xy[marks[1]])), 0.45 * length)
    head = xy[: Landmark.MOUTH_RIGHT + 1].mean(axis=0)
    boxes = _boxes(shoulders, down, axes[0], head, length, width)
    height, full = frame.image.shape[:2]
    low = np.maximum(np.floor(np.min([middle - half for middle, half in boxes], axis=0)) - 4, 0).astype(int)
    high = np.minimum(np.ceil(np.max([middle + half for middle, half in boxes], axis=0)) + 4, [full, height]).astype(int)
    shrink = min(1.0, MAX_TRUNK_PX / length)
    size = np.round((high - low) * shrink).astype(int)
    if (size < _MEAN_PX).any():
        return None
    hidden = [_behind_arm(middle, xy, pose, length) and name != "head" for name, (middle, _) in zip(PLACES, boxes, strict=True)]
    cells = tuple(None if hide else _cell(middle - low, half, shrink, size) for (middle, half), hide in zip(boxes, hidden, strict=True))
    return _Place((int(low[0]), int(low[1])), (int(size[0]), int(size[1])), shrink, cells, axes, length / frame.scale)


def _boxes(shoulders: _Points, down: _Points, across: _Points, head: _Points, length: float, width: float) -> list[tuple[_Points, _Points]]:
    """Middle and half size of every place, in the order of `PLACES`."""
    upright = abs(down[1]) >= abs(down[0])

    def box(row: float, column: float, half_across: float, half_along: float) -> tuple[_Points, _Points]:
        half = (half_across * width, half_along * length)
        return shoulders + down * row * length + across * column * width, np.array(half if upright else half[::-1])

    chest = [box(row, column, 0.11, 0.075) for row in CHEST_ROWS for column in CHEST_COLUMNS]
    pairs = [(-0.05, 0.42, 0.1, 0.075), (0.9, 0.3, 0.15, 0.1), (0.2, 1.25, 0.2, 0.3)]
    others = [box(row, sign * column, across_, along) for row, column, across_, along in pairs for sign in (-1, 1)]
    return [*chest, (head, np.array([0.15 * width, 0.13 * length])), *others]


def _behind_arm(middle: _Points, xy: _Points, pose: PoseFrame, length: float) -> bool:
    for side in ("LEFT", "RIGHT"):
        elbow, wrist = Landmark[f"{side}_ELBOW"], Landmark[f"{side}_WRIST"]
        if not (np.isfinite(xy[[elbow, wrist]]).all() and (pose.visibility[[elbow, wrist]] >= MIN_VISIBILITY).all()):
            continue
        # The hand goes on beyond the wrist by a third of the forearm.
        tip = xy[wrist] + (xy[wrist] - xy[elbow]) / 3
        along = tip - xy[elbow]
        part = float(np.clip((middle - xy[elbow]) @ along / max(float(along @ along), 1e-9), 0, 1))
        if np.linalg.norm(middle - xy[elbow] - part * along) < _ARM_FRAC * length:
            return True
    return False


def _cell(middle: _Points, half: _Points, shrink: float, size: npt.NDArray[np.int_]) -> tuple[slice, slice] | None:
    """Rows and columns of a box within the part cut out; None when more than half of it is outside."""
    low, high = np.round((middle - half) * shrink).astype(int), np.round((middle + half) * shrink).astype(int)
    inside_low, inside_high = np.clip(low, 0, size), np.clip(high, 0, size)
    if np.prod(inside_high - inside_low) <= 0.5 * np.prod(high - low):
        return None
    return slice(int(inside_low[1]), int(inside_high[1])), slice(int(inside_low[0]), int(inside_high[0]))


def _grey(frame: VideoFrame, place: _Place) -> _Picture:
    """The part around the trunk: grey, smoothed, without its local mean brightness, and of a contrast of its own."""
    x, y = place.corner
    width, height = (round(side / place.shrink) for side in place.size)
    grey = cv2.cvtColor(frame.image[y : y + height, x : x + width], cv2.COLOR_RGB2GRAY)
    if grey.shape != place.size[::-1]:
        grey = cv2.resize(grey, place.size, interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), _SOFT_PX)
    return np.asarray(soft - cv2.blur(soft, (_MEAN_PX, _MEAN_PX)), np.float32)


def _cell_motion(before: _Picture, now: _Picture, place: _Place, scale: float) -> tuple[npt.NDArray[np.float32], float]:
    """(places, 2) displacement across and along, pixels of the original picture, and the share of it that the chest's texture can show.

    NaN for places that are not there.
    """
    # A lamp that flickers changes the contrast of everything alike.
    gain = float(np.std(before)) / max(float(np.std(now)), 1e-6)
    now = now * np.float32(np.clip(gain, 0.5, 2.0))
    mean = (before + now) / 2
    slope_x, slope_y = (cv2.Sobel(mean, cv2.CV_32F, dx, 1 - dx, ksize=3, scale=1 / 8) for dx in (1, 0))
    # The slopes are smoothed across by their filter; a change that were not would read a fifth too large.
    change = cv2.sepFilter2D(now - before, cv2.CV_32F, _SOBEL_SMOOTH, _SOBEL_SMOOTH)
    xx, yy, xy, xt, yt = (
        cv2.blur(product, (_WINDOW_PX, _WINDOW_PX))
        for product in (slope_x * slope_x, slope_y * slope_y, slope_x * slope_y, slope_x * change, slope_y * change)
    )
    shown = np.minimum(xx / (xx + _PLAIN), yy / (yy + _PLAIN))
    xx, yy = xx + _PLAIN, yy + _PLAIN
    whole = xx * yy - xy * xy
    across, down = (xy * yt - yy * xt) / whole, (xy * xt - xx * yt) / whole
    moved = np.full((len(PLACES), 2), np.nan)
    textures = []
    for number, cell in enumerate(place.cells):
        if cell is not None:
            moved[number] = _median(across[cell]), _median(down[cell])
            if number < CHEST_CELLS:
                textures.append(float(np.mean(shown[cell])))
    texture = float(np.median(textures)) if textures else float("nan")
    return np.asarray(moved @ place.axes.T / (place.shrink * scale), np.float32), texture


def _median(values: _Picture) -> np.float32:
    """`numpy.median` of a cell; that one spends nine tenths of its time on what a cell never is: empty, or with gaps."""
    middle = values.size // 2
    if values.size % 2:
        return np.float32(np.partition(values, middle, axis=None)[middle])
    return np.float32(np.partition(values, (middle - 1, middle), axis=None)[middle - 1 : middle + 1].mean())
