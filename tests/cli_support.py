"""Small films, and a stand-in for the pose model, so that the command line can be tried without one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest

from formcheck.motion.landmarks import PoseFrame
from formcheck.motion.recording import PoseRecording
from tests.builders import example_recording
from tests.videos import Image, write_video


def film(path: Path, duration_s: float = 20.0, **options: Any) -> Path:
    """Write a film of 30 pictures a second, long enough for `example_recording`."""
    chosen = {"size": (160, 120), "paint": grey, "options": {"preset": "ultrafast"}} | options
    return write_video(path, round(duration_s * 30), **chosen)


def grey(index: int, width: int, height: int) -> Image:
    """A picture that slowly brightens."""
    return np.full((height, width, 3), 40 + index % 150, np.uint8)


@dataclass
class StandIn:
    """Says of each frame what a recording says of the same moment, whatever the picture shows; nobody after its end."""

    recording: PoseRecording
    after: Callable[[int], None] = lambda index: None

    def __call__(self, bundle: object) -> Self:
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def estimate(self, frame: Any) -> PoseFrame:
        self.after(frame.index)
        index = int(np.searchsorted(self.recording.time_s, frame.time_s + 1e-6)) - 1
        if frame.time_s > self.recording.time_s[-1] + 1.0:
            return PoseFrame.missing(frame.index, frame.time_s, frame.image_size)
        pose = self.recording[max(index, 0)]
        ratio = np.array(frame.image_size) / np.array(self.recording.image_size)
        return PoseFrame(frame.index, frame.time_s, pose.image_xy * ratio, pose.world_xyz, pose.visibility, frame.image_size)

    def count(self, frame: Any) -> int:
        return 1


def use_stand_in(patch: pytest.MonkeyPatch, recording: PoseRecording | None = None, **options: Any) -> StandIn:
    """Put a made-up person in place of the pose model."""
    person = StandIn(recording or example_recording(), **options)
    patch.setattr("formcheck.poses.MediaPipeEstimator", person)
    patch.setattr("formcheck.poses.PeopleCounter", person)
    return person


def nobody(duration_s: float = 20.0) -> PoseRecording:
    """A recording in which nobody is seen."""
    seen = example_recording(duration_s)
    nan = np.full_like(seen.image_xy, np.nan)
    return PoseRecording(seen.time_s, nan, np.full_like(seen.world_xyz, np.nan), np.zeros_like(seen.visibility), seen.image_size)


def json_lines(text: str) -> list[dict[str, Any]]:
    """Parse one JSON object a line."""
    return [json.loads(line) for line in text.splitlines()]
