"""The files of a session made again from its landmarks, without the film: page, tables, JSON, and what else is wanted.

In a result folder of its own, or in the one where the landmarks lie; there each file takes the place of the old one when all are written,
and everything else stays.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from formcheck.drawing import ANNOTATED, still_times
from formcheck.errors import FormcheckError, OutputError, UsageError
from formcheck.exercise.session import SessionReport
from formcheck.exports import NO_EXPORTS, Exports
from formcheck.outputs import ResultFolder
from formcheck.report.html import write_html
from formcheck.report.session_json import write_session_json
from formcheck.report.stills import plain_still
from formcheck.report.tables import write_frames_csv, write_reps_csv
from formcheck.report.units import AngleUnit, shown_in
from formcheck.sources import LANDMARKS, Remade

__all__ = ["Written", "write_again"]

_NEEDS_A_FOLDER = "with other settings than it was made with the new results need a folder of their own; choose one with --out."
_OTHER_SETTINGS = "the annotated video shows the settings it was made with, so the new report goes without it."


@dataclass(frozen=True, slots=True)
class Written:
    """Where the files are, and sentences about what is missing on purpose."""

    folder: Path
    notes: tuple[str, ...] = ()


def write_again(
    made: Remade, target: Path | None, *, unit: AngleUnit = "deg", exports: Exports = NO_EXPORTS, force: bool = False
) -> Written:
    """Write the files of a session.

    Parameters
    ----------
    target
        The folder to make; None: where the landmarks lie.
    unit
        Of the angles in tables, page and pictures. ``session.json`` is always in degrees.
    force
        Whether files that are there already may give way.

    Raises
    ------
    UsageError
        Results are there already and are to be kept, or are of other settings, or a package for them is not installed.
    OutputError
        Something cannot be written; nothing was changed.
    """
    annotated = made.source.folder / ANNOTATED
    there = annotated.is_file()
    video = annotated if there and not made.changed else None
    notes = (_OTHER_SETTINGS,) if there and made.changed else ()
    day = made.source.day
    if target is None or target.resolve() == made.source.folder.resolve():
        if made.changed:
            raise UsageError(f"{made.source.name}: {_NEEDS_A_FOLDER}")
        exports = exports.with_those_in(made.source.folder).checked()
        with _refreshed(made.source.folder, force) as staging:
            _write(staging, made, video, unit)
            exports.write(staging, made.recording, made.report, unit, day)
        return Written(made.source.folder, notes)
    with ResultFolder(target, replace=force) as folder:
        made.recording.save(folder.staging / LANDMARKS)
        if video is not None:
            video = Path(shutil.copyfile(video, folder.staging / ANNOTATED))
        _write(folder.staging, made, video, unit)
        exports.write(folder.staging, made.recording, made.report, unit, day)
        return Written(folder.commit(), notes)


def _write(folder: Path, made: Remade, video: Path | None, unit: AngleUnit) -> None:
    report = made.report
    write_session_json(report, folder / "session.json")
    write_reps_csv(report, folder / "reps.csv", unit)
    write_frames_csv(report, folder / "frames.csv", unit)
    with shown_in(unit):
        write_html(report, folder / "report.html", _stills(report, video), video.resolve() if video is not None else None)


def _stills(report: SessionReport, video: Path | None) -> dict[int, bytes]:
    """A picture of each fault out of the annotated video; none when it cannot be read."""
    wanted = still_times(report) if video is not None else []
    stills: dict[int, bytes] = {}
    if not wanted or video is None:
        return stills
    from formcheck.capture.prefetch import prefetched
    from formcheck.capture.video import VideoFile

    try:
        with VideoFile(video) as film, closing(prefetched(film, 8)) as frames:
            for frame in frames:
                while wanted and frame.time_s >= wanted[0][0] - 1e-3:
                    stills[wanted.pop(0)[1]] = plain_still(frame.image)
                if not wanted:
                    break
    except FormcheckError:
        return {}
    return stills


@contextmanager
def _refreshed(folder: Path, force: bool) -> Iterator[Path]:
    """A hidden folder beside the files; when the block ends well, its files take their places."""
    there = [name for name in ("report.html", "session.json", "reps.csv", "frames.csv") if (folder / name).exists()]
    if there and not force:
        raise UsageError(f"{folder}: {there[0]} is there already; add --force to make it again in place, or choose a folder with --out.")
    staging = None
    try:
        staging = Path(tempfile.mkdtemp(prefix=".formcheck-", suffix=".partial", dir=folder))
        yield staging
        for path in sorted(staging.iterdir()):
            path.replace(folder / path.name)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise OutputError(f"{folder}: cannot write there ({why}); choose another folder with --out.") from error
    finally:
        if staging is not None:
            shutil.rmtree(staging, ignore_errors=True)
