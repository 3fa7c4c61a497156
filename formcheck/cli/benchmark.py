"""The `benchmark` command: what is asked for is measured, printed, written, and held against a record."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from formcheck.benchmark.kinds import chosen
from formcheck.cli.console import complain, complain_of, say
from formcheck.errors import FormcheckError, OutputError, UsageError

__all__ = ["Benchmark", "run_benchmark_command"]


@dataclass(frozen=True, slots=True)
class Benchmark:
    """What `benchmark` was asked for.

    ``only`` are names of `formcheck.benchmark.kinds`; ``write`` the page to write, with its figures beside it; ``check`` figures of an
    earlier run that no ratio may be worse than by more than ``tolerance`` of it.
    """

    video: Path | None
    only: tuple[str, ...]
    models: tuple[str, ...]
    turns: int = 3
    write: Path | None = None
    check: Path | None = None
    tolerance: float | None = None
    as_json: bool = False
    quiet: bool = False


def run_benchmark_command(asked: Benchmark) -> int:
    """Measure, print, write and check what is asked; return the exit code: 1 when a ratio got worse than recorded."""
    try:
        names = chosen(asked.only)
        if asked.tolerance is not None and asked.check is None:
            raise UsageError("--tolerance: says how much worse than recorded is too much; name the record with --check FILE.json.")
        from formcheck.benchmark.document import page, table
        from formcheck.benchmark.record import TOLERANCE, compared, read_record
        from formcheck.benchmark.suite import run_benchmark
        from formcheck.resources import sample_path

        record = read_record(asked.check) if asked.check is not None else None
        path = asked.video or sample_path()
        run = run_benchmark(path, asked.models, names, asked.turns, _teller(asked.quiet))
        _teller(asked.quiet)("")
        facts = run.as_json()
        say(json.dumps(facts, allow_nan=False) if asked.as_json else table(run))
        if asked.write is not None:
            _write(asked.write, page(run, _command(asked)))
            _write(asked.write.with_suffix(".json"), json.dumps(facts, indent=1, allow_nan=False) + "\n")
        if record is None:
            return 0
        verdict = compared(record, run, TOLERANCE if asked.tolerance is None else asked.tolerance)
    except FormcheckError as error:
        return complain_of(error)
    for sentence in verdict.worse:
        complain(f"slower than recorded: {sentence}")
    for sentence in verdict.not_compared:
        complain(sentence)
    if not verdict.worse and verdict.compared:
        complain(f"none of {verdict.compared} ratios is worse than {asked.check} records.")
    return 1 if verdict.worse else 0


def _teller(quiet: bool) -> Callable[[str], None]:
    def tell(what: str) -> None:
        if not quiet and sys.stderr.isatty():
            sys.stderr.write(f"\r{what:<60}" if what else f"\r{'':<60}\r")
            sys.stderr.flush()

    return tell


def _command(asked: Benchmark) -> str:
    words = ["python3 run.py benchmark", *([asked.video.as_posix()] if asked.video is not None else [])]
    words += [f"--only {','.join(asked.only)}"] if asked.only else []
    words += [f"--model {model}" for model in asked.models] if len(asked.models) < 3 else []
    words += [f"--runs {asked.turns}"] if asked.turns != 3 else []
    return " ".join([*words, f"--write {asked.write.as_posix()}" if asked.write is not None else ""]).rstrip()


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror}); choose another file with --write.") from error
