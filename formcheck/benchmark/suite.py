"""One run of the benchmark: everything asked for, one group of turns after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

# Before PyAV, see formcheck.cli.live.
import cv2  # noqa: F401

from formcheck.benchmark import played, started
from formcheck.benchmark.film import film_facts
from formcheck.benchmark.kinds import KINDS
from formcheck.benchmark.machine import machine_facts
from formcheck.benchmark.measurement import Measurement, Run, Skipped
from formcheck.benchmark.parts import PARTS, part_works
from formcheck.benchmark.turns import Work, in_turns
from formcheck.benchmark.whole import WHOLE, whole_works
from formcheck.capture.bundles import SHA256, ModelBundle, bundle
from formcheck.errors import InputError

__all__ = ["run_benchmark"]

_Works = AbstractContextManager[list[Work]]

#: Groups that may be impossible on this computer: then they are left out, with the reason. The others cannot fail on a film that is whole.
_MAY_BE_MISSING = ("live", "browser", "batch", "memory", "live-hour", "browser-hour")


def run_benchmark(
    path: Path, models: Sequence[str], names: Sequence[str], turns: int = 3, told: Callable[[str], None] = lambda _: None
) -> Run:
    """Measure.

    Parameters
    ----------
    path
        The film.
    models
        Those to measure, at least one. What does not depend on the model is measured with the quickest of them.
    names
        From `formcheck.benchmark.kinds.chosen`.
    turns
        How often, at least 1; memory is measured once.
    told
        Told what comes next.

    Raises
    ------
    FormcheckError
        The film or a model cannot be read, or there is nobody to measure in the film.
    """
    ready = [bundle(name) for name in SHA256 if name in models]
    facts = film_facts(path)
    found: list[Measurement] = []
    skipped: list[Skipped] = []
    for name, model, open_works, is_short in _groups(path, ready, set(names), int(facts["frames"])):
        try:
            with open_works() as works:
                found += in_turns(works, turns if is_short else 1, model, told)
        except InputError as error:
            if name not in _MAY_BE_MISSING:
                raise
            skipped.append(Skipped(name, str(error)))
    order = [kind.name for kind in KINDS]
    found.sort(key=lambda one: (order.index(one.name.partition("/")[0]), list(SHA256).index(one.model)))
    return Run(machine_facts(), facts, turns, tuple(found), tuple(skipped))


def _groups(
    path: Path, ready: Sequence[ModelBundle], names: set[str], frames: int
) -> Iterator[tuple[str, str, Callable[[], _Works], bool]]:
    """Name, model, what makes its works, and whether it takes several turns, of each group that has something asked for."""
    quickest = ready[0]
    if parts := tuple(name for name in PARTS if name in names):
        yield "parts", quickest.name, partial(part_works, path, quickest, parts), True
    if whole := tuple(name for name in WHOLE if name in names):
        for one in ready:
            yield "whole", one.name, partial(whole_works, path, one, whole, frames), True
    for name, works in (("live", played.live_works), ("browser", played.browser_works)):
        for one in ready if name in names else ():
            yield name, one.name, partial(works, path, one), True
    for name, works, is_short in (
        ("batch", started.batch_works, True),
        ("start", started.start_works, True),
        ("memory", started.memory_works, False),
        ("live-hour", played.live_hour_works, False),
        ("browser-hour", played.browser_hour_works, False),
    ):
        if name in names:
            yield name, quickest.name, partial(works, path, quickest), is_short
