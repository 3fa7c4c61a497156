"""A module that is put off: nothing of it is loaded until something of it is wanted."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from formcheck.loading import put_off

NAME = "slow_to_load"


@pytest.fixture(autouse=True)
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A module that notes beside itself that it was loaded."""
    path = tmp_path / f"{NAME}.py"
    path.write_text("from pathlib import Path\nPath(__file__).with_suffix('.loaded').touch()\nVALUE = 7\ndef twice(x): return 2 * x\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, NAME, raising=False)
    yield path.with_suffix(".loaded")
    sys.modules.pop(NAME, None)


def test_within_the_block_importing_it_loads_nothing(module: Path) -> None:
    with put_off(NAME, "twice"):
        later = importlib.import_module(NAME)
        twice = later.twice
        assert not hasattr(later, "__file__")
    assert not module.exists() and NAME not in sys.modules
    assert twice(4) == 8 and module.exists()
    assert later.VALUE == importlib.import_module(NAME).VALUE == 7
    assert importlib.import_module(NAME) is not later


def test_what_is_wanted_within_the_block_is_the_real_one(module: Path) -> None:
    with put_off(NAME):
        assert importlib.import_module(NAME).twice(3) == 6
        assert sys.modules[NAME].VALUE == 7
    assert sys.modules[NAME].VALUE == 7 and module.exists()
    with pytest.raises(AttributeError):
        _ = sys.modules[NAME].nothing


def test_what_is_loaded_already_stays(module: Path) -> None:
    real = importlib.import_module(NAME)
    with put_off(NAME):
        assert importlib.import_module(NAME) is real
    assert sys.modules[NAME] is real


def test_it_is_there_again_after_an_error(module: Path) -> None:
    with pytest.raises(KeyError), put_off(NAME):
        raise KeyError("x")
    assert importlib.import_module(NAME).VALUE == 7


def test_the_filters_are_loaded_ahead_without_the_statistics() -> None:
    code = (
        "import sys, numpy; from formcheck.motion.ahead import load_ahead; from formcheck.motion.filters import smoothed\n"
        "before = 'scipy.signal' in sys.modules; load_ahead().join()\n"
        "print(before, 'scipy.signal' in sys.modules, 'scipy.stats' in sys.modules)\n"
        "time = numpy.arange(90) / 30; ahead = smoothed(time, numpy.sin(time), 6.0)\n"
        "from scipy import signal, stats; print(stats.scoreatpercentile([1, 2, 3], 50), stats.norm.cdf(0.0))\n"
        "print(signal.find_peaks_cwt(numpy.sin(time * 9), [5])[:1], numpy.isfinite(ahead).all())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[:2] == ["False True False", "2.0 0.5"], done.stderr
    assert done.stdout.splitlines()[2].endswith("True")


def test_a_package_and_its_module_are_put_off_together(module: Path, tmp_path: Path) -> None:
    package = tmp_path / "slow_package"
    package.mkdir()
    (package / "__init__.py").write_text("from pathlib import Path\nPath(__file__).with_suffix('.loaded').touch()\n")
    (package / "inner.py").write_text("VALUE = 9\n")
    user = tmp_path / "its_user.py"
    user.write_text("import slow_package.inner as inner\ndef value(): return inner.VALUE\n")
    with put_off("slow_package"), put_off("slow_package.inner"):
        value = importlib.import_module("its_user").value
    assert not (package / "__init__.loaded").exists() and "slow_package" not in sys.modules
    assert value() == 9 and sys.modules["slow_package"].inner.VALUE == 9
    for name in ("slow_package", "slow_package.inner", "its_user"):
        del sys.modules[name]
