"""A whole guided session in a real browser, whose camera plays the bundled session, with the pose model; also when the server is killed."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from formcheck.benchmark.browser_loop import page_times
from formcheck.capture.motion_jpeg import write_motion_jpeg
from formcheck.history.store import History
from formcheck.web.endurance import endure_page
from formcheck.web.rehearsal import browser, camera_args, free_port
from tests.live_parts import guided
from tests.test_web_pages import violations
from tests.test_web_server import served

SAMPLE = Path(__file__).resolve().parent.parent / "samples" / "live-session.mp4"
#: Seconds of the bundled session: nobody moves before the first, and the third repetition is over at the second.
STILL_S, THREE_REPS_S = 7.5, 21.0
#: Somebody sits still so long while the models are timed or loaded, which takes a slow computer long: the film does not wait for it.
PATIENT_S = 45.0

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.model]


@pytest.fixture(scope="module")
def cameras(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The session after a patient wait, and one that waits and begins again after three repetitions."""
    folder = tmp_path_factory.mktemp("camera")
    still = write_motion_jpeg(SAMPLE, folder / "still.mjpeg", last_s=STILL_S).read_bytes() * round(PATIENT_S / STILL_S)
    three = write_motion_jpeg(SAMPLE, folder / "three.mjpeg", last_s=THREE_REPS_S).read_bytes()
    whole = write_motion_jpeg(SAMPLE, folder / "whole.mjpeg").read_bytes()
    session, again = folder / "session.mjpeg", folder / "again.mjpeg"
    session.write_bytes(still + whole)
    again.write_bytes(still + three + still + whole)
    return session, again


class Visit:
    """A tab, and what went wrong in it."""

    def __init__(self, tab: Any) -> None:
        self.tab = tab
        self.trouble: list[str] = []
        tab.on("pageerror", lambda error: self.trouble.append(str(error)))

    def begin(self, port: int, target: int) -> None:
        self.tab.goto(f"http://localhost:{port}/live")
        self.tab.wait_for_load_state("networkidle")
        assert violations(self.tab) == []
        self.tab.fill("[name=target]", str(target))
        self.tab.fill("[name=rest_s]", "3")
        self.tab.uncheck("[name=measure_range]")
        self.tab.get_by_role("button", name="Begin").click()
        # The first time on a computer, the models are timed.
        self.until("framing", 240)

    def until(self, stage: str, at_most_s: float) -> None:
        self.tab.wait_for_selector(f"body[data-stage={stage}]", timeout=1000 * at_most_s)

    def count(self, number: int, at_most_s: float) -> None:
        for _ in range(int(10 * at_most_s)):
            if self.tab.text_content("#done") == str(number):
                return
            self.tab.wait_for_timeout(100)
        raise AssertionError(f"{number} was not counted; the page says: {self.tab.inner_text('main')[:400]}")

    def finish(self) -> None:
        self.until("summary", 420)
        self.tab.keyboard.press("1")
        self.tab.keyboard.press("f")
        self.tab.wait_for_selector("#saved:not([hidden])", timeout=60_000)
        assert violations(self.tab) == []
        self.tab.get_by_role("link", name="Open the report").click()
        self.tab.wait_for_selector("html[data-ready]", timeout=60_000)
        assert self.trouble == []


def visits(chromium: Any) -> Iterator[Visit]:
    yield Visit(chromium.new_context(viewport={"width": 1280, "height": 900}, permissions=["camera"]).new_page())


def test_a_guided_session_in_the_browser_to_its_report(cameras: tuple[Path, Path], tmp_path: Path) -> None:
    with served(tmp_path / "data") as (_, port, _), browser(*camera_args(cameras[0])) as chromium:
        (visit,) = visits(chromium)
        visit.begin(port, 8)
        visit.until("set", 180)
        assert violations(visit.tab) == []
        visit.finish()
    (row,) = History(tmp_path / "data").sessions()
    assert (row.reps["right"], row.reps["left"], row.discomfort_after) == (8, 8, 1)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of this kind are not sent on Windows")
def test_a_server_killed_in_the_middle_of_a_set_goes_on_with_it(cameras: tuple[Path, Path], tmp_path: Path) -> None:
    data, port = tmp_path / "data", free_port()
    with browser(*camera_args(cameras[1])) as chromium:
        (visit,) = visits(chromium)
        with served(data, port=port) as (process, _, _):
            visit.begin(port, 6)
            visit.until("set", 180)
            visit.count(2, 200)
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        visit.tab.locator("#trouble", has_text="formcheck does not answer").wait_for(timeout=10_000)
        with served(data, port=port):
            visit.tab.locator("#trouble").wait_for(state="hidden", timeout=60_000)
            visit.until("set", 120)
            assert int(visit.tab.text_content("#done")) >= 2
            visit.finish()
    (row,) = History(data).sessions()
    assert (row.reps["right"], row.reps["left"], row.ended) == (6, 6, "completed")


def test_the_benchmark_of_the_page_measures_in_the_page() -> None:
    times = page_times(SAMPLE, "lite", measured_s=3.0)
    assert 20.0 < times.camera_fps < 40.0
    assert 0.0 < times.page_fps <= 1.1 * times.camera_fps and times.bare_fps > 1.0
    assert 0.0 < times.median_ms <= times.p95_ms < 5000.0
    assert times.ratio == pytest.approx(times.page_fps / min(times.camera_fps, times.bare_fps))


def test_a_long_session_is_lived_through_in_a_page() -> None:
    lived = endure_page(guided(12), minutes=0.5)
    assert lived.frames >= 900
    assert 0.0 < lived.heap_late_mb < 50.0
    if sys.platform != "win32":
        assert min(lived.server_early_mb, lived.server_late_mb, lived.page_early_mb, lived.page_late_mb) > 0.0
