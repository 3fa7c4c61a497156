"""A server and a browser of one's own with a film as the camera, for the benchmark of the page and for tests of it."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.types import ASGIApp

from formcheck.errors import InputError

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["browser", "camera_args", "find_chromium", "free_port", "served"]

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
_START_S = 20.0


def free_port() -> int:
    """A port of this computer that nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(app: ASGIApp, port: int) -> Iterator[str]:
    """Serve an app in a thread; gives its address.

    Raises
    ------
    InputError
        It did not begin to listen.
    """
    import uvicorn

    config = uvicorn.Config(app, port=port, log_level="error", ws="websockets-sansio", timeout_graceful_shutdown=2)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="server", daemon=True)
    thread.start()
    end_s = time.monotonic() + _START_S
    while not server.started:
        if not thread.is_alive() or time.monotonic() > end_s:
            raise InputError(f"the server did not begin to listen on port {port}.")
        time.sleep(0.02)
    try:
        yield f"http://localhost:{port}"
    finally:
        server.should_exit = True
        thread.join(15.0)


def find_chromium() -> str | None:
    """The system's Chromium or Chrome, or None."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


def camera_args(film: Path) -> list[str]:
    """What Chromium is started with to play a film of `formcheck.capture.motion_jpeg` as its camera, and to allow it to every page."""
    return ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", f"--use-file-for-fake-video-capture={film}"]


@contextmanager
def browser(*args: str) -> Iterator[Browser]:
    """A Chromium without a window.

    Raises
    ------
    InputError
        There is none, or nothing to drive it with.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise InputError('the page is driven with Playwright, which is not installed: pip install "formcheck[test]"') from error
    path = find_chromium()
    if path is None:
        raise InputError("there is no Chromium or Chrome on this computer; install one.")
    with sync_playwright() as play:
        # Without a sandbox it also runs where the user is root, as in a container; it opens nothing but our own pages.
        found = play.chromium.launch(executable_path=path, args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required", *args])
        try:
            yield found
        finally:
            found.close()
