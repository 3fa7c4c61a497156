"""`count` and `analyse` from beginning to end, beside the usual loop and the bare pose model."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from formcheck.benchmark.bare import bare_frame_s, naive_frame_s
from formcheck.benchmark.parts import EXERCISE
from formcheck.benchmark.turns import BARE, NAIVE, Figure, Work, timed
from formcheck.capacity import cores
from formcheck.capture.bundles import ModelBundle
from formcheck.exercise import library
from formcheck.exercise.analyzer import AnalysisOptions
from formcheck.outputs import ResultFolder
from formcheck.pipeline import Job, analyse_video, count_video

__all__ = ["WHOLE", "whole_works"]

WHOLE = (NAIVE, BARE, "count", "analyse")


@contextmanager
def whole_works(path: Path, bundle: ModelBundle, names: tuple[str, ...], frames: int) -> Iterator[list[Work]]:
    """Works that go through the whole film; the usual loop and the bare model are always among them.

    Parameters
    ----------
    names
        Of `WHOLE`.
    frames
        How many frames the film has.
    """
    with tempfile.TemporaryDirectory(prefix="formcheck-") as name:
        folder = Path(name)
        works = [
            Work.of(Figure(NAIVE, is_shown=NAIVE in names), lambda: naive_frame_s(path, bundle, folder / "naive.mp4")),
            Work.of(Figure(BARE, is_shown=BARE in names), lambda: bare_frame_s(path, bundle)),
        ]
        if BARE in names:
            works.append(Work.of(Figure(f"{BARE}/lean"), lambda: bare_frame_s(path, bundle, lean=True)))
        for ending, job in _jobs(bundle).items():
            if "count" in names:
                # As the command does: it says nothing of the breath.
                counting = replace(job, options=replace(job.options, breath=False))
                works.append(Work.of(Figure(f"count{ending}"), partial(_count_s, path, counting, frames)))
            if "analyse" in names:
                works.append(Work.of(Figure(f"analyse{ending}"), partial(_analyse_s, path, job, frames, folder / "analysed")))
        yield works


def _jobs(bundle: ModelBundle) -> dict[str, Job]:
    """As the command line does it, with as many workers as there are cores; and with one."""
    job = Job(library.load(EXERCISE), AnalysisOptions(), bundle)
    return {"": replace(job, workers=cores()), "/1-worker": job}


def _count_s(path: Path, job: Job, frames: int) -> float:
    return timed(lambda: count_video(path, job)) / frames


def _analyse_s(path: Path, job: Job, frames: int, folder: Path) -> float:
    return timed(lambda: analyse_video(path, ResultFolder(folder, replace=True), job)) / frames
