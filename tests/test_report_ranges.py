"""Ranges in words and pictures: rounded as their error supports, raw beside clean, left beside right, one direction beside the other."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.batch.lines import count_line, line_of
from formcheck.exercise.frames import frame_results
from formcheck.exercise.session import FaultCode, Rejection, Rep, SessionReport
from formcheck.motion.landmarks import Side
from formcheck.report.html import write_html
from formcheck.report.plots import MAX_POINTS, angle_figure
from formcheck.report.ranges import clean_lines, difference_line, direction_lines, error_of, leg_ranges, range_lines
from formcheck.report.summary import summarise, summary
from formcheck.report.units import shown_in
from formcheck.report.words import (
    about_text,
    angle_text,
    checks_text,
    clean_range_text,
    evidence,
    isolation_text,
    subject,
    towards,
)
from tests.builders import example_recording, example_report

NAN = float("nan")


@pytest.fixture(scope="module")
def report() -> SessionReport:
    return example_report(example_recording())


def rep_of(report: SessionReport, number: int = 1, **changed: object) -> Rep:
    whole = {"rejected": None, "faults": (), "range_pm_deg": 3.0, "range_deg": 24.0, "clean_range_deg": 24.0, "isolation_frac": 1.0}
    return replace(report.reps[0], number=number, **(whole | changed))


# --- numbers as people read them


@pytest.mark.parametrize(
    ("value", "pm", "words"),
    [
        (24.26, 0.26, "24.3° ± 0.3°"),
        (24.26, 0.0, "24.3° ± 0.1°"),
        (24.4, 0.39, "24.4° ± 0.4°"),
        (24.4, 0.4, "24.4° ± 0.4°"),
        (24.4, 0.96, "24° ± 1°"),
        (24.4, 3.0, "24° ± 3°"),
        (24.4, 3.2, "24° ± 4°"),
        (23.4, 4.0, "23° ± 4°"),
        (22.4, 7.2, "22° ± 8°"),
        (24.0, 20.0, "20° ± 20°"),
        (-3.6, 1.0, "−4° ± 1°"),
        (-0.04, 0.2, "0.0° ± 0.2°"),
        (-0.3, 1.0, "0° ± 1°"),
        (24.4, NAN, "24° ± ?"),
        (24.4, math.inf, "24° ± ?"),
        (NAN, 3.0, "not measured"),
        (math.inf, NAN, "not measured"),
    ],
)
def test_an_angle_is_shown_as_finely_as_its_error_allows(value, pm, words):
    assert angle_text(value, pm) == words


@given(st.floats(-180, 180), st.floats(0, 60))
def test_no_angle_is_shown_finer_or_surer_than_it_was_measured(value, pm):
    shown, error = re.fullmatch(r"(−?[\d.]+)° ± ([\d.]+)°", angle_text(value, pm)).groups()
    step = 0.1 if "." in shown else next(step for step in (10, 1) if float(shown.replace("−", "-")) % step == 0)
    allowed = 0.1 if pm < 0.95 else 1 if pm < 19.5 else 10
    assert step >= allowed
    assert abs(float(shown.replace("−", "-")) - value) <= allowed / 2 + 1e-9
    assert float(error) >= pm - 0.05 - 1e-9 and float(error) <= pm + 1.05
    assert shown != "−0" and not (shown.startswith("−") and float(shown[1:]) == 0)


def test_where_there_is_no_room_a_rough_angle_has_a_tilde():
    assert [about_text(23.4, pm) for pm in (0.2, 3.9, 4.0, 30.0, NAN)] == ["23°", "23°", "~23°", "~20°", "23°"]
    assert about_text(NAN, 5.0) == "–" and about_text(-23.4, 5.0) == "~−23°"


@pytest.mark.parametrize(("fraction", "words"), [(0.0, "0 %"), (0.874, "85 %"), (0.876, "90 %"), (1.0, "100 %"), (NAN, "–")])
def test_isolation_is_shown_in_steps_of_five(fraction, words):
    assert isolation_text(fraction) == words


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"clean_range_deg": 18.2, "culprit": FaultCode.FOOT_LIFTED}, "clean to 18°, then a foot began to lift"),
        ({"clean_range_deg": 18.2, "culprit": FaultCode.TRUNK_LEAN, "range_pm_deg": 5.0}, "clean to ~18°, then the trunk began to lean"),
        ({"clean_range_deg": 0.3, "culprit": FaultCode.PELVIS_HIKE}, "the pelvis began to lift as the movement began"),
        ({"clean_range_deg": 18.2, "culprit": FaultCode.JERKY}, "clean to 18°, then something else began to help"),
        ({}, "clean to the end"),
        ({"clean_range_deg": NAN, "isolation_frac": NAN}, "not judged"),
    ],
)
def test_the_end_of_a_clean_range_names_what_began(report, changed, words):
    assert clean_range_text(rep_of(report, **changed)) == words


def test_evidence_has_its_error_and_never_reads_as_the_limit_it_is_over(report):
    fault = report.faults[0]
    assert evidence(fault, 2.0) == ("41° ± 2°", "at most 35°")
    assert evidence(fault, 24.0) == ("40° ± 24°", "at most 35°")
    assert evidence(replace(fault, measured=34.4, limit=31.0), 24.0) == ("34° ± 24°", "at most 31°")
    assert evidence(replace(fault, measured=NAN), 5.0)[0] == "–"
    reps = tuple(replace(rep, range_pm_deg=2.0) for rep in report.reps)
    assert error_of(fault, replace(report, reps=reps)) == 2.0
    assert math.isnan(error_of(replace(fault, code=FaultCode.TRUNK_LEAN), replace(report, reps=reps)))
    assert math.isnan(error_of(replace(fault, rep=None), replace(report, reps=reps)))


def test_words_for_ways_and_checks():
    assert (towards("inward"), towards("outward"), towards("up")) == ("inwards", "outwards", "in the direction up")
    assert checks_text(("foot_lifted", "too_fast", "trunk_lean")) == "Foot position, tempo and leaning of the trunk"
    assert checks_text(()) == "" and subject("clean_range") == "Clean range"


# --- left beside right, raw beside clean


def two_legs(report: SessionReport, left_deg: float, right_deg: float, pm_deg: float = 3.0) -> SessionReport:
    legs = [(Side.LEFT, left_deg), (Side.RIGHT, right_deg)]
    reps = [rep_of(report, k, side=side, range_deg=deg, clean_range_deg=deg, range_pm_deg=pm_deg) for k, (side, deg) in enumerate(legs, 1)]
    return replace(report, reps=tuple(reps), faults=())


@pytest.mark.parametrize(
    ("left", "right", "pm", "words"),
    [
        (20.0, 24.2, 3.0, "do not differ by more than the error of the measurement (±5°)"),
        (20.0, 24.3, 3.0, "The right leg went 4° further than the left one, which is more than the error (±5°)"),
        (30.0, 20.0, 3.0, "The left leg went 10° further than the right one"),
        (20.0, 40.0, NAN, "cannot be told, as the error of these ranges is not known"),
    ],
)
def test_a_difference_is_one_only_beyond_the_error(report, left, right, pm, words):
    lines = range_lines(two_legs(report, left, right, pm))
    assert len(lines) == 3 and words in lines[2]


@given(st.floats(0, 60), st.floats(0, 60), st.floats(0, 20), st.floats(0, 20))
def test_the_error_of_a_difference_is_that_of_both_together(left, right, pm_left, pm_right):
    report = example_report(example_recording(6.0, 1))
    legs = leg_ranges(two_legs(report, 1.0, 1.0))
    pair = {item.side: item for item in legs}
    line = difference_line(replace(pair["left"], range_deg=left, pm_deg=pm_left), replace(pair["right"], range_deg=right, pm_deg=pm_right))
    assert ("further" in line) == (abs(right - left) > math.hypot(pm_left, pm_right))


def test_the_usual_range_stands_beside_the_clean_one(report):
    lean = rep_of(report, 2, clean_range_deg=6.0, culprit=FaultCode.TRUNK_LEAN, isolation_frac=0.2, clean_until_s=2.0)
    some = replace(report, reps=(rep_of(report, 1), lean, rep_of(report, 3)), faults=())
    assert range_lines(some) == ("Right leg: range 24° ± 3°, clean range 24°; 2 of 3 repetitions clean all the way.",)
    assert clean_lines(some) == ("In repetition 2 the trunk began to lean at 6° of 24°.",)
    both = replace(report, reps=(lean, replace(lean, number=4, clean_range_deg=9.0)), faults=())
    assert clean_lines(both) == ("In repetitions 2 and 4 the trunk began to lean at 6° to 9°.",)
    at_once = replace(report, reps=(replace(lean, clean_range_deg=0.2),))
    assert clean_lines(at_once) == ("In repetition 2 the trunk began to lean as the movement began.",)
    assert range_lines(replace(report, reps=(rep_of(report),))) == ("Right leg: range 24° ± 3°, all of it clean.",)
    unjudged = replace(report, reps=(rep_of(report, clean_range_deg=NAN, isolation_frac=NAN, range_pm_deg=NAN),))
    assert range_lines(unjudged) == ("Right leg: range 24° ± ?.",)
    assert range_lines(replace(report, reps=(rep_of(report, range_deg=NAN),))) == range_lines(replace(report, reps=())) == ()


def test_movements_the_other_way_are_said_with_their_range(report):
    out = rep_of(report, 1, rejected=Rejection.WRONG_DIRECTION, direction="outward", range_deg=18.0)
    more = replace(out, number=2, range_deg=21.2)
    wrong = replace(report, reps=(out, more, rep_of(report, 3)), faults=())
    line = "2 movements went outwards (up to 21°) and were not counted; only movements inwards count."
    assert direction_lines(wrong) == (line,) and line in summary(wrong)
    assert "went the other way, outwards, 18° ± 3°." in summarise(wrong).not_counted[0]
    unseen = replace(report, reps=(replace(out, range_deg=NAN),), settings={}, faults=())
    assert direction_lines(unseen) == ("1 movement went outwards and was not counted.",)
    assert direction_lines(report) == ()


def test_with_both_directions_each_has_its_count_and_its_range(report):
    out = rep_of(report, 2, direction="outward", range_deg=30.0, clean_range_deg=30.0)
    both = replace(report, reps=(rep_of(report), out, replace(out, number=3)), faults=())
    assert direction_lines(both) == ("Counted by direction: 1 inwards and 2 outwards.",)
    assert range_lines(both) == (
        "Right leg, inwards: range 24° ± 3°, all of it clean.",
        "Right leg, outwards: range 30° ± 3°, all of it clean.",
    )


# --- the plot and the page


def with_errors(report: SessionReport, pm: np.ndarray) -> SessionReport:
    lean = replace(
        report.reps[0], clean_range_deg=6.0, clean_until_s=2.0, culprit=FaultCode.TRUNK_LEAN, isolation_frac=0.2, range_pm_deg=2.0
    )
    line = replace(report.timeline, shown_pm_deg={side: pm for side in Side})
    return replace(report, reps=(lean, *report.reps[1:]), timeline=line)


def test_the_band_goes_around_the_curve_and_stops_where_the_error_is_unknown(report):
    pm = np.full(len(report.timeline.time_s), 2.0)
    pm[100:200] = np.nan
    band, curve, marks, _ = angle_figure(with_errors(report, pm))["data"]
    assert band["fill"] == "toself" and band["x"].count(None) == band["y"].count(None) == 1
    at = band["x"].index(None)
    assert band["x"][0] == band["x"][at - 1] == 0.0 and band["y"][0] == 2.0 and band["y"][at - 1] == -2.0
    assert len(band["x"]) <= MAX_POINTS and max(x for x in band["x"][:at]) < report.timeline.time_s[100]
    assert curve["text"][0] == "0° ± 2°" and curve["text"][150].endswith("° ± ?")
    assert marks["name"] == "clean range ends" and marks["text"] == ["6°"] and marks["x"] == [2.0]
    height = float(np.interp(2.0, report.timeline.time_s, report.timeline.shown_deg[Side.RIGHT]))
    assert marks["y"] == [pytest.approx(height, abs=0.5)]
    assert "then the trunk began to lean" in marks["hovertext"][0] and marks["marker"]["symbol"] == "circle-open"


def test_the_whole_band_is_inside_the_axis(report):
    low, high = angle_figure(with_errors(report, np.full(len(report.timeline.time_s), 40.0)))["layout"]["yaxis"]["range"]
    assert low < -40 and high > 60


def test_without_known_errors_there_is_no_band_and_no_false_precision(report):
    unknown = with_errors(report, np.full(len(report.timeline.time_s), np.nan))
    assert [trace["name"] for trace in angle_figure(unknown)["data"]][:2] == ["right leg", "clean range ends"]
    curve = angle_figure(report)["data"][0]
    assert "%{text}" in curve["hovertemplate"] and all(words is None or words.startswith("about ") for words in curve["text"])
    with shown_in("rad"):
        assert angle_figure(report)["data"][0]["text"][0].endswith(" rad")


def test_the_page_shows_raw_and_clean_and_what_began(report, tmp_path):
    shown = with_errors(report, np.full(len(report.timeline.time_s), 2.0))
    write_html(shown, tmp_path / "report.html", {}, None)
    text = (tmp_path / "report.html").read_text("utf-8")
    for words in (
        "clean to 6°, then the trunk began to lean",
        "20° ± 2°",
        "± around the curve",
        "clean range ends",
        "Without help",
        "20 %",
    ):
        assert words in text, words
    assert 'class="clean" style="width:30.0%"' in text


def test_an_overlay_knows_the_error_of_each_angle(report):
    recording = example_recording()
    moments = list(frame_results(recording, with_errors(report, np.full(len(report.timeline.time_s), 2.0))))
    assert moments[0].angle_pm_deg[Side.RIGHT] == moments[-1].angle_pm_deg[Side.LEFT] == 2.0
    assert next(iter(frame_results(recording, report))).angle_pm_deg == {}


# --- the count on the command line


def test_the_count_names_movements_the_other_way_and_both_directions(report):
    out = rep_of(report, 1, rejected=Rejection.WRONG_DIRECTION, direction="outward")
    assert count_line(report) == "2 right, 0 left (1 partial)"
    assert count_line(replace(report, reps=(*report.reps, out))) == "2 right, 0 left (1 partial, 1 outward not counted)"
    both = (rep_of(report), rep_of(report, 2, direction="outward"))
    assert count_line(replace(report, reps=both)) == "2 right, 0 left: 1 inward, 1 outward"
    failed = line_of(Path("a.mp4"), report.exercise, None, "no such file")
    assert failed["reps_by_direction"] == {} and failed["reps"]["total"] == 0
