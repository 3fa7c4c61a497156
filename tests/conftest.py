"""What all tests share: no network, repeatable property tests, and a browser only where there is one."""

from __future__ import annotations

import ipaddress
import os
import platform
import shutil
import socket
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from formcheck.web.rehearsal import find_chromium

IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}
ROOT = Path(__file__).resolve().parent.parent

settings.register_profile("formcheck", deadline=None, derandomize=IN_CI)
settings.load_profile("formcheck")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A browser test without a browser is skipped at home and fails in CI, where it must not go unnoticed."""
    if item.get_closest_marker("browser") and find_chromium() is None:
        if IN_CI:
            pytest.fail("Chromium is missing, and in CI the browser tests must run: install the package chromium", pytrace=False)
        pytest.skip("needs Chromium: install the package chromium")
    missing = [name for name in ("xvfb-run", "xdotool") if shutil.which(name) is None] if item.get_closest_marker("window") else []
    if missing:
        if IN_CI:
            pytest.fail(f"{' and '.join(missing)} missing, and in CI the window tests must run: install xvfb and xdotool", pytrace=False)
        pytest.skip("needs a virtual screen: install the packages xvfb and xdotool")
    if item.get_closest_marker("opensim") and find_spec("opensim") is None:
        if IN_CI and (platform.system(), platform.machine()) == ("Linux", "x86_64"):
            pytest.fail("OpenSim is missing, and in CI its reader must check: pip install -e '.[opensim]'", pytrace=False)
        pytest.skip("needs OpenSim, which not every system has: pip install -e '.[opensim]'")


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the browser; for tests marked `browser`."""
    path = find_chromium()
    assert path is not None, "tests that use this fixture carry the marker browser"
    return path


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    """A real browser; a test opens its own pages in it."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        found = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the project."""
    return ROOT


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    """formcheck never goes to the network; a test in whose process it tries fails."""
    connect = socket.socket.connect

    def only_here(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_here(str(address[0])):
            raise AssertionError(f"something tried to reach {address[0]}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", only_here)
        yield


@pytest.fixture(autouse=True, scope="session")
def _no_profiles_of_yours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The profiles of whoever runs the tests are neither read nor touched."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FORMCHECK_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        yield


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host == "localhost"
