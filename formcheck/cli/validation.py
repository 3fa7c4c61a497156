"""The `validate` command: every clip with ground truth through every model and condition asked for, and the tables of what came out."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from formcheck.capacity import cores
from formcheck.capture.bundles import bundle as find_bundle
from formcheck.cli.console import complain, complain_of, say
from formcheck.errors import FormcheckError, InputError, NotMeasurableError, OutputError, UsageError
from formcheck.exercise import library
from formcheck.motion.recording import PoseRecording
from formcheck.poses import measure_poses
from formcheck.progress import Stage, StageClock
from formcheck.validation.comparison import AS_FILMED, Comparison
from formcheck.validation.conditions import Lens, condition
from formcheck.validation.document import page
from formcheck.validation.plot import draw_agreement
from formcheck.validation.record import as_record, read_record, worse
from formcheck.validation.suite import validate
from formcheck.validation.tables import markdown
from formcheck.validation.truth import Truth, clips_in

if TYPE_CHECKING:
    from formcheck.cli.live_validation import ClipAgreement

__all__ = ["Validation", "run_validate"]


@dataclass(frozen=True, slots=True)
class Validation:
    """What `validate` was asked for.

    ``conditions`` are names of `formcheck.validation.conditions`, run beside the clips as they were filmed; ``clips`` parts of the names
    of those wanted; ``landmarks`` a folder in which what the pose model saw is kept; ``write`` the page to write, with its plot and its
    record beside it; ``check`` a record that nothing may be worse than; ``live`` compares with the live loop in place of the truth.
    """

    folder: Path
    models: tuple[str, ...]
    conditions: tuple[str, ...] = ()
    clips: tuple[str, ...] = ()
    landmarks: Path | None = None
    write: Path | None = None
    check: Path | None = None
    live: bool = False
    as_json: bool = False
    quiet: bool = False


def run_validate(asked: Validation) -> int:
    """Compare, print the tables, write and check what is asked; return the exit code: 1 when something got worse than recorded."""
    if asked.live:
        return _run_live(asked)
    try:
        wanted = [AS_FILMED, *(condition(name).name for name in asked.conditions)]
        record = read_record(asked.check) if asked.check is not None else None
        clips = _chosen(clips_in(asked.folder), asked.clips)
        told = (lambda _: None) if asked.quiet else complain
        comparisons = validate(clips, asked.models, _Poses(asked.landmarks), told, tuple(dict.fromkeys(wanted)))
        say(json.dumps(as_record(comparisons), allow_nan=False) if asked.as_json else markdown(comparisons))
        if asked.write is not None:
            _write_all(asked, comparisons, asked.write)
        found = worse(record, comparisons) if record is not None else []
    except FormcheckError as error:
        return complain_of(error)
    for sentence in found:
        complain(f"worse than recorded: {sentence}")
    if record is not None and not found:
        complain(f"nothing is worse than {asked.check} records.")
    return 1 if found else 0


def _run_live(asked: Validation) -> int:
    from formcheck.cli import live_validation

    try:
        for option, given in (("--check", asked.check), ("--condition", asked.conditions)):
            if given:
                raise UsageError(f"{option}: compares recordings with the truth; leave it out with --live.")
        clips = _chosen(clips_in(asked.folder), asked.clips)
        poses = _Poses(asked.landmarks)
        found = []
        for model in asked.models:
            for number, clip in enumerate(clips, 1):
                if not asked.quiet:
                    complain(f"{model}, live: {number} of {len(clips)}: {clip.name}")
                found.append(_clip_live(clip, model, poses(clip.video, model, AS_FILMED)))
        say(live_validation.as_json(found) if asked.as_json else live_validation.markdown(found))
        if asked.write is not None:
            _write(asked.write, _LIVE_HEAD.format(command=_live_command(asked)) + live_validation.markdown(found))
    except FormcheckError as error:
        return complain_of(error)
    short = live_validation.shortfalls(found)
    for sentence in short:
        complain(sentence)
    return 1 if short else 0


_LIVE_HEAD = """\
# Live beside recorded

The landmarks of every bundled clip, frame by frame through the live loop (readings, coach and its corrections; without place, rest and
comfortable range) and as a recording. Made by

    {command}

The command fails when they differ on more than one clip in twenty, when a mistake that lasts is corrected later than 0.7 s after its
onset in the median, or when more than one correction in twenty clips is for something that the recording does not have.

"""


def _live_command(asked: Validation) -> str:
    words = ["python3 run.py validate", asked.folder.as_posix(), "--live", *(f"--model {model}" for model in asked.models)]
    return " ".join([*words, *(f"--clips {part}" for part in asked.clips), f"--write {asked.write}"])


def _clip_live(clip: Truth, model: str, recording: PoseRecording) -> ClipAgreement:
    from formcheck.cli.live_validation import ClipAgreement
    from formcheck.live.agreement import live_agreement

    spec = library.load(clip.exercise)
    direction = clip.direction if clip.direction in spec.directions else spec.default_direction
    try:
        return ClipAgreement(clip.name, model, tuple(live_agreement(recording, spec, direction)))
    except NotMeasurableError as error:
        return ClipAgreement(clip.name, model, refused=str(error))


def _chosen(clips: Sequence[Truth], parts: Sequence[str]) -> list[Truth]:
    for part in parts:
        if not any(part in clip.name for clip in clips):
            raise InputError(f"{part}: no clip has this in its name; the folder holds {', '.join(clip.name for clip in clips)}.")
    return [clip for clip in clips if not parts or any(part in clip.name for part in parts)]


class _Poses:
    """Landmarks of a video with a model, kept in a folder when there is one: measuring takes far longer than comparing."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def __call__(self, video: Path, model: str, condition_name: str) -> PoseRecording:
        lens = None if condition_name == AS_FILMED else Lens(condition(condition_name))
        name = f"{video.stem}.{model}.npz" if lens is None else f"{video.stem}.{model}.{condition_name}.npz"
        kept = self._folder / name if self._folder else None
        if kept is not None and kept.exists():
            return PoseRecording.load(kept)
        bundle, stage = find_bundle(model), Stage("measuring", 0.0, 1.0)
        measured = measure_poses(video, bundle, StageClock(None), stage, threading.Event(), lens, workers=cores())
        if kept is not None:
            try:
                kept.parent.mkdir(parents=True, exist_ok=True)
                measured.recording.save(kept)
            except OSError as error:
                raise OutputError(f"{kept}: cannot be written ({error.strerror}); choose another --landmarks folder.") from error
        return measured.recording


def _write_all(asked: Validation, comparisons: Sequence[Comparison], path: Path) -> None:
    """The page, its plot in ``images`` beside it, and the record beside it."""
    picture = path.parent / "images" / f"{path.stem}.png"
    draw_agreement(comparisons, picture)
    shown = Path(os.path.relpath(picture, path.parent)).as_posix()
    _write(path, page(comparisons, asked.folder.as_posix(), path.as_posix(), shown, asked.clips))
    _write(path.with_suffix(".json"), json.dumps(as_record(comparisons), indent=1, allow_nan=False) + "\n")


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror}); choose another file with --write.") from error
