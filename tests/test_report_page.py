"""The page in a real browser: at every width, light and dark, by mouse and keyboard, on paper, and with the worst of names."""

from __future__ import annotations

import re
import shutil
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from formcheck.exercise.analyzer import analyse
from formcheck.exercise.library import load
from formcheck.exercise.session import FaultCode, RangeChange, SessionReport
from formcheck.report import html
from formcheck.report.html import write_html
from tests.builders import example_recording, example_report
from tests.pages import SCHEMES, WIDTHS, printed, watched
from tests.test_report_html import jpeg, session_of

ROOT = Path(__file__).resolve().parent.parent
CLIPS = sorted(path.name.removesuffix(".truth.json") for path in (ROOT / "samples").glob("*.truth.json"))
SECTIONS = (
    "The movement",
    "How far",
    "The repetitions laid over each other",
    "Tempo",
    "Every movement",
    "What was noticed",
    "What could not be measured",
    "How it was measured",
)
NAMES = {
    "script": "<script>window.ran=1</script>.mp4",
    "image": '"><img src=x onerror=window.ran=1>.mp4',
    "end of script": "</script><script>window.ran=1</script>",
    "end of style": "</style><svg onload=window.ran=1>",
    "line separators": "a\u2028window.ran=1\u2029//.mp4",
    "turned round": "\u202egpm.4pm\u202c<b>.mp4",
    "template": "{{ 7 * 7 }}{% raw %}${window.ran=1}.mp4",
    "address": "javascript:window.ran=1",
    "quotes": "'\"`onfocus=window.ran=1 autofocus=.mp4",
    "half a character": "\ud800.mp4",
    "long": "x" * 4000 + ".mp4",
}

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def report() -> SessionReport:
    """A session with everything in it: faults, a profile, a movement that was not counted."""
    base = example_report(example_recording())
    change = RangeChange("right", "inward", 24.0, 3.0, "2026-05-03", 20.0, 3.0, -4.0, 5.0, False, 29.0)
    fast = replace(base.faults[0], code=FaultCode.TOO_FAST, rep=1, start_s=base.reps[0].start_s, measured=0.6, limit=0.8, unit="s")
    least = {"out": 0.8, "back": 0.8}
    return replace(base, faults=(fast, *base.faults), against_profile=(change,), advised_s=(2.0, 2.0), least_phase_s=least)


@pytest.fixture
def with_video(report: SessionReport, tmp_path: Path) -> Path:
    shutil.copy(ROOT / "samples/hip-internal-rotation-too-far.mp4", tmp_path / "annotated.mp4")
    write_html(report, tmp_path / "report.html", {0: jpeg((640, 480)), 1: jpeg((640, 480))}, "annotated.mp4")
    return tmp_path / "report.html"


def nothing_amiss(tab: Any) -> None:
    assert tab.trouble == []
    assert tab.overflow_px <= 0 and tab.spills == []
    assert tab.violations() == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_at_every_width_and_in_both_lights_nothing_is_amiss(browser, with_video, width, scheme):
    with watched(browser, with_video, viewport={"width": width, "height": 900}, color_scheme=scheme) as tab:
        nothing_amiss(tab)
        assert tab.tab.locator(".js-plotly-plot").count() == 4


@pytest.mark.model
@pytest.mark.parametrize("clip", CLIPS)
def test_the_page_of_every_sample_clip(browser, tmp_path, clip):
    from formcheck.capture.bundles import bundle
    from formcheck.poses import measure_poses
    from formcheck.progress import Stage, StageClock
    from formcheck.validation.truth import Truth

    truth = Truth.load(ROOT / f"samples/{clip}.truth.json")
    clock, stage = StageClock(None), Stage("measuring", 0.0, 1.0)
    poses = measure_poses(ROOT / f"samples/{clip}.mp4", bundle("lite"), clock, stage, threading.Event()).recording
    session = analyse(poses, load(truth.exercise))
    shutil.copy(ROOT / f"samples/{clip}.mp4", tmp_path / "annotated.mp4")
    write_html(session, tmp_path / "report.html", {}, "annotated.mp4")
    for width in WIDTHS:
        for scheme in SCHEMES:
            options = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
            with watched(browser, tmp_path / "report.html", **options) as tab:
                nothing_amiss(tab)
                if len(session.reps) > 2:
                    tab.tab.locator("tr.rep").nth(2).locator("td").nth(4).click()
                    tab.video_reaches(session.reps[2].start_s)


def place_in_plot(tab: Any, seconds: float, height: float) -> tuple[float, float]:
    """Where on the screen a moment lies in the plot of the angle; height 0 is the bottom of the plot, 1 its top."""
    tab.locator("#plot").scroll_into_view_if_needed()
    x, y = tab.evaluate(
        """([seconds, height]) => {
        const box = document.getElementById('plot'), full = box._fullLayout, at = box.getBoundingClientRect();
        return [at.left + full.xaxis._offset + full.xaxis.l2p(seconds),
        at.top + full.yaxis._offset + (1 - height) * full.yaxis._length]; }""",
        [seconds, height],
    )
    return x, y


class TestGoingThere:
    def test_a_movement_in_the_plot_takes_the_video_to_its_start(self, browser, with_video, report):
        third = report.reps[2]
        with watched(browser, with_video, viewport={"width": 1280, "height": 900}) as tab:
            tab.tab.mouse.click(*place_in_plot(tab.tab, (third.start_s + third.end_s) / 2, 0.95))
            tab.video_reaches(third.start_s)
            assert tab.tab.locator("#readout").inner_text().endswith("movement 3, right leg, not counted")
            tab.tab.mouse.click(*place_in_plot(tab.tab, 0.4, 0.5))
            tab.video_reaches(0.4, 0.15)
            assert tab.trouble == []

    def test_a_mark_in_the_plot_takes_the_video_to_the_fault(self, browser, with_video, report):
        with watched(browser, with_video, viewport={"width": 1280, "height": 900}) as tab:
            tab.tab.locator("#plot").scroll_into_view_if_needed()
            x, y = tab.tab.evaluate(
                """() => { const mark = document.querySelectorAll('#plot .point')[1].getBoundingClientRect();
                return [mark.left + mark.width / 2, mark.top + mark.height / 2]; }"""
            )
            tab.tab.mouse.click(x, y)
            tab.video_reaches(report.faults[1].start_s)

    def test_a_small_plot_and_a_row_and_a_fault_do_the_same(self, browser, with_video, report):
        with watched(browser, with_video, viewport={"width": 1280, "height": 900}) as tab:
            cells = tab.tab.locator("#multiples")
            cells.scroll_into_view_if_needed()
            place = cells.bounding_box()
            columns = int(place["width"] // 132)
            tab.tab.mouse.click(place["x"] + 2.5 * place["width"] / columns, place["y"] + 40)
            tab.video_reaches(report.reps[2].start_s)
            assert tab.tab.locator("#cell").is_visible()
            tab.tab.locator(".fault h4").first.click()
            tab.video_reaches(report.faults[0].start_s)
            tab.tab.locator("tr.rep").nth(2).locator("td").nth(4).click()
            tab.video_reaches(report.reps[2].start_s)

    def test_by_keyboard_alone(self, browser, with_video, report):
        with watched(browser, with_video, viewport={"width": 1280, "height": 900}) as tab:
            tab.tab.locator("#later").focus()
            for rep in report.reps:
                tab.tab.keyboard.press("Enter")
                tab.video_reaches(rep.start_s)
            tab.tab.locator("#earlier").focus()
            tab.tab.keyboard.press("Enter")
            tab.video_reaches(report.reps[1].start_s)
            tab.tab.locator("#scrub").focus()
            tab.tab.keyboard.press("ArrowRight")
            tab.video_reaches(report.reps[1].start_s + 0.1, 0.11)
            assert "movement 2" in tab.tab.locator("#scrub").get_attribute("aria-valuetext")
            tab.tab.locator("tr.rep .seek").nth(2).focus()
            tab.tab.keyboard.press("Enter")
            tab.video_reaches(report.reps[2].start_s)

    def test_the_cursor_runs_while_the_video_plays(self, browser, with_video):
        with watched(browser, with_video, viewport={"width": 1280, "height": 900}) as tab:
            tab.tab.evaluate("{ const video = document.getElementById('video'); video.muted = true; video.play(); }")
            where = "new DOMMatrix(getComputedStyle(document.getElementById('cursor')).transform).m41"
            tab.until(lambda: tab.video_s() > 0.3)
            first = tab.tab.evaluate(where)
            tab.until(lambda: tab.tab.evaluate(where) > first + 5)
            assert tab.tab.locator("#cursor").is_visible() and tab.trouble == []

    def test_a_drag_looks_closer_and_seeks_nothing(self, browser, with_video, report):
        with watched(browser, with_video, viewport={"width": 1280, "height": 900}) as tab:
            x, y = place_in_plot(tab.tab, report.reps[1].start_s, 0.5)
            tab.tab.mouse.move(x, y)
            tab.tab.mouse.down()
            tab.tab.mouse.move(x + 120, y, steps=5)
            tab.tab.mouse.up()
            tab.tab.locator("#show-all").wait_for(state="visible")
            assert tab.video_s() == 0
            tab.tab.locator("#show-all").click()
            tab.tab.locator("#show-all").wait_for(state="hidden")

    def test_without_a_video_the_cursor_still_goes_there(self, browser, report, tmp_path):
        write_html(report, tmp_path / "report.html", {}, None)
        with watched(browser, tmp_path / "report.html", viewport={"width": 390, "height": 844}) as tab:
            tab.tab.locator("#later").click()
            assert tab.tab.locator("#cursor").is_visible()
            assert tab.tab.locator("#readout").inner_text() == "1.0 s, movement 1, right leg"
            nothing_amiss(tab)


def test_the_same_length_lays_ends_over_ends(browser, with_video):
    with watched(browser, with_video, viewport={"width": 1280, "height": 900}) as tab:
        title = tab.tab.locator("#overlay-0 .xtitle")
        assert title.text_content() == "seconds from its start"
        tab.tab.locator("#same-length").click()
        assert title.text_content() == "percent of the movement"
        assert tab.tab.locator("#same-length").get_attribute("aria-pressed") == "true"


def test_every_picture_has_words(browser, with_video):
    with watched(browser, with_video, viewport={"width": 1280, "height": 900}) as tab:
        for box in tab.tab.locator("[role=img]").all():
            assert len(box.get_attribute("aria-label")) > 40
        assert all(image.get_attribute("alt") for image in tab.tab.locator("img").all())
        assert tab.tab.locator("svg:not([aria-hidden]):not([role=img] svg):not([aria-hidden] svg):not(#js-plotly-tester)").count() == 0


def test_the_focus_is_seen(browser, with_video):
    with watched(browser, with_video, viewport={"width": 1280, "height": 900}) as tab:
        for _ in range(14):
            tab.tab.keyboard.press("Tab")
            assert tab.tab.evaluate(
                "(() => { const at = document.activeElement; return at === document.body || at.tagName === 'VIDEO'"
                " || parseFloat(getComputedStyle(at).outlineWidth) >= 2; })()"
            )


def test_without_scripts_the_words_and_tables_remain(browser, with_video):
    with watched(browser, with_video, wait=False, java_script_enabled=False, viewport={"width": 390, "height": 844}) as tab:
        assert tab.tab.locator("tr.rep").count() == 3
        assert tab.tab.get_by_text("The plot needs JavaScript").is_visible()
        assert tab.tab.get_by_text("laid over each other, 2 counted").is_visible()
        assert not tab.tab.locator("#later").is_visible() and not tab.tab.locator("#same-length").is_visible()


# --- on paper


def test_on_paper_every_section_is_there_and_keeps_its_heading(browser, with_video, report):
    with watched(browser, with_video, viewport={"width": 1280, "height": 900}, color_scheme="dark") as tab:
        before = tab.tab.locator("#plot").evaluate("box => box._fullLayout.width")
        pages = [" ".join(page.extract_text().split()) for page in printed(tab.tab).pages]
        assert tab.trouble == []
        tab.until(lambda: tab.tab.locator("#plot").evaluate("box => box._fullLayout.width") == before)
    text = " ".join(pages)
    for words in (*SECTIONS, "Settings, model and version", "0" * 20, "not a medical device", "seconds of the video", "target 2 s"):
        assert words in text, words
    for words in ("Previous", "Show the whole session", "Draw all at the same length"):
        assert words not in text
    for page in pages:
        assert not page.rstrip().endswith(SECTIONS)


def test_on_paper_nothing_is_wider_than_the_page_and_all_is_light(browser, with_video):
    with watched(browser, with_video, viewport={"width": 694, "height": 982}, color_scheme="dark") as tab:
        tab.tab.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        tab.tab.emulate_media(media="print")
        assert tab.overflow_px <= 0 and tab.spills == []
        assert tab.tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        drawn = tab.tab.evaluate("[...document.querySelectorAll('.js-plotly-plot')].map((box) => box._fullLayout.font.color)")
        assert set(drawn) == {"#59636a"}
        for box in tab.tab.locator(".js-plotly-plot").all():
            place = box.locator(".main-svg").first.bounding_box()
            assert place["x"] >= 0 and place["x"] + place["width"] <= 694 and place["height"] < 982


# --- many, and hostile


def test_three_hundred_repetitions_stay_usable(browser, report, tmp_path):
    long = session_of(report, 1800, 300)
    write_html(long, tmp_path / "report.html", {index: jpeg((480, 360)) for index in range(60)}, None)
    assert (tmp_path / "report.html").stat().st_size < 6_000_000
    for width in (390, 1280):
        start = time.monotonic()
        with watched(browser, tmp_path / "report.html", viewport={"width": width, "height": 900}) as tab:
            assert time.monotonic() - start < 20
            assert tab.trouble == [] and tab.overflow_px <= 0
            assert tab.tab.evaluate("document.querySelectorAll('*').length") < 30_000
            steps = tab.tab.evaluate(_LONGEST_STEP_MS)
            assert steps < 1000
            tab.tab.locator("#more-cells").click()
            assert tab.tab.locator("#more-cells").is_hidden()
            assert tab.tab.locator("#cells-shown").inner_text() == "Each by itself"
            tab.until(lambda: tab.tab.locator("#multiples").bounding_box()["height"] > 300 / 8 * 92)


def named(report: SessionReport, name: str) -> SessionReport:
    profile = replace(report.against_profile[0], direction=name)
    rep = replace(report.reps[0], direction=name, smoothness=replace(report.reps[0].smoothness, reason=name))
    return replace(
        report,
        title=name,
        exercise=name,
        shown_angle=name,
        source={**report.source, "path": f"/clips/{name}"},
        settings={**report.settings, "profile": name, name: name},
        model={"name": name, "sha256": name},
        reps=(rep, *report.reps[1:]),
        faults=(replace(report.faults[0], message=name, unit=name), *report.faults[1:]),
        not_measured=(replace(report.not_measured[0], what=name, reason=name),),
        against_profile=(profile,),
    )


@pytest.mark.parametrize("kind", NAMES)
def test_no_name_becomes_a_script(browser, report, tmp_path, monkeypatch, kind):
    name = NAMES[kind]
    write_html(named(report, name), tmp_path / "report.html", {0: jpeg()}, None)
    with watched(browser, tmp_path / "report.html", viewport={"width": 390, "height": 844}) as tab:
        tab.tab.mouse.click(*place_in_plot(tab.tab, report.reps[1].start_s + 0.5, 0.95))
        tab.tab.mouse.move(*place_in_plot(tab.tab, report.reps[1].peak_s, 0.6))
        tab.tab.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
        assert tab.tab.evaluate("window.ran") is None
        assert tab.trouble == [] and tab.overflow_px <= 0
        assert tab.tab.locator("h1").text_content() == name.replace("\ud800", "\ufffd")
        foreign = "img:not([src^='data:image/jpeg']), main script, iframe, object, embed, [onload], [onerror], [onfocus]"
        assert tab.tab.locator(foreign).count() == 0


@pytest.mark.parametrize("kind", ["script", "image", "quotes", "line separators"])
def test_no_name_of_a_video_beside_the_page_becomes_a_script(browser, report, tmp_path, monkeypatch, kind):
    monkeypatch.setattr(html, "MAX_EMBEDDED_VIDEO_BYTES", 10)
    name = re.sub("/", "_", NAMES[kind])
    (tmp_path / name).write_bytes(bytes(100))
    write_html(report, tmp_path / "report.html", {}, tmp_path / name)
    with watched(browser, tmp_path / "report.html") as tab:
        tab.tab.wait_for_timeout(200)
        assert tab.tab.evaluate("window.ran") is None
        assert all("asked for file:" in line or "ERR_FAILED" in line for line in tab.trouble)


_LONGEST_STEP_MS = """async () => {
  let longest = 0;
  for (let at = 0; at < document.documentElement.scrollHeight; at += 1500) {
    const start = performance.now();
    window.scrollTo(0, at);
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    longest = Math.max(longest, performance.now() - start);
  }
  return longest;
}"""
