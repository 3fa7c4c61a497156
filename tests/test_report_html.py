"""report.html: everything said, nothing fetched, nothing run that was not meant to, and usable by keyboard, phone and printer."""

from __future__ import annotations

import base64
import io
import json
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from formcheck.exercise.session import FAULT_CODES, Fault, FaultCode, Rejection, SessionReport, Timeline
from formcheck.motion.landmarks import Side
from formcheck.report import html
from formcheck.report.html import write_html
from formcheck.report.plots import MAX_POINTS, angle_figure, decimated
from formcheck.report.words import FAULT_MEANING, FAULT_TITLE, REJECTION_WORDS, clock, degrees, evidence
from tests.builders import example_recording, example_report

HOSTILE = "</script><script>window.ran=1</script><img src=x onerror=window.ran=1>\u2028'\"&.mp4"


@pytest.fixture(scope="module")
def report() -> SessionReport:
    return example_report(example_recording())


def jpeg(size: tuple[int, int] = (160, 120)) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", size, "teal").save(data, "JPEG")
    return data.getvalue()


def page(report: SessionReport, folder: Path, stills: dict[int, bytes] | None = None, annotated: Path | str | None = None) -> str:
    write_html(report, folder / "report.html", stills or {}, annotated)
    return (folder / "report.html").read_text("utf-8")


def words_of(text: str) -> str:
    """The page without its scripts and styles."""
    return re.sub(r"<(script|style)[^>]*>.*?</\1>", "", text, flags=re.DOTALL)


def hostile(report: SessionReport) -> SessionReport:
    rep = replace(report.reps[0], direction=HOSTILE, smoothness=replace(report.reps[0].smoothness, reason=HOSTILE))
    fault = replace(report.faults[0], message=HOSTILE, unit=HOSTILE)
    unseen = replace(report.not_measured[0], what=HOSTILE, reason=HOSTILE)
    return replace(
        report,
        title=HOSTILE,
        exercise=HOSTILE,
        shown_angle=HOSTILE,
        source={**report.source, "path": HOSTILE},
        settings={HOSTILE: HOSTILE},
        reps=(rep, *report.reps[1:]),
        faults=(fault,),
        not_measured=(unseen,),
    )


def session_of(report: SessionReport, seconds: float, reps: int) -> SessionReport:
    """A long session of many movements, each with a fault."""
    time_s = np.arange(round(seconds * 30)) / 30
    curve = 20 * np.sin(time_s) ** 2
    curve[1000:1100] = np.nan
    line = Timeline(time_s, {}, {side: curve for side in Side}, report.timeline.phase, np.ones(len(time_s), bool))
    pitch = seconds / reps
    found = tuple(replace(report.reps[1], number=k + 1, start_s=k * pitch, end_s=k * pitch + 0.8 * pitch) for k in range(reps))
    faults = tuple(replace(report.faults[0], rep=rep.number, start_s=rep.start_s, end_s=rep.end_s) for rep in found)
    return replace(report, timeline=line, reps=found, faults=faults)


@given(st.lists(st.one_of(st.floats(-90, 90), st.just(float("nan"))), min_size=0, max_size=400), st.integers(5, 60))
def test_decimation_keeps_ends_extremes_and_gaps(values, most):
    curve = np.array(values, float)
    index = decimated(curve, most)
    assert len(index) <= max(most, 0) and (np.diff(index) > 0).all()
    if not len(curve):
        return
    assert (index[0], index[-1]) == (0, len(curve) - 1)
    kept = curve[index]
    if np.isfinite(curve).any():
        assert np.nanmax(kept) == np.nanmax(curve) and np.nanmin(kept) == np.nanmin(curve)
    assert np.isnan(kept).any() == np.isnan(curve).any()


def test_the_figure_is_one_that_plotly_knows(report):
    text = json.dumps(angle_figure(report), allow_nan=False)
    go.Figure(json.loads(re.sub(r'"@\w+"', '"#123456"', text)))


def test_the_figure_tells_counted_from_not_counted_without_colour(report):
    layout = angle_figure(report)["layout"]
    bands = [shape for shape in layout["shapes"] if shape["type"] == "rect"]
    assert [band["line"].get("dash") for band in bands] == [None, None, "dot"]
    notes = [note["text"] for note in layout["annotations"] if note.get("name") == "movement"]
    assert notes == ["<b>1</b>", "<b>2</b>", "3 ✕"]
    assert [shape["y0"] for shape in layout["shapes"] if shape["type"] == "line"] == [35.0]


def test_the_limit_is_where_the_counted_movements_went(report):
    line = replace(report.timeline, shown_deg={side: -value for side, value in report.timeline.shown_deg.items()})
    layout = angle_figure(replace(report, timeline=line))["layout"]
    assert [shape["y0"] for shape in layout["shapes"] if shape["type"] == "line"] == [-35.0]
    assert layout["yaxis"]["range"][0] < -35


def test_a_missing_stretch_is_a_gap(report):
    shown = report.timeline.shown_deg[Side.RIGHT].copy()
    shown[10:20] = np.nan
    line = replace(report.timeline, shown_deg={side: shown for side in Side})
    (curve, *_) = angle_figure(replace(report, timeline=line))["data"]
    assert curve["y"][9:21].count(None) == 10 and curve["connectgaps"] is False


def test_all_is_said(report, tmp_path):
    text = words_of(page(report, tmp_path, {0: jpeg()}))
    for words in (
        "2 repetitions, 1 of them with nothing to correct.",
        "a set is 10 to 15",
        "Further than the limit",
        FAULT_MEANING[FaultCode.OVER_ROTATION],
        "20° ± 3°",
        "20° ± ?",
        "Looked for: Whether the limit was kept",
        "not counted: smaller than a full repetition",
        "at most 35°",
        "Seated, the hip landmarks hardly show a hike.",
        "0" * 64,
        "not a medical device",
        "Stop if it hurts",
    ):
        assert words in text, words
    assert text.count("data:image/jpeg;base64,") == 1 and "nan" not in re.sub(r"[a-z]nan|nan[a-z]", "", text.lower())


def test_headings_go_down_one_step_at_a_time(report, tmp_path):
    levels = [int(level) for level in re.findall(r"<h([1-6])", words_of(page(report, tmp_path)))]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_words_exist_for_every_kind():
    assert set(FAULT_TITLE) == set(FAULT_MEANING) == set(FAULT_CODES)
    assert set(REJECTION_WORDS) == set(Rejection)


@pytest.mark.parametrize(
    ("unit", "measured", "limit", "words"),
    [
        ("deg", 41.2, 35.0, ("about 41°", "at most 35°")),
        ("s", 0.512, 0.8, ("0.51 s", "at least 0.80 s")),
        ("shank lengths", 0.12, 0.06, ("12 % of the shin's length", "at most 6 %")),
        ("times the limit", 1.62, 1.0, ("1.6 times the limit for an even movement", "at most 1.0 times")),
        ("deg", float("nan"), 35.0, ("–", "at most 35°")),
    ],
)
def test_evidence_has_units_people_know(report, unit, measured, limit, words):
    assert evidence(replace(report.faults[0], unit=unit, measured=measured, limit=limit)) == words


def test_times_and_degrees_in_words():
    assert [clock(value) for value in (0.0, 59.94, 59.96, 185.2, float("nan"))] == ["0.0 s", "59.9 s", "1:00", "3:05", "–"]
    assert [degrees(-3.6), degrees(-0.2), degrees(20.4, 2.6), degrees(float("nan"), 1.0)] == ["−4°", "0°", "20° ± 3°", "–"]


def test_the_same_report_gives_the_same_page(report, tmp_path):
    assert page(report, tmp_path, {0: jpeg()}) == page(report, tmp_path, {0: jpeg()})


def test_names_and_words_cannot_become_markup(report, tmp_path):
    text = page(hostile(report), tmp_path)
    assert "<script>window.ran" not in text and "<img src=x" not in text
    data = re.search(r'id="plot-data">(.*?)</script>', text, re.DOTALL)
    assert data is not None and "\u2028" not in data[1] and "<" not in data[1]
    json.loads(data[1])


def test_a_small_video_is_inside_and_a_large_one_beside(report, tmp_path, monkeypatch):
    video = tmp_path / "annotated.mp4"
    video.write_bytes(bytes(range(256)) * 5000)
    inside = page(report, tmp_path, annotated="annotated.mp4")
    found = re.search(r'src="data:video/mp4;base64,([^"]*)"', inside)
    assert found is not None and base64.b64decode(found[1]) == video.read_bytes()
    monkeypatch.setattr(html, "MAX_EMBEDDED_VIDEO_BYTES", 1000)
    beside = page(report, tmp_path, annotated=video)
    assert 'src="annotated.mp4"' in beside and "data:video" not in beside and 'href="annotated.mp4#t=1.000"' in beside
    assert "<video" not in words_of(page(report, tmp_path))


def test_half_an_hour_with_many_pictures_stays_small_and_quick(report, tmp_path):
    long = session_of(report, 1800, 300)
    stills = {k: jpeg((480, 360)) + bytes(20_000) for k in range(200)}
    start = time.perf_counter()
    text = page(long, tmp_path, stills)
    assert time.perf_counter() - start < 2
    assert len(text.encode()) < 6_000_000
    assert 60 <= text.count("data:image/jpeg;base64,") < 200
    assert all(len(trace["x"]) <= MAX_POINTS for trace in angle_figure(long)["data"])


@pytest.mark.parametrize(
    "change", [{"reps": (), "faults": (), "not_measured": (), "sides": ()}, {"source": {}, "model": {}, "settings": {}}]
)
def test_a_session_with_little_in_it_still_has_a_page(report, tmp_path, change):
    text = words_of(page(replace(report, **change), tmp_path))
    assert "What could not be measured" in text


def test_a_fault_without_repetition_or_time(report, tmp_path):
    nan = float("nan")
    fault = Fault(FaultCode.TRUNK_LEAN, "fault", "both", None, nan, nan, nan, nan, "deg", "sit tall")
    text = words_of(page(replace(report, faults=(fault,)), tmp_path))
    assert "Both legs" in text and "Sit tall." in text


@pytest.fixture
def opened(browser) -> Iterator[Any]:
    """Opens a page of a folder; at the end nothing may have been fetched or complained about."""
    trouble: list[str] = []
    tabs: list[Any] = []

    def open_page(folder: Path, **options: Any) -> Any:
        tab = browser.new_page(**options)
        tabs.append(tab)
        tab.on("console", lambda message: trouble.append(message.text))
        tab.on("pageerror", lambda error: trouble.append(str(error)))
        tab.on("request", lambda request: trouble.append(request.url) if request.url.startswith(("http", "ws", "ftp")) else None)
        tab.goto((folder / "report.html").as_uri())
        tab.wait_for_selector("html[data-ready]", timeout=30_000)
        return tab

    yield open_page
    for tab in tabs:
        tab.close()
    assert not trouble


@pytest.mark.browser
@pytest.mark.slow
class TestInABrowser:
    @pytest.mark.parametrize("width", [390, 1280, 1920])
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_it_fits_the_window(self, report, tmp_path, opened, width, scheme):
        long_words = replace(report, title="Unbroken" * 30, source={**report.source, "path": "x" * 240 + ".mp4"})
        page(long_words, tmp_path, {0: jpeg()})
        tab = opened(tmp_path, viewport={"width": width, "height": 900}, color_scheme=scheme)
        assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert tab.locator("#plot .scatterlayer .trace").count() == 2

    def test_hostile_words_do_not_run(self, report, tmp_path, opened):
        page(hostile(report), tmp_path)
        tab = opened(tmp_path)
        tab.wait_for_timeout(200)
        assert tab.evaluate("window.ran") is None

    @pytest.mark.parametrize("embedded", [True, False])
    def test_rows_and_faults_move_the_video_by_mouse_and_keyboard(self, report, tmp_path, opened, root, monkeypatch, embedded):
        (tmp_path / "annotated.mp4").write_bytes((root / "samples" / "hip-internal-rotation-too-far.mp4").read_bytes())
        if not embedded:
            monkeypatch.setattr(html, "MAX_EMBEDDED_VIDEO_BYTES", 1000)
        page(report, tmp_path, annotated="annotated.mp4")
        tab = opened(tmp_path)
        tab.wait_for_function("document.getElementById('video').readyState >= 1")

        def now(seconds: float) -> None:
            tab.wait_for_function(f"Math.abs(document.getElementById('video').currentTime - {seconds}) < 0.05")

        tab.locator("tr.rep").nth(2).locator("td").nth(4).click()
        now(report.reps[2].start_s)
        tab.locator("tr.rep .seek").first.focus()
        tab.keyboard.press("Enter")
        now(report.reps[0].start_s)
        tab.locator(".fault h4").first.click()
        now(report.faults[0].start_s)
        assert tab.locator("#cursor").is_visible()

    def test_the_plots_move_the_video(self, report, tmp_path, opened, root):
        (tmp_path / "annotated.mp4").write_bytes((root / "samples" / "hip-internal-rotation-too-far.mp4").read_bytes())
        page(report, tmp_path, annotated="annotated.mp4")
        tab = opened(tmp_path, viewport={"width": 1280, "height": 900})
        video = tab.locator("#video")

        def until(condition: str) -> None:
            # Not by wait_for_function: the page lets nobody evaluate words as script.
            for _ in range(200):
                if video.evaluate(f"v => {condition}"):
                    return
                tab.wait_for_timeout(25)
            raise AssertionError(f"never: {condition}, at {video.evaluate('v => v.currentTime')}")

        def now(seconds: float) -> None:
            until(f"Math.abs(v.currentTime - {seconds}) < 0.1")

        until("v.readyState >= 1")

        def click(seconds: float, share: float) -> None:
            tab.locator("#plot").scroll_into_view_if_needed()
            tab.mouse.click(*tab.evaluate(_SPOT, [seconds, share]))

        third = report.reps[2]
        # Inside the band of the third repetition, off the curve; then on the rest between two.
        click(third.start_s + 0.3, 0.1)
        now(third.start_s)
        pause = (report.reps[0].end_s + report.reps[1].start_s) / 2
        click(pause, 0.1)
        now(pause)
        video.evaluate("v => { v.play(); }")
        until(f"v.currentTime > {pause + 0.3}")
        assert tab.locator("#cursor").evaluate("c => new DOMMatrix(getComputedStyle(c).transform).m41") > 0

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_a_checker_of_accessibility_finds_nothing(self, report, tmp_path, opened, root, scheme):
        from axe_playwright_python.sync_playwright import Axe

        (tmp_path / "annotated.mp4").write_bytes((root / "samples" / "hip-internal-rotation-too-far.mp4").read_bytes())
        page(report, tmp_path, {0: jpeg()}, annotated="annotated.mp4")
        found = Axe().run(opened(tmp_path, color_scheme=scheme, viewport={"width": 1280, "height": 900}))
        assert found.violations_count == 0, found.generate_report()

    def test_the_plot_zooms_and_comes_back(self, report, tmp_path, opened):
        page(report, tmp_path)
        tab = opened(tmp_path)
        assert tab.locator("#show-all").is_hidden()
        tab.evaluate("Plotly.relayout('plot', {'xaxis.range': [2, 6]})")
        tab.locator("#show-all").click()
        tab.wait_for_selector("#show-all", state="hidden")

    def test_colours_follow_the_system_and_keep_their_contrast(self, report, tmp_path, opened):
        page(report, tmp_path, {0: jpeg()})
        tab = opened(tmp_path, color_scheme="light")
        for scheme in ("dark", "light"):
            tab.emulate_media(color_scheme=scheme)
            tab.wait_for_timeout(300)
            assert tab.evaluate(_LEAST_CONTRAST) >= 4.5, scheme

    def test_it_prints(self, report, tmp_path, opened):
        page(report, tmp_path, {0: jpeg()})
        tab = opened(tmp_path, color_scheme="dark")
        pdf = pypdf.PdfReader(io.BytesIO(tab.pdf(format="A4")))
        pages = [" ".join(one.extract_text().split()) for one in pdf.pages]
        for heading in (text.strip() for text in tab.locator("h2").all_inner_texts()):
            (where,) = [number for number, text in enumerate(pages) if heading in text]
            assert not pages[where].endswith(heading), "a heading stays with what it is of"
        assert "sha256" in " ".join(pages), "what is folded on the screen is printed"
        table = next(text for text in pages if "Every movement" in text)
        assert all(f"{rep.start_s:.1f} s" in table for rep in report.reps)

    def test_without_javascript_the_words_are_there(self, report, tmp_path, browser):
        page(report, tmp_path)
        context = browser.new_context(java_script_enabled=False)
        tab = context.new_page()
        tab.goto((tmp_path / "report.html").as_uri())
        assert tab.get_by_text("The plot needs JavaScript").is_visible()
        assert tab.locator("tr.rep").count() == 3
        context.close()


_SPOT = """([seconds, share]) => {
  const plot = document.getElementById('plot'), full = plot._fullLayout, place = plot.getBoundingClientRect();
  return [place.left + full.xaxis._offset + full.xaxis.l2p(seconds), place.top + full.yaxis._offset + share * full.yaxis._length];
}"""

_LEAST_CONTRAST = """() => {
  const light = (c) => { const [r, g, b] = c.map((v) => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; });
    return .2126 * r + .7152 * g + .0722 * b; };
  const rgb = (s) => s.match(/[\\d.]+/g).map(Number);
  const behind = (e) => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor);
    if (c.length < 4 || c[3] > 0) return c.slice(0, 3); } return [255, 255, 255]; };
  let least = 99;
  for (const e of document.querySelectorAll('main *, header *, footer *')) {
    if (e.closest('#plot, .skip') || ![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())) continue;
    const a = light(rgb(getComputedStyle(e).color).slice(0, 3)), b = light(behind(e));
    least = Math.min(least, (Math.max(a, b) + .05) / (Math.min(a, b) + .05));
  }
  return least;
}"""
