"""Repetitions laid over each other, their tempo, one leg beside the other: the numbers behind the pictures of the page."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.exercise.analyzer import analyse
from formcheck.exercise.library import ids, load
from formcheck.exercise.session import FaultCode, RangeChange, Rejection, SessionReport
from formcheck.motion.landmarks import Side
from formcheck.report import html
from formcheck.report.page_rows import moments, sides_table
from formcheck.report.plot_marks import comfortable_of
from formcheck.report.plots import angle_figure
from formcheck.report.rep_curves import POINTS, overlay_data, rep_groups
from formcheck.report.tempo_plot import tempo_figure, tempo_target, tempo_text
from tests.builders import example_recording, example_report
from tests.people import clock, film, squatting
from tests.test_docs import ROOT

NAN = float("nan")


@pytest.fixture(scope="module")
def report() -> SessionReport:
    return example_report(example_recording())


def judged(report: SessionReport) -> SessionReport:
    return replace(report, advised_s=(2.0, 2.0), least_phase_s={"out": 0.8, "back": 0.8})


def test_a_repetition_runs_from_its_start_to_its_end(report):
    (group,) = rep_groups(report)
    assert (group.name, group.side, len(group.reps), len(group.curves)) == ("Right leg", "right", 3, 3)
    for curve in group.curves:
        assert curve.shape == (POINTS,) and max(abs(curve[0]), abs(curve[-1])) < 0.05
        expected = 10 * (1 - np.cos(2 * np.pi * np.linspace(0, 1, POINTS)))
        np.testing.assert_allclose(curve, expected, atol=0.1)
    np.testing.assert_allclose(group.usual, group.curves[0], atol=0.1)
    assert group.usual_s == pytest.approx(4.0)
    assert "3 movements laid over each other, 2 counted" in group.words() and "20° from rest" in group.words()


@given(st.integers(0, 599), st.integers(1, 200))
def test_what_was_not_measured_is_not_drawn(first, length):
    report = example_report(example_recording())
    shown = report.timeline.shown_deg[Side.RIGHT].copy()
    shown[first : first + length] = np.nan
    line = replace(report.timeline, shown_deg={side: shown for side in Side})
    (group,) = rep_groups(replace(report, timeline=line))
    time = report.timeline.time_s
    for rep, curve in zip(group.reps, group.curves, strict=True):
        at = np.linspace(rep.start_s, rep.end_s, POINTS)
        hidden = (at >= time[first]) & (at <= time[min(first + length, len(time)) - 1])
        assert np.isnan(curve[hidden]).all()
        clear = (at < time[first] - 0.04) | (at > time[min(first + length, len(time)) - 1] + 0.04)
        assert np.isfinite(curve[clear]).all()


def test_the_median_is_that_of_the_counted_ones_and_needs_two(report):
    line = report.timeline
    third = (line.time_s >= report.reps[2].start_s) & (line.time_s <= report.reps[2].end_s)
    shown = np.where(third, 3 * line.shown_deg[Side.RIGHT], line.shown_deg[Side.RIGHT])
    changed = replace(report, timeline=replace(line, shown_deg={side: shown for side in Side}))
    (group,) = rep_groups(changed)
    assert max(group.curves[2]) > 50 and max(group.usual) < 21
    one = replace(report, reps=report.reps[:1])
    assert rep_groups(one)[0].usual is None and rep_groups(one)[0].usual_s == pytest.approx(4.0)
    none = replace(report, reps=report.reps[2:])
    assert rep_groups(none)[0].usual is None and math.isnan(rep_groups(none)[0].usual_s)
    assert rep_groups(replace(report, reps=())) == ()


def test_legs_and_directions_are_kept_apart(report):
    first, second, third = report.reps
    other = replace(second, side=Side.LEFT)
    out = replace(third, direction="outward", rejected=Rejection.WRONG_DIRECTION)
    mixed = replace(report, reps=(first, other, out, replace(first, side=None)))
    names = [group.name for group in rep_groups(mixed)]
    assert names == ["Right leg, inwards", "Left leg, inwards", "Both legs, inwards", "Right leg, outwards"]


def test_both_legs_together_are_drawn_as_their_mean(report):
    line = report.timeline
    right = line.shown_deg[Side.RIGHT]
    other = right + 4
    both = replace(report, reps=tuple(replace(rep, side=None) for rep in report.reps))
    (group,) = rep_groups(replace(both, timeline=replace(line, shown_deg={Side.RIGHT: right, Side.LEFT: other})))
    assert max(group.curves[0]) == pytest.approx(22, abs=0.1)
    gone = replace(line, shown_deg={Side.RIGHT: right, Side.LEFT: np.full(len(right), np.nan)})
    assert max(rep_groups(replace(both, timeline=gone))[0].curves[0]) == pytest.approx(20, abs=0.1)


def test_the_plain_values_hold_gaps_limits_and_what_was_counted(report):
    (data,) = json.loads(json.dumps(overlay_data(report, rep_groups(report)), allow_nan=False))
    assert data["limit"] == 35.0 and data["comfortable"] is None
    assert [rep["counted"] for rep in data["reps"]] == [True, True, False]
    assert [rep["marked"] for rep in data["reps"]] == [False, True, False]
    assert all(len(rep["y"]) == POINTS for rep in data["reps"])
    down = replace(report.timeline, shown_deg={side: -report.timeline.shown_deg[side] for side in Side})
    (data,) = overlay_data(replace(report, timeline=down), rep_groups(replace(report, timeline=down)))
    assert data["limit"] == -35.0


# --- what is comfortable


def with_comfort(report: SessionReport, **degrees: float) -> SessionReport:
    changes = tuple(
        RangeChange(side, "inward", value, 3.0, "2026-05-03", 20.0, 3.0, 20.0 - value, 5.0, False, value + 5)
        for side, value in degrees.items()
    )
    return replace(report, against_profile=changes)


def test_the_comfortable_range_is_a_field_from_rest_with_its_words(report):
    layout = angle_figure(with_comfort(report, right=24.0))["layout"]
    field = [shape for shape in layout["shapes"] if shape.get("fillcolor") == "@comfort"]
    assert [(shape["y0"], shape["y1"]) for shape in field] == [(0, 24.0)]
    assert "comfortable 24°" in [note["text"] for note in layout["annotations"]]
    far = angle_figure(with_comfort(report, right=58.0))["layout"]["yaxis"]["range"]
    assert far[1] > 58


def test_two_legs_have_a_field_each_unless_they_share_it(report):
    apart = [note["text"] for note in angle_figure(with_comfort(report, left=24.0, right=27.0))["layout"]["annotations"]]
    assert {"comfortable 24°, left", "comfortable 27°, right"} <= set(apart)
    shared = [note["text"] for note in angle_figure(with_comfort(report, left=24.0, right=24.0))["layout"]["annotations"]]
    assert shared.count("comfortable 24°") == 1
    unknown = angle_figure(with_comfort(report, left=NAN))["layout"]
    assert not [note for note in unknown["annotations"] if "comfortable" in note["text"]]
    assert comfortable_of(with_comfort(report, right=24.0), "right", "inward") == 24.0
    assert math.isnan(comfortable_of(with_comfort(report, right=24.0), "right", "outward"))


# --- tempo


def test_the_bars_are_the_phases_and_plotly_knows_them(report):
    figure = tempo_figure(judged(report))
    text = json.dumps(figure, allow_nan=False)
    go.Figure(json.loads(re.sub(r'"@\w+"', '"#123456"', text)))
    bars = {(trace["name"], trace["yaxis"]): trace for trace in figure["data"]}
    assert bars["right", "y"]["y"] == [2.0, 2.0] and bars["not counted", "y3"]["y"] == [2.0]
    assert bars["right", "y"]["customdata"] == [round(rep.start_s, 3) for rep in report.reps[:2]]
    lines = [(shape["yref"], shape["y0"]) for shape in figure["layout"]["shapes"]]
    assert lines == [("y", 2.0), ("y", 0.8), ("y3", 2.0), ("y3", 0.8)]


def test_a_phase_that_was_not_seen_has_no_bar_and_a_hurried_one_a_mark(report):
    hurried = replace(report.reps[0], out_s=NAN, back_s=0.4, faults=(FaultCode.FAST_RETURN,))
    figure = tempo_figure(judged(replace(report, reps=(hurried, *report.reps[1:]))))
    bars = {(trace["name"], trace["yaxis"]): trace for trace in figure["data"]}
    assert bars["right", "y"]["x"] == [2] and bars["right", "y3"]["x"] == [1, 2]
    assert bars["right", "y3"]["text"] == ["◆", ""] and set(bars["right", "y2"]["text"]) == {""}


def test_legs_are_told_apart_without_colour(report):
    left = replace(report.reps[1], side=Side.LEFT)
    traces = tempo_figure(replace(report, reps=(report.reps[0], left, report.reps[2])))["data"]
    looks = {trace["name"]: ("pattern" in trace["marker"], trace["marker"]["line"]["width"]) for trace in traces}
    assert looks == {"right": (False, 0), "left": (True, 1), "not counted": (False, 1)}


def test_the_target_in_words(report):
    assert tempo_target(report) == ""
    assert tempo_target(judged(report)) == "The exercise asks for about 2 s out and 2 s back. A way of less than 0.8 s is called hurried."
    uneven = replace(report, advised_s=(1.5, NAN), least_phase_s={"back": 0.6})
    assert tempo_target(uneven) == "The exercise asks for about 1.5 s out. A way back of less than 0.6 s is called hurried."
    assert "way out 2.0 s, 2.0 s in the median" in tempo_text(report)
    assert tempo_text(replace(report, reps=())) == "How long the phases of 0 movements took."
    assert tempo_figure(replace(report, reps=()))["data"] == []


@pytest.mark.parametrize("name", [*ids(), str(ROOT / "docs/examples/squat.toml")])
def test_a_report_knows_the_tempo_its_exercise_asks_for(name):
    spec = load(name)
    if not name.endswith("squat.toml"):
        assert spec.target.out_s > 0
        return
    report = analyse(film(squatting(clock(16), 2)), spec)
    assert report.advised_s == (spec.target.out_s, spec.target.back_s)
    phases = [rule for rule in spec.faults if rule.kind == "phase"]
    assert set(report.least_phase_s) == ({"out", "back"} if any(rule.phase == "any" for rule in phases) else {"back"} if phases else set())


# --- one leg beside the other, and the moments


def test_the_legs_stand_beside_each_other_in_medians(report):
    left = replace(report.reps[1], side=Side.LEFT, out_s=1.0, range_deg=18.0, range_pm_deg=2.0, faults=())
    table = sides_table(replace(report, reps=(replace(report.reps[0], range_pm_deg=2.0), left)))
    assert table is not None and table["heads"] == ["Left leg", "Right leg"]
    rows = dict(table["rows"])
    assert rows["Counted"] == ["1", "1"] and rows["Range"] == ["18° ± 2°", "20° ± 2°"]
    assert rows["Way out"] == ["1.0 s", "2.0 s"] and rows["Clean range"] == ["not judged", "not judged"]
    assert rows["With something to work on"] == ["0 of 1", "0 of 1"]
    unseen = sides_table(replace(report, reps=(replace(report.reps[0], range_deg=NAN, out_s=NAN, peak_speed_deg_s=NAN),)))
    assert unseen is not None
    assert (dict(unseen["rows"])["Range"], dict(unseen["rows"])["Way out"], dict(unseen["rows"])["Top speed"]) == (
        ["not measured"],
        ["–"],
        ["–"],
    )
    assert sides_table(replace(report, reps=report.reps[2:])) is None


def test_moments_are_in_order_and_say_what_was_not_counted(report):
    found = moments(replace(report, reps=report.reps[::-1]))
    assert [one["number"] for one in found] == [1, 2, 3]
    assert [one["words"] for one in found][1:] == ["movement 2, right leg", "movement 3, right leg, not counted"]
    assert moments(replace(report, reps=(replace(report.reps[0], start_s=NAN),))) == []


def test_every_kind_of_mistake_has_a_picture_before_any_has_two(report, monkeypatch):
    monkeypatch.setattr(html, "MAX_STILLS_BYTES", 30)
    kinds = (FaultCode.OVER_ROTATION, FaultCode.OVER_ROTATION, FaultCode.OVER_ROTATION, FaultCode.JERKY)
    faults = [replace(report.faults[0], code=code) for code in kinds]
    assert set(html._within_budget({index: bytes(10) for index in range(4)}, faults)) == {0, 1, 3}
    assert html._within_budget({7: bytes(10)}, faults) == {}
