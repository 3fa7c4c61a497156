"""Progress over weeks: the numbers, the page, and what is called a change."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import pytest

from formcheck.cli import main
from formcheck.history.entry import entry_of
from formcheck.history.store import History
from formcheck.profiles.trend import regularity_of
from formcheck.report.progress import ProgressLeg, ProgressPoint, progress_figure, write_progress_page
from tests.builders import example_recording, example_report

NOW = datetime(2026, 3, 2, 18, tzinfo=UTC)
HOSTILE = "</script><script>window.ran=1</script><img src=x onerror=window.ran=1>\u2028'\"&"


def leg_of(count: int = 5, person: str = "Anna", title: str = "Hip internal rotation", model: str = "full") -> ProgressLeg:
    points = tuple(ProgressPoint(NOW + timedelta(days=3 * k), 10, 20.0 + k, 3.0, k, "lite" if k == 2 else model) for k in range(count))
    return ProgressLeg(person, title, "right", points, "the range did not change")


def page(legs: list[ProgressLeg], folder: Path) -> str:
    write_progress_page(legs, ["5 sessions on 5 days."], folder / "progress.html")
    return (folder / "progress.html").read_text("utf-8")


def test_sessions_of_one_model_are_joined_and_another_model_has_its_own_mark() -> None:
    figure = progress_figure(leg_of())
    full, lite = figure["data"]
    assert (full["name"], len(full["x"])) == ("full", 4) and (lite["name"], lite["y"]) == ("lite", [22.0])
    assert full["marker"]["symbol"] != lite["marker"]["symbol"] and full["line"]["dash"] != lite["line"]["dash"]
    assert full["error_y"]["array"] == [3.0] * 4
    text = json.dumps(figure)
    for name in ("accent", "ink", "muted", "paper", "grid"):
        text = text.replace(f'"@{name}"', '"#123456"')
    go.Figure(json.loads(text))


def test_the_page_says_it_all_and_is_the_same_every_time(tmp_path: Path) -> None:
    text = page([leg_of()], tmp_path)
    assert text == page([leg_of()], tmp_path)
    for words in (
        "Progress of <bdi>Anna</bdi>",
        "5 sessions on 5 days.",
        "The range did not change.",
        "23° ± 3°",
        "0.4",
        "another pose model (full, lite)",
    ):
        assert words in text
    two = page([leg_of(), leg_of(person="Bo")], tmp_path)
    assert "Bo: Hip internal rotation, right leg" in two and "Progress of" not in two


@pytest.mark.parametrize("count", [0, 1, 200])
def test_none_one_and_two_hundred_sessions(tmp_path: Path, count: int) -> None:
    text = page([leg_of(count)] if count else [], tmp_path)
    assert (f"{count} session" in text) == (count > 0) and len(text.encode()) < 6_000_000
    assert ("No session was kept yet" in text) is False


def test_what_is_not_known_is_no_number(tmp_path: Path) -> None:
    unknown = ProgressPoint(NOW, 0, math.nan, math.nan, 0, "")
    text = page([ProgressLeg("Anna", "Clamshell", "left", (unknown,), "too few sessions")], tmp_path)
    assert "not known" in text and "NaN" not in text[text.index("<body>") : text.index('id="figures"')]


def test_regularity_is_told_by_days() -> None:
    report = example_report(example_recording())
    rows = [entry_of(report, f"s{k}", NOW + timedelta(days=day), source="live", person="Anna").row for k, day in enumerate((0, 0, 3, 13))]
    (anna,) = regularity_of(rows)
    assert (anna.sessions, anna.days, anna.longest_pause_days) == (4, 3, 10) and anna.days_a_week == pytest.approx(1.5)
    (once,) = regularity_of(rows[:1])
    assert (once.days, once.longest_pause_days, once.days_a_week) == (1, 0, 1.0)
    assert regularity_of([]) == []


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FORMCHECK_DATA_DIR", str(tmp_path / "data"))
    report = example_report(example_recording(reps=5), reps=5)
    for k in range(3):
        History().add(entry_of(report, f"s{k}", NOW + timedelta(days=k), source="live", person="Anna"))
    return tmp_path


def test_trend_writes_the_page_once(data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    file = data / "out" / "progress.html"
    assert main(["history", "trend", "--html", str(file)]) == 0 and str(file) in capsys.readouterr().out
    assert "3 sessions on 3 days" in file.read_text("utf-8") and not opened
    assert main(["history", "trend", "--html", str(file)]) == 2 and "is there already" in capsys.readouterr().err
    for _ in range(2):
        assert main(["history", "trend", "--open"]) == 0
    assert len(opened) == 2 and (data / "data" / "progress.html").exists()
    assert main(["history", "trend"]) == 0 and "per repetition" in capsys.readouterr().out


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("width", [390, 1280, 1920])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_every_window_and_pleases_the_checker(tmp_path: Path, browser: Any, width: int, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page([leg_of(), leg_of(14, HOSTILE, HOSTILE, HOSTILE), leg_of(2, "x" * 60, "Unbroken" * 20)], tmp_path)
    trouble: list[str] = []
    tab = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    tab.on("console", lambda message: trouble.append(message.text))
    tab.on("pageerror", lambda error: trouble.append(str(error)))
    tab.on("request", lambda request: trouble.append(request.url) if not request.url.startswith(("file", "data")) else None)
    tab.goto((tmp_path / "progress.html").as_uri())
    tab.wait_for_selector("html[data-ready]", timeout=30_000)
    assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth") and tab.evaluate("window.ran") is None
    found = Axe().run(tab)
    assert found.violations_count == 0, found.generate_report()
    tab.close()
    assert not trouble
