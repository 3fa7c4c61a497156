"""Starting, several films at once, and memory: what is seen only from outside the process."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from formcheck.benchmark import naive
from formcheck.benchmark.film import cut_video, repeat_video
from formcheck.benchmark.processes import can_tell_memory, formcheck_command, naive_command, peak_mb, run, run_s
from formcheck.benchmark.turns import BARE, NAIVE, Figure, Work
from formcheck.capture.bundles import ModelBundle
from formcheck.errors import InputError

__all__ = ["batch_works", "memory_works", "start_works"]

_START_PACKETS = 30
_BATCH_PACKETS = 300
_BATCH_FILMS = 4

_LOADED = "import time; start = time.perf_counter(); {work}; print(time.perf_counter() - start)"
_COMMAND_LINE = "import formcheck.cli"
_MODEL = (
    "from formcheck.capture.bundles import bundle; from formcheck.capture.runtime import load_landmarker; "
    "load_landmarker(bundle({name!r}), video=True).close()"
)


@contextmanager
def start_works(path: Path, bundle: ModelBundle) -> Iterator[list[Work]]:
    """Whole processes: the help, the usual loop and `count` on the first second of the film; and from inside, what loading takes.

    The bare model is a process that only reads that second and finds the pose in it.
    """
    with tempfile.TemporaryDirectory(prefix="formcheck-") as name:
        clip = cut_video(path, Path(name) / "start.mp4", _START_PACKETS)
        count = formcheck_command("count", str(clip), "--model", bundle.name, "--quiet")
        yield [
            *_usual(clip, bundle, Path(name) / "naive.mp4", 1),
            Work.of(Figure("start/help", "ms"), lambda: run_s(formcheck_command("--help"))),
            Work.of(Figure("start/import", "ms"), lambda: _inside_s(_COMMAND_LINE)),
            Work.of(Figure("start/model", "ms"), lambda: _inside_s(_MODEL.format(name=bundle.name))),
            Work.of(Figure("start/count", "ms"), lambda: run_s(count)),
        ]


@contextmanager
def batch_works(path: Path, bundle: ModelBundle) -> Iterator[list[Work]]:
    """Several copies of the beginning of a film through `count` with one worker and two; the usual loop takes them one by one."""
    with tempfile.TemporaryDirectory(prefix="formcheck-") as name:
        first = cut_video(path, Path(name) / "1.mp4", _BATCH_PACKETS)
        films = [str(first)]
        films += [str(shutil.copy(first, first.with_name(f"{number}.mp4"))) for number in range(2, _BATCH_FILMS + 1)]

        def counted_s(workers: int) -> float:
            return run_s(formcheck_command("count", *films, "--model", bundle.name, "--quiet", "--workers", str(workers)))

        yield [
            *_usual(first, bundle, Path(name) / "naive.mp4", _BATCH_FILMS),
            Work.of(Figure("batch/1-worker", "s", 1.0), lambda: counted_s(1)),
            Work.of(Figure("batch/2-workers", "s", 1.0), lambda: counted_s(2)),
        ]


@contextmanager
def memory_works(path: Path, bundle: ModelBundle, short_s: float = 30.0, long_s: float = 1800.0) -> Iterator[list[Work]]:
    """The most memory of `analyse` for a short film and a long one, beside that of the usual loop for the short one.

    Raises
    ------
    InputError
        This system does not tell the memory of a process, or the length of the film is not known.
    """
    if not can_tell_memory():
        raise InputError("this system does not tell the memory of a process")
    with tempfile.TemporaryDirectory(prefix="formcheck-") as name:
        folder = Path(name)
        short = repeat_video(path, folder / "short.mp4", short_s)
        long = repeat_video(path, folder / "long.mp4", long_s)

        def analysed_mb(clip: Path) -> float:
            words = ["analyse", str(clip), "--out", str(folder / "results"), "--model", bundle.name, "--quiet", "--force"]
            return peak_mb("module", "formcheck.cli", *words)

        def usual_mb(*out: str) -> float:
            return peak_mb("path", naive.__file__, str(short), str(bundle.path), *out)

        yield [
            Work.of(Figure(NAIVE, is_shown=False), lambda: usual_mb(str(folder / "naive.mp4"))),
            Work.of(Figure(BARE, is_shown=False), usual_mb),
            Work.of(Figure("memory/short", "MB", 1.0), lambda: analysed_mb(short)),
            Work.of(Figure("memory/long", "MB", 1.0), lambda: analysed_mb(long)),
        ]


def _usual(clip: Path, bundle: ModelBundle, out: Path, films: int) -> list[Work]:
    """The usual loop, and the bare model, as processes, for one film after the other."""

    def naive_s(target: Path | None) -> float:
        return sum(run_s(naive_command(clip, bundle.path, target)) for _ in range(films))

    return [
        Work.of(Figure(NAIVE, is_shown=False), lambda: naive_s(out)),
        Work.of(Figure(BARE, is_shown=False), lambda: naive_s(None)),
    ]


def _inside_s(work: str) -> float:
    return float(run([sys.executable, "-c", _LOADED.format(work=work)]).split()[-1])
