"""The page of a guided session when something goes wrong: no camera, one that goes away, a page left, a server that ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from formcheck.motion.recording import PoseRecording
from formcheck.web.app import make_app
from formcheck.web.live_rooms import Rooms
from formcheck.web.rehearsal import free_port, served
from formcheck.web.services import Services
from tests.live_parts import guided
from tests.test_web_live import Poses
from tests.test_web_pages import violations
from tests.web_support import services_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TWO_CAMERAS = "--use-fake-device-for-media-stream=device-count=2,fps=30"
ALLOWED = "--use-fake-ui-for-media-stream"

Open = Callable[..., Any]


@pytest.fixture
def open_tab(chromium: str) -> Iterator[Open]:
    """Opens a tab in a browser of its own, with cameras as its arguments say."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browsers, trouble = [], list[str]()

        def opened(*args: str, **context: Any) -> Any:
            browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox", *args])
            browsers.append(browser)
            tab = browser.new_context(**({"viewport": {"width": 1280, "height": 900}} | context)).new_page()
            tab.on("pageerror", lambda error: trouble.append(str(error)))
            return tab

        yield opened
        for browser in browsers:
            browser.close()
        assert trouble == []


@contextmanager
def coached(folder: Path, recording: PoseRecording | None = None, port: int | None = None) -> Iterator[tuple[str, Services]]:
    """A server whose pose model sees somebody of its own, whatever the camera shows."""
    at = port or free_port()
    made = services_of(folder)
    services = Services(frozenset({f"localhost:{at}"}), None, made.history, made.profiles)
    seen = recording if recording is not None else guided(14)
    with served(make_app(services, rooms=Rooms(services, lambda: Poses(seen), threaded=False)), at) as base:
        yield base, services


def begin(tab: Any, base: str, target: int = 3) -> None:
    tab.goto(f"{base}/live")
    tab.wait_for_load_state("networkidle")
    tab.select_option("#legs", "right")
    tab.fill("[name=target]", str(target))
    tab.uncheck("[name=measure_range]")
    tab.get_by_role("button", name="Begin").click()


def when(tab: Any, expression: str, at_most_s: float = 20.0) -> None:
    """Wait until it is true in the page, whose policy forbids the browser driver's own way of waiting."""
    for _ in range(int(10 * at_most_s)):
        if tab.evaluate(expression):
            return
        tab.wait_for_timeout(100)
    raise AssertionError(f"{expression} did not come true; the page says: {tab.inner_text('main')[:500]}")


def counted(tab: Any, number: int) -> None:
    when(tab, f"document.getElementById('done').textContent === '{number}'", 60)


def told(tab: Any, words: str) -> None:
    tab.locator("#trouble", has_text=words).wait_for(timeout=20_000)


def until_quiet(tab: Any) -> None:
    tab.locator("#trouble").wait_for(state="hidden", timeout=20_000)


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        ("NotAllowedError", "does not let this page use the camera"),
        ("NotFoundError", "There is no camera"),
        ("NotReadableError", "Another program uses the camera"),
        ("Error", "The camera does not open"),
    ],
)
def test_a_camera_that_cannot_be_had_is_explained_and_tried_again(tmp_path: Path, open_tab: Open, failure: str, words: str) -> None:
    tab = open_tab(TWO_CAMERAS, ALLOWED)
    tab.add_init_script(
        f"window.real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);"
        f"navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', '{failure}'));"
    )
    with coached(tmp_path / "data") as (base, services):
        begin(tab, base)
        told(tab, words)
        assert tab.is_visible("#setup") and tab.is_hidden("#session") and violations(tab) == []
        tab.evaluate("() => { navigator.mediaDevices.getUserMedia = window.real; }")
        tab.get_by_role("button", name="Begin").click()
        tab.wait_for_selector("body[data-stage=framing]", timeout=20_000)
        until_quiet(tab)
        assert services.history.sessions() == []


def test_the_browser_itself_refuses_or_has_none(tmp_path: Path, open_tab: Open) -> None:
    with coached(tmp_path / "data") as (base, _):
        tab = open_tab(TWO_CAMERAS)
        tab.context.clear_permissions()
        begin(tab, base)
        told(tab, "does not let this page use the camera")
        tab = open_tab(permissions=["camera"])
        begin(tab, base)
        told(tab, "There is no camera")


def test_a_camera_that_goes_away_comes_back_by_itself_and_nothing_counted_is_lost(tmp_path: Path, open_tab: Open) -> None:
    tab = open_tab(TWO_CAMERAS, ALLOWED)
    with coached(tmp_path / "data") as (base, _):
        begin(tab, base)
        counted(tab, 1)
        tab.keyboard.press("x")
        assert tab.get_attribute("#mirror", "aria-pressed") == "false"
        tab.evaluate(
            """() => {
              window.real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
              navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("unplugged", "NotFoundError"));
              const [track] = document.getElementById("video").srcObject.getVideoTracks();
              track.stop();
              track.dispatchEvent(new Event("ended"));
            }"""
        )
        told(tab, "The camera went away")
        when(tab, "document.getElementById('instruction').textContent.includes('No pictures come')")
        assert tab.text_content("#done") == "1"
        tab.evaluate("() => { navigator.mediaDevices.getUserMedia = window.real; }")
        until_quiet(tab)
        # What was chosen before the camera went away holds.
        assert tab.get_attribute("#mirror", "aria-pressed") == "false"
        tab.wait_for_selector("body[data-stage=summary]", timeout=90_000)


def test_a_page_in_the_background_says_so_and_goes_on_when_it_is_back(tmp_path: Path, open_tab: Open) -> None:
    tab = open_tab(TWO_CAMERAS, ALLOWED)
    hide = """value => {
      Object.defineProperty(document, "hidden", { value, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }"""
    with coached(tmp_path / "data") as (base, _):
        begin(tab, base)
        counted(tab, 1)
        # A page in the background gets no pictures of its video.
        tab.evaluate("document.getElementById('video').pause()")
        tab.evaluate(hide, True)
        told(tab, "in the background")
        when(tab, "document.getElementById('instruction').textContent.includes('No pictures come')")
        tab.evaluate("document.getElementById('video').play()")
        tab.evaluate(hide, False)
        until_quiet(tab)
        tab.wait_for_selector("body[data-stage=summary]", timeout=90_000)


def test_a_server_that_ends_and_comes_back_finds_the_page_and_the_set_goes_on(tmp_path: Path, open_tab: Open) -> None:
    tab, port = open_tab(TWO_CAMERAS, ALLOWED), free_port()
    with coached(tmp_path / "data", port=port) as (base, _):
        begin(tab, base, target=4)
        counted(tab, 2)
    told(tab, "formcheck does not answer")
    assert tab.is_visible("#session")
    with coached(tmp_path / "data", guided(3), port=port) as (_, services):
        until_quiet(tab)
        tab.wait_for_selector("body[data-stage=set]", timeout=60_000)
        assert int(tab.text_content("#done")) >= 2
        tab.wait_for_selector("body[data-stage=summary]", timeout=90_000)
        tab.keyboard.press("f")
        tab.wait_for_selector("#saved:not([hidden])", timeout=30_000)
        (row,) = services.history.sessions()
        assert (row.reps["right"], row.ended) == (4, "completed")


def test_a_page_that_is_loaded_again_offers_the_session_that_waits(tmp_path: Path, open_tab: Open) -> None:
    tab = open_tab(TWO_CAMERAS, ALLOWED)
    with coached(tmp_path / "data") as (base, services):
        begin(tab, base)
        counted(tab, 1)
        tab.reload()
        card = tab.locator("#unfinished li", has_text="the session waits")
        card.wait_for(timeout=15_000)
        assert "1 right leg" in card.text_content() and violations(tab) == []
        card.get_by_role("button", name="Go on").click()
        tab.wait_for_selector("body[data-stage=summary]", timeout=90_000)
        tab.keyboard.press("f")
        tab.wait_for_selector("#saved:not([hidden])", timeout=30_000)
        assert services.history.sessions()[0].reps["right"] == 3


def test_pain_stops_at_once_by_key_and_by_button_and_the_advice_is_read_out(tmp_path: Path, open_tab: Open) -> None:
    tab = open_tab(TWO_CAMERAS, ALLOWED)
    with coached(tmp_path / "data") as (base, services):
        for press in (lambda: tab.keyboard.press("Escape"), lambda: tab.click("#pain")):
            begin(tab, base)
            tab.wait_for_selector("body[data-stage=set]", timeout=60_000)
            press()
            tab.wait_for_selector("body[data-stage=stopped]", timeout=2_000)
            assert tab.get_attribute("#advice", "role") == "alert" and tab.text_content("#advice")
            assert violations(tab) == []
            tab.keyboard.press("4")
            tab.keyboard.press("f")
            tab.wait_for_selector("#saved:not([hidden])", timeout=30_000)
        assert [row.ended for row in services.history.sessions()] == ["pain", "pain"]


def test_cameras_are_switched_and_mirrored_and_the_choice_is_remembered(tmp_path: Path, open_tab: Open) -> None:
    tab = open_tab(TWO_CAMERAS, ALLOWED, viewport={"width": 390, "height": 844})
    with coached(tmp_path / "data") as (base, _):
        tab.goto(f"{base}/live")
        tab.wait_for_load_state("networkidle")
        assert tab.locator("#camera option").all_text_contents()[:3] == ["the usual one", "front camera", "back camera"]
        tab.fill("[name=person]", "Anna")
        tab.fill("[name=rest_s]", "12")
        begin(tab, base, target=7)
        tab.wait_for_selector("body[data-stage=framing]", timeout=20_000)
        which = "document.getElementById('video').srcObject.getVideoTracks()[0].getSettings().deviceId"
        first = tab.evaluate(which)
        tab.get_by_role("button", name="Other camera").click()
        when(tab, f"{which} !== '{first}'")
        mirrored = "document.querySelector('.picture').classList.contains('mirrored')"
        before = tab.evaluate(mirrored)
        tab.keyboard.press("x")
        assert tab.evaluate(mirrored) is not before
        tab.get_by_role("button", name="Mirror").click()
        assert tab.evaluate(mirrored) is before
        tab.goto(f"{base}/live?exercise=hip-internal-rotation")
        tab.wait_for_load_state("networkidle")
        assert (tab.input_value("[name=target]"), tab.input_value("#legs")) == ("7", "right")
        # Another exercise has other limits, but the same person does it.
        tab.goto(f"{base}/live?exercise=standing-hip-abduction")
        tab.wait_for_load_state("networkidle")
        assert tab.input_value("[name=target]") == tab.evaluate(
            "JSON.parse(document.getElementById('facts').textContent)['standing-hip-abduction'].target + ''"
        )
        tab.goto(f"{base}/data")
        tab.on("dialog", lambda dialog: dialog.accept())
        with tab.expect_navigation():
            tab.get_by_role("button", name="Delete everything").click()
        when(tab, "localStorage.length === 0")
