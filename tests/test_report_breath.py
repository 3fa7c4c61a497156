"""The breath in the report: its curve, its words, and that nothing is said of it that was not measured."""

from __future__ import annotations

import json
import math
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.exercise.breath_report import BreathReport, RepBreath
from formcheck.exercise.session import Fault, FaultCode, NotMeasured, SessionReport
from formcheck.report.breath_plot import breath_figure, has_small_gaps
from formcheck.report.breath_words import breath_line, breath_plot_text, breath_unmeasured
from formcheck.report.html import write_html
from formcheck.report.page_rows import breath_card, fault_groups
from formcheck.report.plots import MAX_POINTS, angle_figure
from formcheck.report.session_json import session_dict
from formcheck.report.summary import summarise, summary
from formcheck.report.words import evidence
from tests.builders import example_recording, example_report
from tests.pages import SCHEMES, printed, watched
from tests.test_report_html import session_of, words_of

ROOT = Path(__file__).resolve().parent.parent
NAN = float("nan")
PERIOD_S = 4.0
HOLD_S = (8.0, 17.0)
UNSEEN = "The chest was not in sight, or behind an arm."


def with_breath(report: SessionReport, breath: BreathReport | None, level: Any = None, **changes: Any) -> SessionReport:
    line = report.timeline
    values = dict(line.values) | ({"breath": np.asarray(level, float)} if level is not None else {})
    return replace(report, breath=breath, timeline=replace(line, values=values), **changes)


def steps(*names: Any) -> tuple[RepBreath, ...]:
    return tuple(
        RepBreath(number, {"in_step": 0.9, "neither": 0.0, "out_of_step": -0.9}[name], 0.0, name) for number, name in enumerate(names, 1)
    )


@pytest.fixture(scope="module")
def plain() -> SessionReport:
    """A session of which the breath was not recorded."""
    return example_report(example_recording())


@pytest.fixture(scope="module")
def breathing(plain: SessionReport) -> SessionReport:
    """Two breaths, a hold of nine seconds, and two seconds at the end in which the chest was hidden."""
    time = plain.timeline.time_s
    level = np.where((time >= HOLD_S[0]) & (time <= HOLD_S[1]), 0.0, -np.cos(2 * np.pi * time / PERIOD_S))
    level[time > 18] = np.nan
    breath = BreathReport(0.9, 15.2, steps("in_step", "neither"), "in_step", 5.0, 0.9, 1.0, ((0.0, 2.0, 4.0), (4.0, 6.0, 8.0)), (HOLD_S,))
    hold = Fault(FaultCode.BREATH_HOLD, "hint", "both", None, *HOLD_S, 9.0, 8.0, "s", "do you keep breathing?")
    unseen = NotMeasured("breath_hold", "breath_unseen", UNSEEN, 18.0, float(time[-1]))
    return with_breath(plain, breath, level, faults=(*plain.faults, hold), not_measured=(*plain.not_measured, unseen))


@pytest.fixture(scope="module")
def unseen(plain: SessionReport) -> SessionReport:
    """A session in which the chest was never seen."""
    end = float(plain.timeline.time_s[-1])
    why = tuple(NotMeasured(what, "breath_unseen", UNSEEN, 0.0, end) for what in ("breath_hold", "breath_out_of_step"))
    level = np.full(len(plain.timeline.time_s), np.nan)
    return with_breath(plain, BreathReport(0.0, NAN), level, not_measured=(*plain.not_measured, *why))


def traces_of(report: SessionReport) -> dict[str, dict[str, Any]]:
    figure = breath_figure(report)
    assert figure is not None
    return {trace["name"]: trace for trace in figure["data"]}


def page(report: SessionReport, folder: Path, annotated: Path | str | None = None) -> str:
    write_html(report, folder / "report.html", {}, annotated)
    return (folder / "report.html").read_text("utf-8")


class TestWords:
    def test_what_was_measured_is_one_line(self, breathing):
        line = "15 breaths a minute, told in 90 % of the time. In step with the movement in 1 of 2 repetitions. Breath held at 8.0 s?"
        assert breath_line(breathing) == summarise(breathing).breath == line
        assert f"  Breath: {line}\n" in summary(breathing)

    def test_what_was_not_measured_is_one_sentence_with_its_reason(self, unseen):
        words = "The breath could not be measured: the chest was not in sight, or behind an arm."
        assert breath_line(unseen) == "" and breath_unmeasured(unseen) == words
        text = summary(unseen)
        assert "Breath:" not in text and text.count(words) == 1 and UNSEEN not in text
        assert text.index("Not measured:") < text.index(words)

    def test_without_any_reason_it_is_still_said(self, plain):
        silent = with_breath(plain, BreathReport(0.0, NAN))
        assert breath_unmeasured(silent) == "The breath could not be measured in this video."

    def test_the_reason_that_hid_it_longest_is_the_one(self, unseen):
        brief = NotMeasured("breath_hold", "breath_moved", "The trunk or the arms moved more than a breath does.", 0.0, 3.0)
        assert "not in sight" in breath_unmeasured(replace(unseen, not_measured=(brief, *unseen.not_measured)))

    def test_a_session_without_breath_says_nothing_of_it(self, plain):
        assert breath_line(plain) == breath_unmeasured(plain) == "" and "reath" not in summary(plain)
        assert breath_card(plain) is None and breath_figure(plain) is None

    @pytest.mark.parametrize(
        ("breath", "words"),
        [
            (BreathReport(0.001, NAN), "told in 1 % of the time, with too few whole breaths for a pace."),
            (BreathReport(0.999, 1.2), "1 breath a minute, told in 99 % of the time."),
            (BreathReport(1.0, 12.0), "told in none of the repetitions, which is too few to judge."),
            (BreathReport(1.0, 12.0, steps("in_step")), "told in 1 of 2 repetitions, which is too few to judge."),
            (BreathReport(1.0, 12.0, steps("in_step"), "in_step"), "in 1 of 1 repetition whose breath could be told (2 were counted)."),
            (BreathReport(1.0, 12.0, steps("neither", "out_of_step"), "neither"), "In step with the movement in 0 of 2 repetitions."),
        ],
    )
    def test_no_more_than_was_told(self, plain, breath, words):
        assert words in breath_line(with_breath(plain, breath))

    def test_without_a_counted_repetition_nothing_is_said_of_the_step(self, plain):
        assert (
            breath_line(with_breath(plain, BreathReport(1.0, 12.0), reps=(), faults=()))
            == "12 breaths a minute, told in 100 % of the time."
        )

    @given(
        st.floats(0, 1),
        st.one_of(st.just(NAN), st.floats(2, 40)),
        st.lists(st.sampled_from(["in_step", "neither", "out_of_step"]), max_size=2),
        st.sampled_from([None, "in_step", "out_of_step", "neither"]),
    )
    def test_a_number_only_where_there_is_one(self, share, rate, names, step):
        report = with_breath(example_report(example_recording()), BreathReport(share, rate, steps(*names), step if names else None))
        text = breath_line(report)
        assert "nan" not in text
        assert bool(text) == (share > 0) == (not breath_unmeasured(report))
        assert ("a minute" in text) == (share > 0 and math.isfinite(rate))

    def test_a_hold_is_asked_about_at_its_time_and_never_an_alarm(self, breathing):
        (advice,) = [item for item in summarise(breathing).work_on if item.title == "Breath held?"]
        assert advice.where == "at 8.0 s" and "Breath held? Do you keep breathing?" in summary(breathing)
        (group,) = [group for group in fault_groups(breathing, {}) if group["title"] == "Breath held?"]
        assert group["faults"][0]["where"] == "The breath"
        assert evidence(breathing.faults[-1]) == ("9.0 s without a breath to be seen", "asked about from 8.0 s on")

    def test_the_evidence_of_a_breath_the_other_way_round_is_in_whole_repetitions(self):
        fault = Fault(FaultCode.BREATH_OUT_OF_STEP, "hint", "both", None, 1.0, 9.0, 6.0, 5.0, "repetitions", "try it the other way round")
        assert evidence(fault) == ("6 repetitions", "most of a set")
        assert evidence(replace(fault, measured=NAN))[0] == "–"


class TestCurve:
    def test_it_is_a_figure_that_plotly_knows(self, breathing):
        text = json.dumps(breath_figure(breathing), allow_nan=False)
        figure = json.loads(re.sub(r'"@\w+"', '"#123456"', text))
        for note in figure["layout"]["annotations"]:
            note.pop("room", None)
        go.Figure(figure)

    def test_it_has_the_time_axis_of_the_angle(self, breathing):
        figure = breath_figure(breathing)
        assert figure is not None
        assert figure["layout"]["xaxis"]["range"] == angle_figure(breathing)["layout"]["xaxis"]["range"]
        assert figure["layout"]["margin"]["l"] == angle_figure(breathing)["layout"]["margin"]["l"]

    def test_what_was_not_measured_is_a_gap_with_its_reason(self, breathing):
        curve = traces_of(breathing)["breath"]
        assert curve["connectgaps"] is False
        assert [y is None for y in curve["y"]] == [x > 18 for x in curve["x"]]
        (gap,) = breath_card(breathing)["gaps"]
        assert gap["reason"] == UNSEEN and gap["spans"][0]["start"]["text"] == "18.0 s"
        assert not has_small_gaps(breathing)

    def test_a_gap_without_a_reason_is_named_too(self, breathing):
        level = breathing.timeline.values["breath"].copy()
        level[30:50] = np.nan
        assert has_small_gaps(with_breath(breathing, breathing.breath, level))

    def test_in_and_out_differ_by_more_than_colour(self, breathing):
        traces = traces_of(breathing)
        into, out = traces["going in"], traces["going out"]
        assert "fillpattern" not in into and out["fillpattern"]["shape"] == "/"
        assert {round(x) for x in into["x"] if x is not None} == set(range(0, 3)) | set(range(4, 7))
        assert {round(x) for x in out["x"] if x is not None} == set(range(2, 5)) | set(range(6, 9))
        hover = dict(zip(traces["breath"]["x"], traces["breath"]["text"], strict=True))
        assert (hover[1.0], hover[3.0], hover[10.0]) == ("breathing in", "breathing out", "the breath")

    def test_no_fill_bridges_a_gap(self, breathing):
        level = breathing.timeline.values["breath"].copy()
        time = breathing.timeline.time_s
        level[(time > 0.5) & (time < 1.5)] = np.nan
        into = traces_of(with_breath(breathing, breathing.breath, level))["going in"]
        assert not [x for x in into["x"] if x is not None and 0.5 < x < 1.5]
        assert into["x"].count(None) == 2

    def test_the_movements_lie_over_it_with_their_ways(self, breathing):
        traces, rep = traces_of(breathing), breathing.reps[0]
        assert traces["counted"]["x"][:4] == [rep.start_s, rep.peak_s, rep.peak_s, rep.end_s]
        assert traces["counted"]["x"].count(None) == 1 and traces["not counted"]["line"]["dash"] == "dot"
        held = replace(rep, hold_s=1.0)
        traces = traces_of(replace(breathing, reps=(held,)))
        assert traces["counted"]["x"] == [rep.start_s, rep.peak_s - 0.5, rep.peak_s + 0.5, rep.end_s]
        assert "not counted" not in traces

    def test_a_hold_is_a_question_in_the_curve(self, breathing):
        layout = breath_figure(breathing)["layout"]
        (words,) = [note["text"] for note in layout["annotations"] if "held" in note["text"]]
        assert words == "breath held? 9.0 s"
        assert [(box["x0"], box["x1"]) for box in layout["shapes"] if box["line"]["dash"] == "dash"] == [HOLD_S]

    def test_without_a_curve_there_is_no_plot(self, unseen):
        assert breath_figure(unseen) is None
        card = breath_card(unseen)
        assert card["drawn"] is False and card["gaps"] == [] and card["lines"] == [breath_unmeasured(unseen)]

    def test_half_an_hour_stays_small(self, plain):
        long = session_of(plain, 1800, 300)
        time = long.timeline.time_s
        breaths = tuple((t, t + 2.0, t + 4.0) for t in np.arange(0.0, 1796.0, 4.0))
        figure = breath_figure(with_breath(long, BreathReport(1.0, 15.0, breaths=breaths), -np.cos(2 * np.pi * time / 4)))
        assert figure is not None and all(len(trace["x"]) <= MAX_POINTS for trace in figure["data"])
        assert len(json.dumps(figure)) < 400_000

    def test_a_session_of_one_frame(self, plain):
        line = plain.timeline
        one = replace(
            line,
            time_s=line.time_s[:1],
            shown_deg={side: shown[:1] for side, shown in line.shown_deg.items()},
            values={"breath": np.zeros(1)},
        )
        figure = breath_figure(replace(plain, breath=BreathReport(1.0, NAN), timeline=one, reps=(), faults=()))
        assert figure is not None and figure["layout"]["xaxis"]["range"] == [0.0, 1.0]


class TestPage:
    def test_it_says_all_of_it(self, breathing, tmp_path):
        text = words_of(page(breathing, tmp_path))
        for words in (
            "15 breaths a minute, told in 90 % of the time.",
            "in 1 of 2 repetitions.",
            "Breath held?",
            f": {UNSEEN}",
            "out (striped)",
        ):
            assert words in text, words
        assert 'data-seconds="8.000"' in text and breath_plot_text(breathing) in text

    def test_where_nothing_was_measured_one_sentence_and_no_plot(self, unseen, tmp_path):
        text = words_of(page(unseen, tmp_path))
        assert "The breath could not be measured: the chest was not in sight, or behind an arm." in text
        assert 'id="breath"' not in text and "a minute" not in text

    def test_an_old_session_is_as_before(self, plain, tmp_path):
        text = page(plain, tmp_path)
        assert "reath" not in words_of(text)
        data = re.search(r'id="plot-data">(.*?)</script>', text, re.DOTALL)
        assert data is not None and json.loads(data[1])["breath"] is None

    def test_the_curve_changes_nothing_of_what_other_programs_read(self, breathing):
        assert session_dict(breathing)["breath"]["holds"] == [{"start_s": 8.0, "end_s": 17.0}]


@pytest.mark.browser
@pytest.mark.slow
class TestInABrowser:
    @pytest.fixture
    def made(self, breathing: SessionReport, tmp_path: Path) -> Path:
        shutil.copy(ROOT / "samples/hip-internal-rotation-too-far.mp4", tmp_path / "annotated.mp4")
        page(breathing, tmp_path, "annotated.mp4")
        return tmp_path / "report.html"

    @pytest.mark.parametrize("width", [390, 1280])
    @pytest.mark.parametrize("scheme", SCHEMES)
    def test_nothing_is_amiss(self, browser, made, width, scheme):
        with watched(browser, made, viewport={"width": width, "height": 900}, color_scheme=scheme) as tab:
            assert tab.tab.locator("#breath .main-svg").first.is_visible()
            assert tab.trouble == [] and tab.overflow_px <= 0 and tab.spills == []
            assert tab.violations() == []
            edges = tab.tab.evaluate(
                "['plot', 'breath'].map((id) => document.getElementById(id)._fullLayout.xaxis).map((x) => [x._offset, x._length])"
            )
            assert edges[0] == edges[1], "both plots have their seconds at the same places"

    @pytest.mark.parametrize(("moved", "follows"), [("plot", "breath"), ("breath", "plot")])
    def test_a_closer_look_at_one_is_one_at_both(self, browser, made, moved, follows):
        with watched(browser, made, viewport={"width": 1280, "height": 900}) as tab:
            whole = tab.tab.evaluate(f"document.getElementById('{follows}').layout.xaxis.range")
            tab.tab.evaluate(f"{{ Plotly.relayout('{moved}', {{'xaxis.range': [2, 6]}}); }}")
            tab.until(lambda: tab.tab.evaluate(f"document.getElementById('{follows}').layout.xaxis.range") == [2, 6])
            tab.tab.locator("#show-all").click()
            for box in ("plot", "breath"):
                tab.until(lambda box=box: tab.tab.evaluate(f"document.getElementById('{box}').layout.xaxis.range") == whole)
            assert tab.trouble == []

    def test_a_drag_in_the_breath_looks_closer_and_seeks_nothing(self, browser, made):
        with watched(browser, made, viewport={"width": 1280, "height": 900}) as tab:
            x, y = self.place(tab.tab, 4.0)
            tab.tab.mouse.move(x, y)
            tab.tab.mouse.down()
            tab.tab.mouse.move(x + 150, y, steps=5)
            tab.tab.mouse.up()
            tab.tab.locator("#show-all").wait_for(state="visible")
            assert tab.video_s() == 0
            assert abs(tab.tab.evaluate("document.getElementById('plot').layout.xaxis.range[0]") - 4.0) < 0.1
            assert tab.trouble == []

    def test_a_moment_of_the_breath_and_a_hold_move_the_video(self, browser, made):
        with watched(browser, made, viewport={"width": 1280, "height": 900}) as tab:
            tab.tab.mouse.click(*self.place(tab.tab, 5.0))
            tab.video_reaches(5.0)
            assert tab.tab.locator("#breath-cursor").is_visible() and tab.tab.locator("#cursor").is_visible()
            tab.tab.locator(".breath-holds .quiet").click()
            tab.video_reaches(HOLD_S[0])
            tab.tab.locator("#scrub").fill("1")
            tab.video_reaches(1.0)
            tab.tab.locator(".breath-holds a").focus()
            tab.tab.keyboard.press("Enter")
            tab.video_reaches(HOLD_S[0])
            assert tab.trouble == []

    def test_on_paper_and_without_scripts(self, browser, made):
        with watched(browser, made, viewport={"width": 1280, "height": 900}, color_scheme="dark") as tab:
            text = " ".join(" ".join(one.extract_text().split()) for one in printed(tab.tab).pages)
            assert "15 breaths a minute" in text and "Breath held?" in text
        with watched(browser, made, wait=False, java_script_enabled=False, viewport={"width": 390, "height": 844}) as tab:
            assert tab.tab.get_by_text("15 breaths a minute").is_visible()

    def test_a_page_without_curve_is_sound(self, browser, unseen, tmp_path):
        page(unseen, tmp_path)
        with watched(browser, tmp_path / "report.html", viewport={"width": 390, "height": 844}) as tab:
            assert tab.trouble == [] and tab.overflow_px <= 0 and tab.violations() == []
            assert tab.tab.locator("#breath").count() == 0

    @staticmethod
    def place(tab: Any, seconds: float) -> tuple[float, float]:
        tab.locator("#breath").scroll_into_view_if_needed()
        x, y = tab.evaluate(
            """(seconds) => { const box = document.getElementById('breath'), full = box._fullLayout, at = box.getBoundingClientRect();
            return [at.left + full.xaxis._offset + full.xaxis.l2p(seconds), at.top + full.yaxis._offset + full.yaxis._length / 2]; }""",
            seconds,
        )
        return x, y
