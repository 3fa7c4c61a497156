"""The `validate` command: every clip with ground truth through every model asked for, and the tables of what came out."""

from __future__ import annotations

import threading
from pathlib import Path

from formcheck.capture.bundles import bundle as find_bundle
from formcheck.cli.console import complain, complain_of, say
from formcheck.errors import FormcheckError, OutputError
from formcheck.motion.recording import PoseRecording
from formcheck.poses import measure_poses
from formcheck.progress import Stage, StageClock
from formcheck.validation.document import page
from formcheck.validation.suite import validate
from formcheck.validation.tables import markdown
from formcheck.validation.truth import clips_in

__all__ = ["run_validate"]


def run_validate(folder: Path, models: list[str], landmarks: Path | None, write: Path | None, quiet: bool) -> int:
    """Compare, print the tables, write the page when asked; return the exit code."""
    try:
        clips = clips_in(folder)
        comparisons = validate(clips, models, _Poses(landmarks), (lambda _: None) if quiet else complain)
        say(markdown(comparisons))
        if write is not None:
            _write(write, page(comparisons))
    except FormcheckError as error:
        return complain_of(error)
    return 0


class _Poses:
    """Landmarks of a video with a model, kept in a folder when there is one: measuring takes far longer than comparing."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def __call__(self, video: Path, model: str) -> PoseRecording:
        kept = self._folder / f"{video.stem}.{model}.npz" if self._folder else None
        if kept is not None and kept.exists():
            return PoseRecording.load(kept)
        measured = measure_poses(video, find_bundle(model), StageClock(None), Stage("measuring", 0.0, 1.0), threading.Event())
        if kept is not None:
            try:
                kept.parent.mkdir(parents=True, exist_ok=True)
                measured.recording.save(kept)
            except OSError as error:
                raise OutputError(f"{kept}: cannot be written ({error.strerror}); choose another --landmarks folder.") from error
        return measured.recording


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror}); choose another file with --write.") from error
