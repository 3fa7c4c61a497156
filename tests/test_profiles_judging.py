"""A session judged by a person's own range: limits per leg and direction, and today's range beside the comfortable one."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from functools import cache

import jsonschema
import numpy as np
import pytest

from formcheck.errors import UsageError
from formcheck.exercise.analyzer import AnalysisOptions, analyse
from formcheck.exercise.frames import frame_results
from formcheck.exercise.library import load
from formcheck.exercise.session import FaultCode, SessionReport
from formcheck.motion.landmarks import Side
from formcheck.motion.recording import PoseRecording
from formcheck.profiles.calibration import without_limit
from formcheck.profiles.judging import held_against, limits_deg
from formcheck.profiles.profile import Profile
from formcheck.report.against import against_profile_lines, change_words
from formcheck.report.overlay import Overlay
from formcheck.report.plots import angle_figure
from formcheck.report.schema import session_schema
from formcheck.report.session_json import session_dict
from formcheck.report.summary import summarise, summary
from tests.builders import example_recording, example_report
from tests.people import a_set, film, length_s, seated
from tests.test_profiles import TURN, measured, session

SPEC = load(TURN)


@cache
def both_legs() -> PoseRecording:
    """Three movements of each leg, all of 20 degrees."""
    reps = [*a_set(3, side=Side.LEFT, height_deg=20.0), *a_set(3, side=Side.RIGHT, height_deg=20.0, first_s=18.0)]
    return film(seated(reps, duration_s=length_s(reps)), noise_px=0.4)


def too_far(report: SessionReport) -> dict[str, set[float]]:
    found: dict[str, set[float]] = {}
    for fault in report.faults:
        if fault.code is FaultCode.OVER_ROTATION:
            found.setdefault(fault.side, set()).add(fault.limit)
    return found


def person(*ranges: object) -> Profile:
    return Profile(name="Anna").with_ranges(ranges)  # type: ignore[arg-type]


# --- limits of each leg in the analyzer


@pytest.mark.parametrize(("low", "high"), [("left", "right"), ("right", "left")])
def test_only_the_leg_with_the_lower_limit_goes_too_far(low: str, high: str) -> None:
    options = AnalysisOptions(limits_deg={(low, "inward"): 12.0, (high, "inward"): 30.0}, profile="Anna")
    report = analyse(both_legs(), SPEC, options)
    assert report.counts["left"] == report.counts["right"] == 3
    assert too_far(report) == {low: {12.0}}
    assert (report.limit_of(low), report.limit_of(high), report.limit_of("both"), report.limit_deg) == (12.0, 30.0, 35.0, 35.0)
    assert report.settings["limits_deg"] == {low: {"inward": 12.0}, high: {"inward": 30.0}}
    assert (report.settings["profile"], report.settings["limit_source"], report.settings["limit_deg"]) == ("Anna", "profile", 35.0)


def test_a_leg_without_a_limit_of_its_own_has_the_general_one() -> None:
    report = analyse(both_legs(), SPEC, AnalysisOptions(limits_deg={("left", "inward"): 30.0}, limit_deg=13.0))
    assert too_far(report) == {"right": {13.0}}


def test_a_limit_holds_in_its_own_direction_alone() -> None:
    report = analyse(both_legs(), SPEC, AnalysisOptions(limits_deg={("left", "outward"): 5.0}))
    assert too_far(report) == {} and report.limits_deg == {} and report.settings["limits_deg"] == {}
    assert report.settings["limit_source"] == "exercise"
    options = AnalysisOptions(limits_deg={("left", "outward"): 5.0, ("left", "inward"): 12.0}, direction="both")
    report = analyse(both_legs(), SPEC, options)
    assert too_far(report) == {"left": {12.0}} and report.limits_deg == {"left": 5.0}


def test_where_the_limit_comes_from_is_said() -> None:
    sources = [analyse(both_legs(), SPEC, AnalysisOptions(limit_deg=limit)).settings["limit_source"] for limit in (None, 13.0)]
    assert sources == ["exercise", "chosen"]
    free = analyse(both_legs(), without_limit(SPEC))
    assert free.settings["limit_source"] is None and math.isnan(free.limit_of("left"))
    assert AnalysisOptions().checked(without_limit(SPEC)).limit_of("left", "inward") == math.inf


@pytest.mark.parametrize("limit", [0.0, -1.0, 90.5, math.nan])
def test_a_limit_of_a_leg_out_of_range_is_refused(limit: float) -> None:
    with pytest.raises(UsageError, match="limit must be over 0"):
        AnalysisOptions(limits_deg={("left", "inward"): limit}).checked(SPEC)


# --- limits from a profile


def test_limits_are_of_the_newest_measurement_of_this_exercise() -> None:
    anna = person(
        measured(10.0), measured(20.0), measured(38.9, side="right"), measured(30.0, direction="outward"), measured(9.0, exercise="other")
    )
    found = limits_deg(anna, SPEC)
    assert found == {("left", "inward"): 25.0, ("right", "inward"): pytest.approx(44.735), ("left", "outward"): 35.0}
    assert limits_deg(person(measured(44.0)), SPEC) == {("left", "inward"): 45.0}


def test_an_exercise_in_which_nothing_is_too_far_has_no_limits() -> None:
    anna, free = person(measured(20.0, side="right")), without_limit(SPEC)
    assert limits_deg(anna, free) == {} and limits_deg(anna, SPEC) != {}
    report = session(*[(24.0, 2.0)] * 3)
    assert held_against(report, anna, free).not_measured == () and held_against(report, anna, SPEC).not_measured != ()


# --- today beside the profile


def held(report: SessionReport, *ranges: object) -> SessionReport:
    return held_against(replace(report, exercise=TURN), person(*ranges), SPEC)


def codes(report: SessionReport) -> list[tuple[str, str]]:
    return [(item.what, item.code) for item in report.not_measured]


def test_today_is_compared_in_closed_form() -> None:
    report = held(session((30.0, 4.0), (30.0, 4.0), (30.0, 4.0)), measured(20.0, 3.0, model="full"))
    (change,) = report.against_profile
    assert (change.side, change.direction, change.comfortable_deg, change.today_deg, change.difference_deg) == (
        "left",
        "inward",
        20,
        30,
        10,
    )
    assert change.pm_deg == pytest.approx(5.4) and change.changed is True
    assert (change.limit_deg, change.limit_capped, change.measured_on) == (25.0, False, "2026-05-03")
    (line,) = against_profile_lines(report)
    assert line == (
        "Left leg, inward: ~30° today, 20° ± 3° was comfortable on 2026-05-03: 10° more than on 2026-05-03, "
        "more than the measurement error (±6°). The limit is 25°."
    )
    assert codes(report) == []


def test_a_difference_within_the_error_is_no_change() -> None:
    report = held(session((24.0, 4.0), (24.0, 4.0), (24.0, 4.0)), measured(20.0, 3.0, model="full"))
    assert report.against_profile[0].changed is False
    assert "no change beyond the measurement error (±6°)" in against_profile_lines(report)[0]


def test_going_too_far_is_part_of_today_but_other_mistakes_are_not() -> None:
    report = session(*[(24.0, 2.0)] * 3, (60.0, 2.0))
    reps = list(report.reps)
    reps[0] = replace(reps[0], faults=(FaultCode.OVER_ROTATION,))
    reps[3] = replace(reps[3], faults=(FaultCode.OVER_ROTATION, FaultCode.TRUNK_LEAN))
    found = held(replace(report, reps=tuple(reps)), measured(20.0, model="full"))
    assert found.against_profile[0].today_deg == 24.0


def test_too_few_repetitions_are_not_compared_and_said() -> None:
    report = held(session((24.0, 2.0), (24.0, 2.0), (math.nan, math.nan)), measured(20.0, model="full"))
    assert report.against_profile == () and codes(report) == [("comparison_with_profile", "too_few_to_compare")]
    assert "there were 2" in report.not_measured[0].reason


def test_another_model_is_not_compared_and_said() -> None:
    report = held(session(*[(24.0, 2.0)] * 3), measured(20.0, model="heavy"))
    assert report.against_profile == () and codes(report) == [("over_rotation", "profile_other_model")]
    assert "--model heavy" in report.not_measured[0].reason
    unknown = held(replace(session(*[(24.0, 2.0)] * 3), model={"name": None}), measured(20.0, model="heavy"))
    assert len(unknown.against_profile) == 1


def test_a_leg_that_the_profile_lacks_is_said_with_the_command() -> None:
    report = held(session(*[(24.0, 2.0)] * 3, side=Side.RIGHT), measured(20.0, model="full"))
    (note,) = report.not_measured
    assert (note.what, note.code) == ("over_rotation", "no_profile_range") and report.against_profile == ()
    assert "the right leg going inward; the exercise's own limit of 35 degrees was used" in note.reason
    assert note.reason.endswith("profile make Anna VIDEO --exercise hip-internal-rotation --direction inward")


def test_nothing_counted_is_compared_with_nothing() -> None:
    report = held(replace(session(), reps=()), measured(20.0))
    assert report.against_profile == () and report.not_measured == ()


def test_an_error_that_is_not_known_leaves_the_change_open() -> None:
    report = held(session(*[(24.0, math.nan)] * 3), measured(20.0, None, model="full"))
    assert report.against_profile[0].changed is None and math.isnan(report.against_profile[0].pm_deg)
    assert "cannot be told" in against_profile_lines(report)[0]
    assert session_dict(replace(report, settings={"profile": "Anna"}))["summary"]["against_profile"][0]["changed"] is None


# --- in the results


def with_profile() -> SessionReport:
    report = held(session(*[(24.0, 2.0)] * 3), measured(60.0, model="full"))
    return replace(report, settings={**report.settings, "profile": "Anna"}, limits_deg={"left": 45.0}, sides=("left",))


def test_the_json_holds_the_comparison_only_with_a_profile() -> None:
    found = json.loads(json.dumps(session_dict(with_profile()), allow_nan=False))
    jsonschema.validate(found, session_schema())
    (change,) = found["summary"]["against_profile"]
    assert (change["side"], change["comfortable_deg"], change["today_deg"], change["changed"], change["limit_capped"]) == (
        "left",
        60,
        24,
        True,
        True,
    )
    plain = example_report(example_recording())
    assert "against_profile" not in session_dict(plain)["summary"]


def test_the_summary_says_it_and_never_urges() -> None:
    text = summary(with_profile())
    assert "Beside your comfortable range:" in text and "less than on 2026-05-03" in text
    assert "The limit is 45°, the most formcheck allows anybody." in text
    assert "Beside your" not in summary(example_report(example_recording()))
    assert summarise(with_profile()).went_well[0] == "Every repetition stayed within the limit of 45°."


@pytest.mark.parametrize(
    ("difference", "detectable", "changed", "words"),
    [
        (7.4, 5.4, True, "7° more than before, more than the measurement error (±6°)"),
        (-7.6, 6.0, True, "8° less than before, more than the measurement error (±6°)"),
        (5.4, 5.4, False, "no change beyond the measurement error (±6°)"),
        (5.0, math.nan, None, "whether it changed cannot be told, since the measurement error is not known"),
    ],
)
def test_change_in_words(difference: float, detectable: float, changed: bool | None, words: str) -> None:
    assert change_words(difference, detectable, changed, "than before") == words


def test_the_plot_draws_the_limit_of_each_leg() -> None:
    report = example_report(example_recording())
    left = [replace(rep, side=Side.LEFT) for rep in report.reps]
    two = replace(report, reps=(*report.reps, *left), limits_deg={"left": 26.0}, sides=("left", "right"))
    shown = {note["text"]: (note["x"], note["y"]) for note in angle_figure(two)["layout"]["annotations"] if "limit" in note["text"]}
    assert {text for text in shown} == {"limit 26°, left leg", "limit 35°, right leg"}
    assert len({abs(y) for _, y in shown.values()}) == 2 and {x for x, _ in shown.values()} == {0, 1}
    one = [note["text"] for note in angle_figure(report)["layout"]["annotations"] if "limit" in note["text"]]
    assert one == ["limit 35°"]


def test_the_panel_of_each_leg_shows_its_own_limit() -> None:
    report = replace(example_report(example_recording()), sides=("left", "right"))
    same = replace(report, limits_deg={"left": 35.0})
    other = replace(report, limits_deg={"left": 20.0})
    frames = []
    for one in (report, same, other):
        result = next(iter(frame_results(example_recording(), one)))
        frames.append(Overlay.of(one, (640, 480)).draw(np.full((480, 640, 3), 90, np.uint8), result))
    assert np.array_equal(frames[0], frames[1]) and not np.array_equal(frames[0], frames[2])
    changed = np.argwhere((frames[0] != frames[2]).any(axis=2))
    halves = {"left" if x < 320 else "right" for _, x in changed}
    assert len(halves) == 1
