"""formcheck as a normal package: what is in the wheel, and that it works where there is nothing else."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

from formcheck import __version__
from formcheck.errors import InputError
from formcheck.launcher.trouble import explain_output
from formcheck.resources import SAMPLE_NAME, models_dir, sample_path
from tests.conftest import IN_CI

ROOT = Path(__file__).resolve().parent.parent
MODELS = ("pose_landmarker_lite.task", "pose_landmarker_full.task", "pose_landmarker_heavy.task")


def clean_environment() -> dict[str, str]:
    """The environment without anything that leads Python back to the checkout or to this environment."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV", "COV_", "COVERAGE"))}


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, env=clean_environment(), capture_output=True, encoding="utf-8", errors="replace", check=False)


def succeed_online(done: subprocess.CompletedProcess[str]) -> None:
    """A step that may download: without a network it is no proof of anything, except in CI, where there must be one."""
    if done.returncode != 0:
        said = done.stdout + done.stderr
        if not IN_CI and explain_output(said, ROOT).startswith("no connection"):
            pytest.skip("needs the package index, which cannot be reached")
        pytest.fail(said[-3000:], pytrace=False)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that `pip install .` makes, from a copy of what belongs to the project."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(ROOT / name, source)
    for name in ("formcheck", "models", "samples"):
        shutil.copytree(ROOT / name, source / name)
    succeed_online(run(sys.executable, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", folder, source, cwd=folder))
    shutil.rmtree(source)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts of an environment that holds the wheel, what it needs, and nothing else."""
    folder = tmp_path_factory.mktemp("empty")
    venv.create(folder, with_pip=True, system_site_packages=False)
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    succeed_online(run(scripts / "python", "-m", "pip", "install", "--only-binary=:all:", "--retries=2", wheel, cwd=folder))
    return scripts


def test_in_a_checkout_the_files_are_those_of_its_folders():
    assert models_dir() == ROOT / "models"
    assert sample_path() == ROOT / "samples" / SAMPLE_NAME
    assert all((models_dir() / name).is_file() for name in MODELS)


def test_an_installation_that_is_not_whole_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr("formcheck.resources._PACKAGE", tmp_path / "formcheck")
    with pytest.raises(InputError, match=r"models is missing from the installation: install formcheck again"):
        models_dir()
    with pytest.raises(InputError, match=SAMPLE_NAME):
        sample_path()


def test_what_the_wheel_takes_along_is_there():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for source, target in project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"].items():
        assert (ROOT / source).exists(), source
        assert target == f"formcheck/bundled/{source}"


@pytest.mark.slow
def test_the_wheel_holds_everything_the_package_has(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    here = {path.relative_to(ROOT).as_posix() for path in (ROOT / "formcheck").rglob("*") if path.is_file()}
    here = {name for name in here if "__pycache__" not in name}
    assert here <= names, f"not in the wheel: {sorted(here - names)}"
    assert "formcheck/py.typed" in names
    extra = {name for name in names - here if not name.startswith(("formcheck/bundled/", f"formcheck-{__version__}.dist-info/"))}
    assert not extra, f"does not belong in the wheel: {sorted(extra)}"


@pytest.mark.slow
def test_the_wheel_holds_models_and_sample_unaltered(wheel):
    pairs = {f"formcheck/bundled/models/{name}": ROOT / "models" / name for name in MODELS}
    pairs[f"formcheck/bundled/samples/{SAMPLE_NAME}"] = ROOT / "samples" / SAMPLE_NAME
    with zipfile.ZipFile(wheel) as archive:
        for name, path in pairs.items():
            assert hashlib.sha256(archive.read(name)).digest() == hashlib.sha256(path.read_bytes()).digest(), name
        videos = [name for name in archive.namelist() if name.endswith(".mp4")]
    assert len(videos) == 1, "one sample is enough for an installed package"


@pytest.mark.slow
def test_the_wheel_says_what_it_is(wheel):
    info = f"formcheck-{__version__}.dist-info"
    with zipfile.ZipFile(wheel) as archive:
        metadata = archive.read(f"{info}/METADATA").decode()
        assert "Apache License" in archive.read(f"{info}/licenses/LICENSE").decode()
        assert "formcheck = formcheck.cli:main" in archive.read(f"{info}/entry_points.txt").decode()
    assert f"Version: {__version__}\n" in metadata
    assert "License-Expression: Apache-2.0\n" in metadata
    assert "Requires-Python: >=3.11\n" in metadata


@pytest.mark.slow
def test_in_an_empty_environment_the_command_answers(installed, tmp_path):
    version = run(installed / "formcheck", "--version", cwd=tmp_path)
    assert (version.returncode, version.stdout.strip()) == (0, f"formcheck {__version__}"), version.stderr
    exercises = run(installed / "formcheck", "exercises", "list", cwd=tmp_path)
    assert exercises.returncode == 0, exercises.stderr
    assert "hip-internal-rotation" in exercises.stdout
    assert "side-lying-hip-external-rotation" in exercises.stdout
    tests = run(installed / "formcheck", "test", cwd=tmp_path)
    assert tests.returncode == 2
    assert "run.py test" in tests.stderr


@pytest.mark.slow
def test_in_an_empty_environment_its_own_files_are_found(installed, tmp_path):
    code = "import formcheck.resources as r; print(r.models_dir()); print(r.sample_path())"
    done = run(installed / "python", "-c", code, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    models, sample = map(Path, done.stdout.splitlines())
    inside = installed.parent.resolve()
    assert models.resolve().is_relative_to(inside)
    assert models.parent.name == "bundled"
    assert sample.resolve().is_relative_to(inside)
    assert sample.stat().st_size == (ROOT / "samples" / SAMPLE_NAME).stat().st_size


@pytest.mark.slow
@pytest.mark.model
def test_in_an_empty_environment_the_demo_works(installed, tmp_path):
    done = run(installed / "formcheck", "demo", "--model", "lite", "--out", tmp_path / "results", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for name in ("session.json", "reps.csv", "frames.csv", "landmarks.npz", "annotated.mp4", "report.html"):
        assert (tmp_path / "results" / "demo" / name).stat().st_size > 0, name
