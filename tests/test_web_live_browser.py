"""A whole guided session in a real browser, whose camera plays the bundled session."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

from formcheck.web.services import Services
from tests.test_web_pages import serving, violations
from tests.test_web_server import free_port
from tests.web_support import services_of

SAMPLE = Path(__file__).resolve().parent.parent / "samples" / "live-session.mp4"

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.model]


def as_mjpeg(source: Path, target: Path) -> Path:
    """The film as the browser's stand-in for a camera plays it."""
    with av.open(str(source)) as film, av.open(str(target), "w", format="mjpeg") as out:
        pictures = film.streams.video[0]
        stream = out.add_stream("mjpeg", rate=30)
        stream.width, stream.height, stream.pix_fmt = pictures.width, pictures.height, "yuvj420p"
        for number, frame in enumerate(film.decode(pictures)):
            picture = av.VideoFrame.from_ndarray(frame.to_ndarray(format="rgb24"), format="rgb24").reformat(format="yuvj420p")
            picture.pts, picture.time_base = number, Fraction(1, 30)
            out.mux(stream.encode(picture))
        out.mux(stream.encode(None))
    return target


@pytest.fixture(scope="module")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return as_mjpeg(SAMPLE, tmp_path_factory.mktemp("camera") / "session.mjpeg")


@pytest.fixture
def tab(chromium: str, camera: Path) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    fake = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", f"--use-file-for-fake-video-capture={camera}"]
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required", *fake])
        context = browser.new_context(viewport={"width": 1280, "height": 900}, permissions=["camera"])
        yield context.new_page()
        browser.close()


def test_a_guided_session_in_the_browser_to_its_report(tab: Any, tmp_path: Path) -> None:
    port = free_port()
    made = services_of(tmp_path / "data")
    services = Services(frozenset({f"localhost:{port}"}), None, made.history, made.profiles)
    trouble: list[str] = []
    tab.on("console", lambda message: trouble.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: trouble.append(str(error)))
    with serving(services, port) as base:
        tab.goto(f"{base}/live")
        tab.wait_for_load_state("networkidle")
        assert violations(tab) == []
        tab.fill("[name=target]", "8")
        tab.fill("[name=rest]", "3")
        tab.uncheck("[name=range]")
        tab.get_by_role("button", name="Begin").click()
        tab.wait_for_selector("body[data-stage=framing]", timeout=90_000)
        tab.wait_for_selector("body[data-stage=set]", timeout=60_000)
        assert violations(tab) == []
        tab.wait_for_selector("body[data-stage=summary]", timeout=200_000)
        tab.keyboard.press("1")
        tab.keyboard.press("f")
        tab.wait_for_selector("#saved:not([hidden])", timeout=60_000)
        assert violations(tab) == []
        tab.get_by_role("link", name="Open the report").click()
        tab.wait_for_selector("html[data-ready]", timeout=60_000)
    (row,) = services.history.sessions()
    assert (row.reps["right"], row.reps["left"], row.discomfort_after) == (8, 8, 1)
    assert trouble == []
