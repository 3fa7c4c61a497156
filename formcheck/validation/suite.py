"""The validation run: every clip of a folder through the same pipeline as any video, for each model asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from formcheck.errors import NotMeasurableError
from formcheck.exercise import library
from formcheck.exercise.analyzer import AnalysisOptions, analyse
from formcheck.motion.recording import PoseRecording
from formcheck.validation.comparison import Comparison, compare
from formcheck.validation.truth import Truth

__all__ = ["validate"]


def validate(
    clips: Iterable[Truth], models: Iterable[str], poses: Callable[[Path, str], PoseRecording], told: Callable[[str], None]
) -> list[Comparison]:
    """Compare every clip with every model.

    Parameters
    ----------
    poses
        Gives the landmarks of a video with a model.
    told
        Called with a line before each clip.
    """
    clips = list(clips)
    result = []
    for model in models:
        for number, truth in enumerate(clips, 1):
            told(f"{model}: {number} of {len(clips)}: {truth.name}")
            result.append(_one(truth, model, poses(truth.video, model)))
    return result


def _one(truth: Truth, model: str, recording: PoseRecording) -> Comparison:
    spec = library.load(truth.exercise)
    direction = truth.direction if truth.direction in spec.directions else None
    try:
        report = analyse(recording, spec, AnalysisOptions(direction=direction))
    except NotMeasurableError as error:
        return Comparison(truth.name, model, true_counts=truth.counts, refused=str(error))
    return compare(truth, model, report)
