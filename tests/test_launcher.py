"""run.py as people meet it: real processes, with a tiny project in place of formcheck where a whole set-up is run."""

from __future__ import annotations

import ast
import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from formcheck.launcher import environment as environment_module
from formcheck.launcher.environment import Environment
from formcheck.launcher.needs import fingerprint, read_needs, unmet
from formcheck.launcher.trouble import SetupError, explain_loading, explain_os_error, explain_output
from tests.tiny_project import ROOT, RUN, TinyProject, make_wheel


@pytest.fixture
def tiny(tmp_path: Path) -> TinyProject:
    return TinyProject(tmp_path)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> TinyProject:
    """A project whose first run is over; tests that use it leave it ready."""
    project = TinyProject(tmp_path_factory.mktemp("finished"))
    first = project.run("hello")
    assert first.returncode == 0, first.stderr
    return project


def run_stubbed(before: str, *words: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Start run.py in a real process after some lines of Python that spoil it."""
    code = f"import runpy, sys; sys.argv = {['run.py', *words]!r}; sys.path.insert(0, {str(ROOT)!r})\n{before}\n"
    code += f"runpy.run_path({str(RUN)!r}, run_name='__main__')"
    environment = {**os.environ, **environment}
    return subprocess.run([sys.executable, "-c", code], cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def complaint(done: subprocess.CompletedProcess[str]) -> str:
    """The one line a failed start says, after the lines of progress."""
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    lines = done.stderr.strip().splitlines()
    assert lines[-1].startswith("formcheck: ")
    assert not any(line.startswith("formcheck: ") for line in lines[:-1])
    return lines[-1]


# Without set-up


def test_an_old_python_can_read_it():
    ast.parse(RUN.read_text(encoding="utf-8"), feature_version=(3, 6))
    text = RUN.read_text(encoding="utf-8")
    assert "from __future__" not in text, "Python 3.6 does not know annotations"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            spoken = [argument.annotation for argument in node.args.args] + [node.returns]
            assert all(isinstance(one, ast.Constant | ast.Name) for one in spoken), f"{node.name}: an annotation an old Python would run"


def test_with_no_words_it_says_what_it_can_do_at_once(tmp_path):
    begin = time.monotonic()
    done = subprocess.run([sys.executable, "-S", str(RUN)], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert time.monotonic() - begin < 2
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 10
    assert max(map(len, done.stdout.splitlines())) <= 120
    assert "run.py demo" in done.stdout
    assert "run.py test" in done.stdout


def test_the_summary_promises_only_commands_there_are():
    from typer.main import get_command

    from formcheck.cli.app import app

    done = subprocess.run([sys.executable, str(RUN)], capture_output=True, text=True, check=False)
    promised = {line.split("run.py ")[1].split()[0] for line in done.stdout.splitlines() if line.startswith("  ")}
    assert promised
    assert promised <= set(get_command(app).commands)


def run_tiny_stubbed(tiny: TinyProject, before: str, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Start the tiny project's run.py after some lines of Python that spoil it."""
    go = f"sys.path[0] = {str(tiny.root)!r}; runpy.run_path({str(tiny.root / 'run.py')!r}, run_name='__main__')"
    return run_stubbed(f"{before}\n{go}", *words, cwd=tiny.elsewhere, **environment)


def test_an_old_python_without_a_newer_one_says_so(tiny):
    line = complaint(run_tiny_stubbed(tiny, "sys.version_info = (3, 9, 2, 'final', 0)", "demo", PATH=str(tiny.elsewhere)))
    assert "Python 3.9 is too old" in line
    assert "install Python 3.13" in line


@pytest.mark.skipif(os.name == "nt", reason="Windows finds other versions through its py launcher")
def test_an_old_python_hands_over_to_a_newer_one(tiny):
    tools = tiny.elsewhere / "bin"
    tools.mkdir()
    for name, body in (("python3.13", "exit 1"), ("python3.12", '[ "$1" = -c ] && echo 3.12 || echo newer "$@"')):
        (tools / name).write_text(f"#!/bin/sh\n{body}\n")
        (tools / name).chmod(0o755)
    done = run_tiny_stubbed(tiny, "sys.version_info = (3, 8, 0, 'final', 0)", "count", "a b.mp4", PATH=f"{tools}:/usr/bin:/bin")
    assert done.stdout.strip() == f"newer {tiny.root / 'run.py'} count a b.mp4", done.stderr


def test_ctrl_c_leaves_one_line_and_130():
    spoil = "import formcheck.launcher.needs as needs\ndef interrupt(root): raise KeyboardInterrupt\nneeds.read_needs = interrupt"
    done = run_stubbed(spoil, "demo")
    assert (done.returncode, done.stderr) == (130, "formcheck: stopped.\n")


def test_pyproject_missing_or_broken_is_named(tiny):
    (tiny.root / "pyproject.toml").write_text("[project\n")
    assert "pyproject.toml cannot be read" in complaint(tiny.run("demo"))
    (tiny.root / "pyproject.toml").unlink()
    assert "get the whole project" in complaint(tiny.run("demo"))


def test_no_venv_module_names_the_package(tiny):
    assert "sudo apt install python3-venv" in complaint(run_tiny_stubbed(tiny, "sys.modules['ensurepip'] = None", "demo"))


def test_a_full_disk_is_seen_before_anything_is_downloaded(tiny, monkeypatch):
    monkeypatch.setattr(environment_module.shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**10, 10**10, 20_000_000))
    with pytest.raises(SetupError, match="only 20 MB are free"):
        Environment(tiny.root, read_needs(tiny.root)).set_up(["base"])


@pytest.mark.parametrize(
    ("number", "words"), [(errno.EACCES, "cannot write in"), (errno.EROFS, "cannot write in"), (errno.ENOSPC, "disk is full")]
)
def test_a_folder_that_cannot_be_written_is_named(tiny, number, words):
    spoil = f"""
import pathlib
def refuse(self, *args, **options): raise OSError({number}, "refused", str(self))
pathlib.Path.mkdir = refuse"""
    line = complaint(run_tiny_stubbed(tiny, spoil, "demo"))
    assert words in line
    assert str(tiny.root) in line


def test_a_file_named_venv_is_a_plain_complaint(tiny):
    (tiny.root / ".venv").write_text("mine")
    assert ".venv" in complaint(tiny.run("demo"))


# What is needed


def test_the_real_needs_are_read_and_fingerprinted():
    needs = read_needs(ROOT)
    assert any(need.startswith("mediapipe") for need in needs["base"])
    assert any(need.startswith("pytest") for need in needs["test"])
    assert fingerprint(["b", "a"]) == fingerprint(["a", "b"]) != fingerprint(["a"]) != fingerprint([])


@pytest.mark.parametrize(
    ("need", "met"),
    [
        ("pytest", True),
        ("pytest>=1.0", True),
        ("pytest>=1,<99", True),
        ("pytest>=1,<2", False),
        ("pytest>=999", False),
        ("no-such-package-here>=1", False),
    ],
)
def test_unmet_tells_missing_too_old_and_too_new(need, met):
    assert unmet([need]) == ([] if met else [need])


def test_nothing_is_unmet_of_nothing():
    assert unmet([]) == []


def test_what_is_installed_is_told_by_the_names_of_folders(tmp_path, monkeypatch):
    for place, version in (("first", "2.0"), ("second", "9.0")):
        (tmp_path / place / f"Some_thing-{version}.dist-info").mkdir(parents=True)
        (tmp_path / place / f"Some_thing-{version}.dist-info" / "METADATA").touch()
    (tmp_path / "first" / "left_over-1.0.dist-info").mkdir()
    monkeypatch.setattr(sys, "path", [str(tmp_path / "first"), str(tmp_path / "second"), str(tmp_path / "nowhere")])
    assert unmet(["some.thing>=2", "some-thing[extra]>=3", "left-over"]) == ["some-thing[extra]>=3", "left-over"]


def test_what_is_half_removed_is_missing_whatever_a_finder_of_packages_says(monkeypatch):
    def broken(_name: str) -> str:
        raise FileNotFoundError("No package metadata was found.")

    monkeypatch.setattr("importlib.metadata.version", broken)
    assert unmet(["no-such-package-here>=1"]) == ["no-such-package-here>=1"]


def test_a_package_installed_without_a_wheel_is_found_too(tmp_path, monkeypatch):
    (tmp_path / "old_way.egg-info").mkdir()
    (tmp_path / "old_way.egg-info" / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: old_way\nVersion: 3.4\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    assert unmet(["old-way>=3", "old-way>=4"]) == ["old-way>=4"]


# What failures mean


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n", "disk is full"),
        ("OSError: [Errno 13] Permission denied: '/x'\n", "cannot write in"),
        ("WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(...: [Errno 111] Connection refused')'\n"
         "ERROR: No matching distribution found for numpy>=2.0\n", "no connection to the package index"),
        ("WARNING: ... Temporary failure in name resolution\nERROR: No matching distribution found for av\n", "check the network"),
        ("WARNING: ... SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] ...\n", "PIP_CERT"),
        ("The virtual environment was not created successfully because ensurepip is not available.\n", "python3-venv"),
        ("ERROR: Package 'formcheck' requires a different Python: 3.9.2 not in '>=3.11'\n", "delete that folder"),
        ("HINT: This error might have occurred since this system has no Windows Long Path support.\n", "too long for Windows"),
        ("line\nERROR: something quite new\nhint\n", "something quite new"),
        ("only words\n", "only words"),
        ("", "no word why"),
    ],
)  # fmt: skip
def test_what_pip_says_is_told_in_one_line_with_what_to_do(output, words):
    text = explain_output(output, Path("/a b"))
    assert words in text
    assert "\n" not in text


def test_no_build_for_this_python(monkeypatch):
    output = "ERROR: Could not find a version that satisfies ...\nERROR: No matching distribution found for mediapipe>=1.2\n"
    monkeypatch.setattr(sys, "version_info", (3, 12, 0, "final", 0))
    assert "no ready build of mediapipe for Python 3.12" in explain_output(output, ROOT)
    monkeypatch.setattr(sys, "version_info", (3, 19, 0, "final", 0))
    assert "Python 3.19 is too new, mediapipe has no build for it yet: start run.py with Python 3.13" in explain_output(output, ROOT)


@pytest.mark.parametrize(
    ("library", "debian", "fedora"),
    [
        ("libGL.so.1", "libgl1", "mesa-libGL"),
        ("libEGL.so.1", "libegl1", "mesa-libEGL"),
        ("libGLESv2.so.2", "libgles2", "mesa-libGLES"),
        ("libglib-2.0.so.0", "libglib2.0-0", "glib2"),
        ("libgthread-2.0.so.0", "libglib2.0-0", "glib2"),
    ],
)
def test_a_missing_system_library_is_named_with_its_packages(library, debian, fedora):
    text = explain_loading(f"{library}: cannot open shared object file: No such file or directory")
    assert library in text
    assert debian in text.split("apt install ")[1].split(" (")[0].split()
    assert fedora in text.split("dnf install ")[1].split(")")[0].split()


def test_other_failures_of_loading_say_what_to_do():
    assert "libodd.so.7 is missing: find the package" in explain_loading("libodd.so.7: cannot open shared object file: No such file")
    assert "Visual C++" in explain_loading("DLL load failed while importing cv2: The specified module could not be found.")
    assert "delete the folder .venv" in explain_loading("No module named 'cv2'")


@pytest.mark.parametrize(("number", "words"), [(28, "disk is full"), (30, "cannot write in"), (13, "cannot write in"), (5, "Input/output")])
def test_errors_of_the_system_are_told_in_one_line(number, words):
    assert words in explain_os_error(OSError(number, os.strerror(number)), ROOT)


# Whole set-ups of the tiny project


@pytest.mark.slow
def test_the_first_run_sets_up_and_goes_on_inside(finished):
    done = finished.run("analyse", "ein film.mp4", "--side", "left")
    assert "words ['analyse', 'ein film.mp4', '--side', 'left']" in done.stdout
    assert str(finished.root / ".venv") in done.stdout
    assert finished.stamp["loads"] == "yes"
    assert finished.stamp["base"] == fingerprint(["tinydep>=1.0,<2"])


@pytest.mark.slow
def test_a_later_run_calls_no_pip_and_passes_the_exit_code_on(finished):
    log = finished.root / ".venv" / "setup.log"
    before = log.stat().st_mtime_ns
    begin = time.monotonic()
    done = finished.run("exit", "4")
    assert time.monotonic() - begin < 3
    assert (done.returncode, done.stderr) == (4, "")
    assert log.stat().st_mtime_ns == before
    assert finished.run("demo", "--help").stdout.startswith("words ['demo', '--help']")
    assert finished.run("test", "-h").stdout.startswith("words ['test', '-h']")


@pytest.mark.slow
def test_changed_needs_are_installed_without_beginning_again(finished):
    keep = finished.root / ".venv" / "keep"
    keep.write_text("")
    finished.require("tinydep>=2.0")
    done = finished.run("hello")
    assert "tinydep 2.0" in done.stdout, done.stderr
    assert keep.exists()
    finished.require("tinydep>=1.0,<2")
    assert "tinydep 1.0" in finished.run("hello").stdout


@pytest.mark.slow
def test_a_package_that_vanished_is_repaired(finished):
    for path in (finished.root / ".venv").rglob("tinydep*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    done = finished.run("hello")
    assert done.returncode == 0, done.stderr
    assert "making an environment" in done.stderr
    assert "tinydep 1.0" in done.stdout


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="sends SIGKILL")
def test_a_set_up_that_was_killed_is_begun_again(tiny):
    process = tiny.start("hello")
    stamp = tiny.root / ".venv" / "setup.json"
    while process.poll() is None and not (stamp.exists() and (tiny.root / ".venv" / "bin").exists()):
        time.sleep(0.02)
    process.kill()
    process.communicate()
    assert tiny.stamp == {"state": "being made"}
    (tiny.root / ".venv" / "half").write_text("")
    done = tiny.run("hello")
    assert done.returncode == 0, done.stderr
    assert not (tiny.root / ".venv" / "half").exists()
    assert "tinydep 1.0" in done.stdout


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="sends SIGINT")
def test_ctrl_c_in_the_set_up_leaves_no_traceback(tiny):
    process = tiny.start("hello")
    while process.poll() is None and not (tiny.root / ".venv" / "bin").exists():
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.endswith("formcheck: stopped.\n")
    assert "Traceback" not in err


@pytest.mark.slow
def test_two_first_runs_at_once_do_not_get_in_each_others_way(tiny):
    both = [tiny.start("hello"), tiny.start("hello")]
    outputs = [process.communicate(timeout=300) for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    assert sorted("making an environment" in err for _, err in outputs) == [False, True]
    assert any("another run is setting up" in err for _, err in outputs)
    assert all("tinydep 1.0" in out for out, _ in outputs)


@pytest.mark.slow
def test_no_network_is_said_plainly_and_the_next_run_tries_again(tiny):
    tiny.require("tinydep>=1.0,<2", "not-among-the-wheels>=1")
    # Port 9 is closed: a refused connection is what a machine without a network gets.
    offline = {"PIP_NO_INDEX": "0", "PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0", "no_proxy": "127.0.0.1"}
    assert "no connection to the package index" in complaint(tiny.run("demo", **offline))
    tiny.require("tinydep>=1.0,<2")
    assert tiny.run("demo").returncode == 0


@pytest.mark.slow
def test_a_package_nobody_has_is_named(tiny):
    tiny.require("not-among-the-wheels>=1")
    assert "not-among-the-wheels" in complaint(tiny.run("demo"))


@pytest.mark.slow
def test_a_library_missing_at_set_up_is_named_until_it_is_there(tiny):
    broken = "raise ImportError('libEGL.so.1: cannot open shared object file: No such file or directory')\n"
    make_wheel(tiny.wheels, "mediapipe", "1.2", broken)
    tiny.require("tinydep>=1.0,<2", "mediapipe>=1.2")
    for _ in range(2):
        assert "libegl1" in complaint(tiny.run("demo"))
    next((tiny.root / ".venv").rglob("mediapipe.py")).write_text("")
    done = tiny.run("demo")
    assert done.returncode == 0, done.stderr
    assert "looking for the packages" not in done.stderr


@pytest.mark.slow
def test_somebody_elses_environment_is_added_to_and_not_emptied(tiny):
    subprocess.run([sys.executable, "-m", "venv", str(tiny.root / ".venv")], check=True)
    (tiny.root / ".venv" / "theirs").write_text("")
    done = tiny.run("hello")
    assert done.returncode == 0, done.stderr
    assert "making an environment" not in done.stderr
    assert (tiny.root / ".venv" / "theirs").exists()
    assert "tinydep 1.0" in tiny.run("hello").stdout


@pytest.mark.slow
def test_the_word_test_adds_the_test_needs_and_runs_pytest_inside(tiny):
    make_wheel(tiny.wheels, "pytest", "9.9", "import os, sys\nprint('pytest in', os.getcwd(), sys.argv[1:])\nsys.exit(3)\n")
    tiny.require("tinydep>=1.0,<2", test=("pytest>=9",))
    assert tiny.run("hello").returncode == 0
    assert "test" not in tiny.stamp
    (tiny.elsewhere / "test_a.py").write_text("")
    done = tiny.run("test", "-k", "some thing", "test_a.py::test_b")
    wanted = ["-k", "some thing", f"{tiny.elsewhere / 'test_a.py'}::test_b"]
    assert done.stdout == f"pytest in {tiny.root} {wanted}\n", done.stderr
    assert done.returncode == 3
    assert {"base", "test"} <= set(tiny.stamp)
