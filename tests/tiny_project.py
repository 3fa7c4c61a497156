"""A project of ten lines in place of formcheck, so that the launcher's set-up is run for real, but in seconds and with no network."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUN = ROOT / "run.py"

# A build backend of a page, so that a set-up needs no network: an editable wheel of what stands beside it.
BACKEND = """
import pathlib, zipfile

def build_editable(folder, config_settings=None, metadata_directory=None):
    import tomllib
    root = pathlib.Path(__file__).parent
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    needs = [f"Requires-Dist: {need}" for need in project["dependencies"]]
    needs += [f"Requires-Dist: {need}; extra == 'test'" for need in project["optional-dependencies"]["test"]]
    meta = "\\n".join(["Metadata-Version: 2.1", "Name: formcheck", "Version: 0.0.1", "Provides-Extra: test", *needs]) + "\\n"
    name, info = "formcheck-0.0.1-py3-none-any.whl", "formcheck-0.0.1.dist-info"
    with zipfile.ZipFile(pathlib.Path(folder) / name, "w") as wheel:
        wheel.writestr("formcheck.pth", str(root))
        wheel.writestr(f"{info}/METADATA", meta)
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nGenerator: t\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{info}/RECORD", f"formcheck.pth,,\\n{info}/METADATA,,\\n{info}/WHEEL,,\\n{info}/RECORD,,\\n")
    return name
"""

CLI = """
import sys

def main(words):
    import tinydep
    print("words", words, "tinydep", tinydep.VERSION, "inside", sys.prefix)
    return int(words[1]) if words[0] == "exit" else 0
"""


def make_wheel(folder: Path, name: str, version: str, source: str) -> None:
    """Write a wheel of one module."""
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{name}.py", source)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")


class TinyProject:
    """run.py and its launcher, in a folder with a space and an umlaut in its name, around a command line of ten lines."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "mein Übungs ordner"
        self.wheels = folder / "wheels"
        self.elsewhere = folder / "elsewhere"
        for path in (self.root / "formcheck" / "cli", self.wheels, self.elsewhere):
            path.mkdir(parents=True)
        shutil.copy(RUN, self.root)
        shutil.copytree(ROOT / "formcheck" / "launcher", self.root / "formcheck" / "launcher", ignore=shutil.ignore_patterns("__pycache__"))
        (self.root / "formcheck" / "__init__.py").write_text("")
        (self.root / "formcheck" / "cli" / "__init__.py").write_text(CLI)
        (self.root / "backend.py").write_text(BACKEND)
        for version in ("1.0", "2.0"):
            make_wheel(self.wheels, "tinydep", version, f"VERSION = {version!r}\n")
        self.require("tinydep>=1.0,<2")

    @property
    def stamp(self) -> dict[str, str]:
        return json.loads((self.root / ".venv" / "setup.json").read_text())

    def require(self, *needs: str, test: tuple[str, ...] = ()) -> None:
        build = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        project = f'[project]\nname = "formcheck"\ndependencies = {list(needs)!r}\n[project.optional-dependencies]\ntest = {list(test)!r}\n'
        (self.root / "pyproject.toml").write_text(build + project, encoding="utf-8")

    def start(self, *words: str, **environment: str) -> subprocess.Popen[str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON", "VIRTUAL_ENV"))}
        pip = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": self.wheels.as_uri(), "PIP_CONFIG_FILE": os.devnull}
        command = [sys.executable, str(self.root / "run.py"), *words]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8"}
        # A test run in the background ignores SIGINT, and so would what it starts: as from a terminal, it is heard.
        pipes |= {} if os.name == "nt" else {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)}
        return subprocess.Popen(command, cwd=self.elsewhere, env={**clean, **pip, **environment, "PYTHONUTF8": "1"}, **pipes)

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        process = self.start(*words, **environment)
        out, err = process.communicate(timeout=300)
        return subprocess.CompletedProcess(words, process.returncode, out, err)
