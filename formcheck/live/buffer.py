"""The frames that the running analysis looks at: the last minute of the run, with the rest that was taken before it."""

from __future__ import annotations

import numpy as np

from formcheck.motion.landmarks import PoseFrame
from formcheck.motion.recording import PoseRecorder, PoseRecording

__all__ = ["WINDOW_S", "PoseBuffer"]

#: What the analysis looks back on. A set of 12 slow repetitions fits; what is older was settled long ago.
WINDOW_S = 60.0
#: Of a rest run this much is put before the frames of later runs: the baseline of that rest stays in force.
REST_KEPT_S = 3.0


class PoseBuffer:
    """Pose frames of one run; flat in memory however long the run is.

    Parameters
    ----------
    model_name
        Name of the pose model, which the analysis asks for.
    """

    def __init__(self, model_name: str) -> None:
        self.model_name = model_name
        self._recorder = PoseRecorder()
        self._rest: PoseRecording | None = None
        self._first_s = self._last_s = float("nan")

    @property
    def first_s(self) -> float:
        """From when on `window` gives every frame of this run that there is; NaN before there is one."""
        return max(self._first_s, self._last_s - WINDOW_S)

    def __len__(self) -> int:
        return len(self._recorder)

    def start(self, keep_as_rest: bool) -> None:
        """Begin another run. ``keep_as_rest``: the one that ends was a rest, whose last seconds are kept for the runs to come."""
        if keep_as_rest and len(self._recorder) > 1:
            self._rest = _last(self._recorder.finish(), REST_KEPT_S)
        self._recorder = PoseRecorder()
        self._first_s = self._last_s = float("nan")

    def forget_rest(self) -> None:
        """Another camera, or another leg's rest: the baseline holds no more."""
        self._rest = None

    def append(self, pose: PoseFrame) -> None:
        """Add the newest frame. A picture of another size begins the run anew: it is another camera."""
        if len(self._recorder) and self._recorder.image_size != pose.image_size:
            self.start(keep_as_rest=False)
            self._rest = None
        if self._rest is not None and self._rest.image_size != pose.image_size:
            self._rest = None
        if not len(self._recorder):
            self._first_s = pose.time_s
        self._recorder.append(pose)
        self._last_s = pose.time_s
        if pose.time_s - self._first_s > 2 * WINDOW_S:
            self._shorten()

    def window(self) -> PoseRecording | None:
        """What to analyse now; None before there are two frames."""
        if len(self._recorder) < 2:
            return None
        run = _last(self._recorder.finish({"model_name": self.model_name}), WINDOW_S)
        return run if self._rest is None else _after(self._rest, run)

    def _shorten(self) -> None:
        kept = _last(self._recorder.finish(), WINDOW_S)
        self._recorder = PoseRecorder()
        for pose in kept:
            self._recorder.append(pose)
        # Not the first frame's: after a long gap the window begins with the gap, and nothing that was made since is missing from it.
        self._first_s = self._last_s - WINDOW_S


def _last(recording: PoseRecording, seconds: float) -> PoseRecording:
    first = int(np.searchsorted(recording.time_s, recording.time_s[-1] - seconds))
    return _part(recording, slice(first, None))


def _part(recording: PoseRecording, frames: slice) -> PoseRecording:
    return PoseRecording(
        recording.time_s[frames],
        recording.image_xy[frames],
        recording.world_xyz[frames],
        recording.visibility[frames],
        recording.image_size,
        source=recording.source,
    )


def _after(rest: PoseRecording, run: PoseRecording) -> PoseRecording:
    """The rest as if it had ended where the run begins."""
    step_s = float(np.median(np.diff(run.time_s)))
    return PoseRecording(
        np.concatenate([rest.time_s - rest.time_s[-1] + run.time_s[0] - step_s, run.time_s]),
        np.concatenate([rest.image_xy, run.image_xy]),
        np.concatenate([rest.world_xyz, run.world_xyz]),
        np.concatenate([rest.visibility, run.visibility]),
        run.image_size,
        source=run.source,
    )
