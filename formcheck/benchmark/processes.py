"""Programs run as people run them: each in a process of its own, timed from outside, its memory told from inside."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import formcheck
from formcheck.benchmark import naive
from formcheck.benchmark.turns import timed
from formcheck.errors import FormcheckError

__all__ = ["can_tell_memory", "formcheck_command", "naive_command", "peak_mb", "run", "run_s"]

#: Nothing measurable is an answer too: a film may be cut too short for one.
_WELL = (0, 4)

#: Runs a program or a module of ours and adds a line with the most memory the process ever had, in MB.
_PEAK = """
import resource, runpy, sys
kind, name, *words = sys.argv[1:]
sys.argv = [name, *words]
try:
    run = runpy.run_path if kind == "path" else runpy.run_module
    run(name, run_name="__main__")
    code = 0
except SystemExit as error:
    code = error.code or 0
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6)
sys.exit(code)
"""


def formcheck_command(*words: str) -> list[str]:
    """The command line of formcheck: through run.py in a checkout, as a module where it is installed."""
    program = Path(formcheck.__file__).resolve().parent.parent / "run.py"
    return [sys.executable, str(program), *words] if program.exists() else [sys.executable, "-m", "formcheck.cli", *words]


def naive_command(video: Path, model: Path, out: Path | None) -> list[str]:
    """The usual loop as a program; without ``out`` only reading and the pose model."""
    # -P: the files beside it are none of its modules.
    return [sys.executable, "-P", str(Path(naive.__file__)), str(video), str(model), *([str(out)] if out is not None else [])]


def can_tell_memory() -> bool:
    """Whether this system tells how much memory a process took."""
    return sys.platform != "win32"


def run(command: Sequence[str]) -> str:
    """Run a command to its end and return what it printed.

    Raises
    ------
    FormcheckError
        It failed.
    """
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in _WELL:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise FormcheckError(f"{' '.join(command)}: ended with {done.returncode} ({last}).")
    return done.stdout


def run_s(command: Sequence[str]) -> float:
    """Seconds from the start of a command to its end; errors as in `run`."""
    return timed(lambda: run(command))


def peak_mb(kind: str, name: str, *words: str) -> float:
    """The most memory, in MB, of a program (``kind`` "path") or module ("module") run with these words; errors as in `run`."""
    return float(run([sys.executable, "-c", _PEAK, kind, name, *words]).split()[-1])
