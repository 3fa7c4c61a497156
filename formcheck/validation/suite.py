"""The validation run: every clip of a folder through the same pipeline as any video, for each model and condition asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from formcheck.errors import NotMeasurableError
from formcheck.exercise import library
from formcheck.exercise.analyzer import AnalysisOptions, analyse
from formcheck.motion.recording import PoseRecording
from formcheck.validation.comparison import AS_FILMED, Comparison, compare, group_of
from formcheck.validation.truth import Truth

__all__ = ["validate"]


def validate(
    clips: Iterable[Truth],
    models: Iterable[str],
    poses: Callable[[Path, str, str], PoseRecording],
    told: Callable[[str], None],
    conditions: Sequence[str] = (AS_FILMED,),
) -> list[Comparison]:
    """Compare every clip with every model in every condition.

    Parameters
    ----------
    poses
        Gives the landmarks of a video with a model in a condition.
    told
        Called with a line before each clip.
    """
    clips = list(clips)
    result = []
    for model in models:
        for condition in conditions:
            where = model if condition == AS_FILMED else f"{model}, {condition}"
            for number, truth in enumerate(clips, 1):
                told(f"{where}: {number} of {len(clips)}: {truth.name}")
                result.append(_one(truth, model, condition, poses(truth.video, model, condition)))
    return result


def _one(truth: Truth, model: str, condition: str, recording: PoseRecording) -> Comparison:
    spec = library.load(truth.exercise)
    direction = truth.direction if truth.direction in spec.directions else None
    try:
        report = analyse(recording, spec, AnalysisOptions(direction=direction))
    except NotMeasurableError as error:
        return Comparison(truth.name, model, condition, group_of(truth), truth.angle, true_counts=truth.counts, refused=str(error))
    return compare(truth, model, report, condition)
