#!/usr/bin/env python3
"""Start formcheck: the first run sets everything up in `.venv` beside this file, later runs start at once.

Needs nothing but Python. This file alone is written so that an old Python can read it and say what is wrong.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
OLDEST = (3, 11)
WANTED = "3.13"
REPAIRED = "FORMCHECK_SETUP_REPAIRED"

SUMMARY = """\
formcheck watches hip exercises: it measures the angles, counts repetitions, names mistakes. All on your machine.

  {python} run.py demo               analyse the bundled sample; the report goes to results/demo
  {python} run.py analyse VIDEO...   your own videos: a report, an annotated video and tables for each
  {python} run.py live               the webcam: a coach that guides a session and watches
  {python} run.py web                films, history and exercises in the browser; also: history, count, profile
  {python} run.py doctor             cameras, models, versions, frames per second, and what to fix
  {python} run.py test               the whole test suite

The first run downloads about 350 MB into the folder .venv, once. All options: {python} run.py --help"""


def replace_process(command: "list[str]") -> int:
    """Go on as another program; on Windows, where that is not possible, wait for it and return its exit code."""
    sys.stdout.flush()
    if os.name != "nt":
        os.execv(command[0], command)
    import subprocess

    child = subprocess.Popen(command)
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            # It reached the child as well, which ends in its own way and with its own exit code.
            continue


def run_again(python: "list[str]", words: "list[str]") -> int:
    """Run this file again with another Python."""
    return replace_process([*python, str(ROOT / "run.py"), *words])


def other_pythons() -> "list[list[str]]":
    """Return commands that may start a newer Python, best first."""
    import shutil

    own = ROOT / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    found = [[str(own)]] if own.exists() else []
    versions = [WANTED, "3.12", "3.11", "3.14"]
    if os.name == "nt":
        launcher = shutil.which("py")
        return found + [[launcher, option] for option in [*("-" + version for version in versions), "-3"] if launcher]
    extra = ["/opt/homebrew/bin", "/usr/local/bin"] if sys.platform == "darwin" else []
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *extra])
    return found + [[name] for name in (shutil.which("python" + version, path=path) for version in versions) if name]


def newer_python() -> "list[str]":
    """Return a command that truly starts a Python new enough, or an empty list."""
    import subprocess

    for command in other_pythons():
        question = [*command, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
        try:
            answer = subprocess.check_output(question, stderr=subprocess.DEVNULL)
            if tuple(int(part) for part in answer.decode().split(".")) >= OLDEST:
                return command
        except (OSError, ValueError, subprocess.CalledProcessError):
            continue
    return []


def leave_old_python(words: "list[str]") -> int:
    """Run again with a newer Python, or say that there is none."""
    command = newer_python()
    if command:
        return run_again(command, words)
    version = ".".join(str(part) for part in sys.version_info[:2])
    complain(
        f"Python {version} is too old, formcheck needs 3.11 or newer: install Python {WANTED} (from python.org or your system's packages) "
        f"and run this again"
    )
    return 1


def complain(message: str) -> None:
    """Say in one line what went wrong."""
    print(f"formcheck: {message}.", file=sys.stderr)


def run_tests(words: "list[str]") -> int:
    """Run the whole test suite, or what pytest is told; paths may be given from where one stands."""
    told = []
    for word in words:
        path, colons, rest = word.partition("::")
        told.append(str(Path(path).resolve()) + colons + rest if not path.startswith("-") and Path(path).exists() else word)
    os.chdir(str(ROOT))
    return replace_process([sys.executable, "-m", "pytest", *told])


def go_on(words: "list[str]") -> int:
    """Find or make the Python that has everything, and go on in it."""
    from formcheck.launcher.needs import read_needs, unmet

    testing = words[0] == "test" and not {"-h", "--help"}.intersection(words)
    parts = ["base", "test"] if testing else ["base"]
    needs = read_needs(ROOT)
    if not unmet([requirement for part in parts for requirement in needs[part]]):
        return run_tests(words[1:]) if testing else run_command(words)
    from formcheck.launcher.environment import Environment, base_python
    from formcheck.launcher.trouble import SetupError

    environment = Environment(ROOT, needs)
    if not environment.is_ready(parts):
        environment.set_up(parts)
    elif environment.is_running():
        # The stamp says that all is there, and yet it is not.
        if os.environ.get(REPAIRED):
            raise SetupError(f"the environment stays incomplete: delete the folder {environment.folder} and run this again")
        os.environ[REPAIRED] = "1"
        environment.distrust()
        return run_again([base_python()], words)
    return run_again([str(environment.python)], words)


def run_command(words: "list[str]") -> int:
    """Hand the words to the command line of formcheck."""
    from formcheck.cli import main as command

    return int(command(words) or 0)


def start(words: "list[str]") -> int:
    """Start, and turn what goes wrong outside formcheck into one line and an exit code."""
    from formcheck.launcher.trouble import SetupError, explain_loading, explain_os_error

    try:
        return go_on(words)
    except SetupError as error:
        complain(str(error))
    except ImportError as error:
        complain(explain_loading(str(error)))
    except OSError as error:
        complain(explain_os_error(error, ROOT))
    return 1


def main(words: "list[str]") -> int:
    """Say what there is when nothing is asked for; else see to it that a Python new enough starts."""
    if not words:
        print(SUMMARY.format(python="py" if os.name == "nt" else "python3"))
        return 0
    try:
        return leave_old_python(words) if tuple(sys.version_info[:2]) < OLDEST else start(words)
    except KeyboardInterrupt:
        complain("stopped")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
