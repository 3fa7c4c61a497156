"""The pages of the web app in a real browser: at both widths, light and dark, by keyboard, and a film from choosing to its report."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from formcheck.web.app import make_app
from formcheck.web.jobs import JobQueue
from formcheck.web.rehearsal import free_port, served
from formcheck.web.services import Services
from tests.cli_support import film, use_stand_in
from tests.web_support import keep_session, services_of, until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WIDTHS = (390, 1280)
SAMPLES = Path(__file__).resolve().parent.parent / "samples"
LONG = "Ein ungewöhnlich langer Name für eine Übung, der nirgends hinpasst und trotzdem ganz zu lesen sein soll"


@contextmanager
def serving(services: Services, port: int, queue: JobQueue | None = None) -> Iterator[str]:
    with served(make_app(services, queue), port) as base:
        yield base


@pytest.fixture
def app(tmp_path: Path) -> Iterator[tuple[str, Services, str]]:
    port = free_port()
    services = services_of(tmp_path / "data")
    services = Services(frozenset({f"localhost:{port}"}), None, services.history, services.profiles)
    keep_session(services, 1, title=LONG)
    session = keep_session(services, 0)
    with serving(services, port) as base:
        yield base, services, session


@contextmanager
def tab_of(browser: Any, base: str, width: int = 1280, scheme: str = "light") -> Iterator[tuple[Any, list[str]]]:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce")
    tab, trouble = context.new_page(), []
    tab.on("console", lambda message: trouble.append(message.text) if message.type in ("error", "warning") else None)
    tab.on("pageerror", lambda error: trouble.append(str(error)))
    tab.on("request", lambda request: trouble.append(request.url) if not request.url.startswith((base, "data:", "blob:")) else None)
    yield tab, trouble
    context.close()


def violations(tab: Any) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(tab).response["violations"]
    return [f"{rule['id']}: {node['target']} {node.get('failureSummary', '')}" for rule in found for node in rule["nodes"]]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_amiss_on_any_page(app: Any, browser: Any, width: int, scheme: str) -> None:
    base, _, session = app
    pages = ["/", "/live", "/recorded", "/history", f"/history/{session}", "/exercises", "/profiles", "/data"]
    pages += [f"/exercises/{name}" for name in ("hip-internal-rotation", "standing-hip-abduction", "side-lying-hip-external-rotation")]
    with tab_of(browser, base, width, scheme) as (tab, trouble):
        for page in pages:
            tab.goto(base + page)
            tab.wait_for_load_state("networkidle")
            assert trouble == [], page
            assert tab.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, page
            assert violations(tab) == [], page
            assert all(tab.evaluate("[...document.images].map((image) => image.naturalWidth > 0)")), page


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_film_goes_from_choosing_to_its_report_and_away(
    app: Any, browser: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, width: int, scheme: str
) -> None:
    use_stand_in(monkeypatch)
    path = film(tmp_path / "monday <b>.mp4")
    goes_through(app, browser, path, width, scheme)


@pytest.mark.model
def test_a_bundled_film_goes_the_same_way_with_the_pose_model(app: Any, browser: Any) -> None:
    goes_through(app, browser, SAMPLES / "hip-internal-rotation-jerky-fast.mp4", 1280, "light", model="lite")


def goes_through(app: Any, browser: Any, path: Path, width: int, scheme: str, model: str = "heavy") -> None:
    """Sent, analysed, its report sought in, saved as a table, deleted."""
    base, services, _ = app
    with tab_of(browser, base, width, scheme) as (tab, trouble):
        tab.goto(f"{base}/recorded")
        tab.select_option("[name=model]", model)
        tab.set_input_files("#files", str(path))
        tab.wait_for_selector(".job[data-state=done]", timeout=120_000)
        assert tab.locator(".job .name").inner_text() == path.name
        assert "repetition" in tab.locator(".job .verdict").inner_text() and violations(tab) == []
        tab.reload()
        tab.get_by_role("link", name="Report").click()
        tab.wait_for_selector("html[data-ready]", timeout=30_000)
        third = float(tab.locator("tr.rep").nth(2).get_attribute("data-seconds"))
        tab.locator("tr.rep").nth(2).locator("td").nth(4).click()
        until(lambda: abs(tab.evaluate("document.getElementById('video').currentTime") - third) < 0.1, 15)
        # A report is shut off: it can ask nothing of the server it came from.
        refused = tab.evaluate("fetch('/api/history').then(() => 'answered', () => 'refused')")
        assert refused == "refused"
        tab.go_back()
        tab.on("dialog", lambda dialog: dialog.accept())
        tab.get_by_role("link", name="In the history").click()
        with tab.expect_download() as saved:
            tab.locator("a[download], a[href$='reps.csv']").first.click()
        assert len(Path(saved.value.path()).read_text("utf-8").splitlines()) > 3
        tab.get_by_role("button", name="Delete this session").click()
        tab.wait_for_url(f"{base}/history")
        tab.goto(f"{base}/recorded")
        tab.get_by_role("button", name="Remove").click()
        tab.wait_for_selector(".job", state="detached")
        assert [
            line for line in trouble if "Content Security Policy" not in line and "api/history" not in line and "fetch" not in line
        ] == []
    assert len(services.history.sessions()) == 2 and not any(services.results.glob("*"))


def test_what_is_no_film_is_told_in_the_page(app: Any, browser: Any, tmp_path: Path) -> None:
    base, _, _ = app
    path = tmp_path / "notes.mp4"
    path.write_text("no film")
    with tab_of(browser, base) as (tab, _):
        tab.goto(f"{base}/recorded")
        tab.set_input_files("#files", str(path))
        tab.wait_for_selector("#trouble:not([hidden])")
        assert tab.locator("#trouble").inner_text().startswith("notes.mp4: ") and tab.locator(".job").count() == 0


def test_the_page_says_that_the_server_is_gone_and_goes_on_when_it_is_back(tmp_path: Path, browser: Any) -> None:
    port = free_port()
    made = services_of(tmp_path / "data")
    services = Services(frozenset({f"localhost:{port}"}), None, made.history, made.profiles)
    with tab_of(browser, f"http://localhost:{port}") as (tab, _):
        with serving(services, port) as base:
            tab.goto(f"{base}/recorded")
            tab.wait_for_load_state("networkidle")
        tab.wait_for_selector("#trouble:not([hidden])", timeout=20_000)
        with serving(services, port):
            tab.wait_for_selector("#trouble", state="hidden", timeout=20_000)


def test_everything_is_reached_by_keyboard(app: Any, browser: Any) -> None:
    base, _, _ = app
    with tab_of(browser, base) as (tab, _):
        tab.goto(base)
        tab.keyboard.press("Tab")
        assert tab.evaluate("document.activeElement.className") == "skip"
        tab.keyboard.press("Enter")
        assert tab.evaluate("document.activeElement.id") == "main"
        tab.keyboard.press("Tab")
        assert tab.evaluate("document.activeElement.getAttribute('href')") == "/live"
        tab.keyboard.press("Enter")
        tab.wait_for_url(f"{base}/live")
        live = {"exercise", "legs", "target", "direction", "tempo", "rest_s", "discomfort", "person", "camera", "measure_range", "breath"}
        assert live | {"begin"} <= walked(tab)
        tab.goto(f"{base}/recorded")
        films = {"files", "purpose", "exercise", "side", "direction", "model", "person", "profile", "mirrored", "history"}
        assert films <= walked(tab)


def walked(tab: Any) -> set[str]:
    """The ids or names of what one comes to with the Tab key."""
    seen = set[str]()
    for _ in range(30):
        tab.keyboard.press("Tab")
        seen.add(tab.evaluate("document.activeElement.id || document.activeElement.name || ''"))
    return seen
