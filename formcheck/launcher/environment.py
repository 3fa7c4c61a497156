"""The environment `.venv` beside `run.py`: made once, checked by a stamp, and made again when it was left half-finished."""

from __future__ import annotations

import errno
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from formcheck.launcher.needs import Needs, fingerprint
from formcheck.launcher.trouble import SPACE_NEEDED_MB, SetupError, explain_loading, explain_output, spoken

__all__ = ["Environment", "base_python"]

_MAKING, _MADE = "being made", "made"

# Loads what leans on libraries of the system, so that a missing one is named at set-up and not in the middle of a video.
_PROBE = """
import ctypes, importlib, pathlib, sys
for name in sys.argv[1:]:
    folder = pathlib.Path(importlib.import_module(name).__file__).parent
    for library in folder.glob("tasks/c/*mediapipe.*"):
        ctypes.CDLL(str(library))
"""
_LEANING = {"opencv-python": "cv2", "mediapipe": "mediapipe"}


class Environment:
    """A virtual environment of ours in `root`/.venv.

    Beside the usual files it holds `setup.json` (the stamp: what was installed, and whether that was finished), `setup.lock` and
    `setup.log`. An environment that somebody else put there is added to, never emptied.
    """

    def __init__(self, root: Path, needs: Needs) -> None:
        self.root = root
        self.needs = needs
        self.folder = root / ".venv"
        self.python = self.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        self._stamp_path = self.folder / "setup.json"
        self._lock_path = self.folder / "setup.lock"
        self._log_path = self.folder / "setup.log"
        self._started_s = time.monotonic()

    def is_ready(self, parts: list[str]) -> bool:
        """Tell whether these parts of the needs are installed, current, and were seen to load."""
        stamp = self._read_stamp()
        current = all(stamp.get(part) == fingerprint(self.needs[part]) for part in parts)
        return current and stamp.get("loads") == "yes" and self.python.exists()

    def is_running(self) -> bool:
        """Tell whether this process is the environment's own Python."""
        return self.folder.exists() and self.folder.samefile(sys.prefix)

    def distrust(self) -> None:
        """Have the next set-up start from nothing, if the environment is ours."""
        self._write_stamp({"state": _MAKING} if "state" in self._read_stamp() else {})

    def set_up(self, parts: list[str]) -> None:
        """Bring the environment up to date, telling the progress on stderr.

        Raises
        ------
        SetupError
            Something outside formcheck stands in the way.
        OSError
            The folder cannot be written.
        """
        with self._lock():
            if self.is_ready(parts):
                return
            if not self.python.exists() or self._read_stamp().get("state") == _MAKING:
                self._build()
            stamp = self._read_stamp()
            parts = [part for part in self.needs if part in parts or part in stamp]
            wanted = {part: fingerprint(self.needs[part]) for part in parts}
            if any(stamp.get(part) != value for part, value in wanted.items()):
                self.distrust()
                self._install(parts)
            state = {"state": _MADE} if "state" in stamp else {}
            self._write_stamp({**state, **wanted})
            self._check_loading()
            self._write_stamp({**state, **wanted, "loads": "yes"})
            self._say("ready")

    def _build(self) -> None:
        if not all(importlib.util.find_spec(module) for module in ("venv", "ensurepip")):
            raise SetupError(explain_output("ensurepip is not available", self.root))
        if "state" in self._read_stamp():
            self._clear()
        self._write_stamp({"state": _MAKING})
        free_mb = shutil.disk_usage(self.folder).free // 1_000_000
        if free_mb < SPACE_NEEDED_MB:
            needed = f"the set-up needs {SPACE_NEEDED_MB} MB"
            raise SetupError(f"only {free_mb} MB are free in {self.root}, {needed}: make room and run this again")
        self._say(f"first run: making an environment in .venv (Python {spoken(sys.version_info[:2])})")
        self._run([base_python(), "-m", "venv", str(self.folder)])

    def _clear(self) -> None:
        for path in self.folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif path != self._lock_path:
                path.unlink()

    def _install(self, parts: list[str]) -> None:
        extras = ",".join(part for part in parts if part != "base")
        self._say("looking for the packages")
        # Without a retry pip does not say that the network was the reason.
        options = ["--no-input", "--disable-pip-version-check", "--only-binary=:all:", "--retries=2"]
        target = f"{self.root}[{extras}]" if extras else str(self.root)
        self._run([str(self.python), "-m", "pip", "install", *options, "--editable", target])

    def _check_loading(self) -> None:
        self._say("checking that everything loads")
        names = {re.split(r"[^\w.\-]", requirement)[0] for requirement in self.needs["base"]}
        modules = [module for name, module in _LEANING.items() if name in names]
        done = subprocess.run([self.python, "-c", _PROBE, *modules], capture_output=True, check=False)
        if done.returncode != 0:
            said = done.stderr.decode("utf-8", "replace").strip()
            last = said.splitlines()[-1] if said else f"exit code {done.returncode}"
            raise SetupError(explain_loading(last.partition(": ")[2] or last))

    def _run(self, command: list[str]) -> None:
        """Run a step: its whole output goes into the log, the gist of it to the terminal."""
        environment = {**os.environ, "PYTHONUTF8": "1", "PIP_USER": "0"}
        for name in ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX", "PIP_REQUIRE_VIRTUALENV"):
            environment.pop(name, None)
        lines = []
        with self._log_path.open("a", encoding="utf-8") as log:
            child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment)
            try:
                for raw in child.stdout or ():
                    lines.append(raw.decode("utf-8", "replace"))
                    log.write(lines[-1])
                    self._say_gist(lines[-1])
            except BaseException:
                child.terminate()
                raise
            finally:
                code = child.wait()
        if code != 0:
            raise SetupError(explain_output("".join(lines), self.root))

    def _say_gist(self, line: str) -> None:
        download = re.match(r"\s*Downloading (\S+?)-\d\S*\.whl \(([\d.]+ MB)\)", line)
        if download:
            self._say("downloading {} ({})".format(*download.groups()))
        elif line.startswith("Installing collected packages:"):
            self._say(f"installing {line.count(',') + 1} packages")

    def _say(self, text: str) -> None:
        sys.stderr.write(f"{time.monotonic() - self._started_s:5.0f} s  {text}\n")
        sys.stderr.flush()

    def _read_stamp(self) -> dict[str, str]:
        try:
            stamp = json.loads(self._stamp_path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return stamp if isinstance(stamp, dict) else {}

    def _write_stamp(self, stamp: dict[str, str]) -> None:
        new = self._stamp_path.with_suffix(".new")
        new.write_text(json.dumps(stamp, indent=1), encoding="utf-8")
        new.replace(self._stamp_path)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """Let one process at a time set up. The lock ends with its process, however that ends."""
        self.folder.mkdir(exist_ok=True)
        told = False
        with self._lock_path.open("a+b") as file:
            while not _try_lock(file.fileno()):
                if not told:
                    self._say("another run is setting up, waiting for it")
                told = True
                time.sleep(0.2)
            yield


def base_python() -> str:
    """Return the interpreter that environments are made with, also when running inside one."""
    return str(getattr(sys, "_base_executable", None) or sys.executable)


def _try_lock(descriptor: int) -> bool:
    """Take the lock of an open file; tell whether that worked. Where files cannot be locked, say yes."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EAGAIN, errno.EACCES, errno.EDEADLK)
    return True
