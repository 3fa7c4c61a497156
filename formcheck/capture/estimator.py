"""From a picture to the landmarks of one person: by the pose model, or from a recording."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Protocol, Self

import numpy as np

from formcheck.capture.bundles import ModelBundle
from formcheck.capture.frame import VideoFrame
from formcheck.capture.runtime import load_landmarker, load_mediapipe, quiet
from formcheck.errors import InputError
from formcheck.motion.landmarks import PoseFrame
from formcheck.motion.recording import PoseRecording

__all__ = ["MediaPipeEstimator", "PoseEstimator", "ReplayEstimator", "pose_of"]


class PoseEstimator(Protocol):
    """Whatever says where a person is in a picture."""

    def estimate(self, frame: VideoFrame) -> PoseFrame:
        """Return the pose in this frame, with its index, time and original picture size; `PoseFrame.missing` when nobody is there."""
        ...


class MediaPipeEstimator:
    """The MediaPipe pose landmarker in video mode: follows one person from frame to frame, waits for each result, drops nothing.

    A context manager for one video; make a new one for the next, because it remembers where the person was.

    Parameters
    ----------
    bundle
        The checked pose model, see `formcheck.capture.bundles.bundle`.

    Raises
    ------
    InputError
        On entering: mediapipe or a system library is missing, or the bundle cannot be loaded.
    """

    def __init__(self, bundle: ModelBundle) -> None:
        self._bundle = bundle
        self._landmarker: Any = None
        self._last_ms = -1
        self._talkative = True

    def __enter__(self) -> Self:
        self._mp = load_mediapipe()
        self._landmarker = load_landmarker(self._bundle, video=True)
        self._last_ms = -1
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        landmarker, self._landmarker = self._landmarker, None
        with quiet():
            landmarker.close()

    def estimate(self, frame: VideoFrame) -> PoseFrame:
        """Find the person in the next frame.

        Frames come in order of time. The model counts whole milliseconds; frames that are closer than that are told apart by one
        millisecond each, which only the model sees.

        Raises
        ------
        InputError
            The model failed on this picture.
        """
        if self._landmarker is None:
            raise RuntimeError("a MediaPipeEstimator is opened with a with statement")
        self._last_ms = max(self._last_ms + 1, round(1000 * frame.time_s))
        picture = self._mp.Image(image_format=self._mp.ImageFormat.SRGB, data=frame.image)
        try:
            if self._talkative:
                with quiet():
                    result = self._landmarker.detect_for_video(picture, self._last_ms)
            else:
                result = self._landmarker.detect_for_video(picture, self._last_ms)
        except (RuntimeError, ValueError) as error:
            raise InputError(f"the pose model failed at {frame.time_s:.2f} s ({error}); install formcheck again.") from error
        pose = pose_of(result, frame)
        # The native log speaks when the model starts and when it first finds somebody, and is silent after that.
        self._talkative = self._talkative and pose.is_missing
        return pose


def pose_of(result: Any, frame: VideoFrame) -> PoseFrame:
    """The first person of a result of MediaPipe's pose landmarker for this frame; `PoseFrame.missing` when it found nobody."""
    if not result.pose_landmarks or not result.pose_world_landmarks:
        return PoseFrame.missing(frame.index, frame.time_s, frame.image_size)
    seen = np.array([(mark.x, mark.y, mark.visibility) for mark in result.pose_landmarks[0]], np.float32)
    world = np.array([(mark.x, mark.y, mark.z) for mark in result.pose_world_landmarks[0]], np.float32)
    size = frame.image_size
    return PoseFrame(frame.index, frame.time_s, seen[:, :2] * np.array(size, np.float32), world, seen[:, 2], size)


class ReplayEstimator:
    """Gives the recorded pose of each frame, found by the number of the frame, in place of a pose model."""

    def __init__(self, recording: PoseRecording) -> None:
        self._recording = recording

    def estimate(self, frame: VideoFrame) -> PoseFrame:
        """Return the pose that was recorded for ``frame.index``.

        Raises
        ------
        InputError
            The recording has no such frame: it was made from another video.
        """
        if not 0 <= frame.index < len(self._recording):
            raise InputError(
                f"the recording has no frame {frame.index}, only {len(self._recording)} frames; use the one made from this video."
            )
        return self._recording[frame.index]
