"""A small cluster of real processes on this machine: a scheduler and workers, started as anybody would start them, and killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).resolve().parent.parent
LONGEST_WAIT_S = 120.0


def until(ready: Callable[[], object], what: str, longest_s: float = LONGEST_WAIT_S) -> None:
    """Wait until something is so."""
    last = time.monotonic() + longest_s
    while not ready():
        if time.monotonic() > last:
            raise AssertionError(f"{what} did not happen within {longest_s:g} s")
        time.sleep(0.05)


class Cluster:
    """A scheduler on 127.0.0.1, and `worker` starts workers of one thread each; all of them end with the block.

    Parameters
    ----------
    folder
        Where the scheduler says its address, the workers have their scratch space, and all of them write their logs.
    environment
        More of it for the scheduler.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []
        self._file = folder / "scheduler.json"
        self.scheduler = self._start(
            "scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(self._file), environment=environment
        )
        until(self._known, "a scheduler")
        self.address: str = json.loads(self._file.read_text())["address"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def worker(self, *more: str, nanny: bool = False, environment: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Start one worker; with a nanny it is started again when it dies."""
        words = [*more, "--nthreads", "1", "--local-directory", str(self.folder), *(() if nanny else ("--no-nanny",)), self.address]
        return self._start("worker", "--host", "127.0.0.1", *words, environment=environment)

    def log(self) -> str:
        """Everything that all of them wrote."""
        return "".join(path.read_text("utf-8", "replace") for path in sorted(self.folder.glob("*.log")))

    def _known(self) -> bool:
        try:
            return bool(json.loads(self._file.read_text())["address"])
        except (OSError, ValueError, KeyError):
            return False

    def _start(self, kind: str, *words: str, environment: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        surroundings = os.environ | {"PYTHONPATH": str(ROOT)} | dict(environment or {})
        log = self.folder / f"{len(self.processes)}-{kind}.log"
        with log.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.dask_{kind}", "--no-dashboard", *words],
                cwd=self.folder,
                env=surroundings,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        self.processes.append(process)
        return process


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill -9."""
    process.send_signal(signal.SIGKILL)
    process.wait()
