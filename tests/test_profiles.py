"""Comfortable ranges: how they are found, what limit follows, and when a difference is a change."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from formcheck.errors import NotMeasurableError
from formcheck.exercise.analyzer import HARD_LIMIT_DEG, analyse
from formcheck.exercise.library import ids, load
from formcheck.exercise.session import FaultCode, NotMeasured, Rejection, Rep, SessionReport
from formcheck.exercise.spec import LimitRule
from formcheck.motion.landmarks import Side
from formcheck.profiles.calibration import MIN_REPS, calibrated, usual_range, without_limit
from formcheck.profiles.change import MIN_CHANGE_DEG, change_between, detectable_change_deg
from formcheck.profiles.profile import ComfortRange, Profile, RangeKey, own_limit
from formcheck.profiles.schema import schema_text
from formcheck.profiles.store import profile_text
from tests.builders import example_recording, example_report
from tests.people import a_set, film, length_s, seated

NOW = datetime(2026, 5, 3, 23, 30, tzinfo=timezone(timedelta(hours=2)))
TURN = "hip-internal-rotation"
NAN = math.nan
ROOT = Path(__file__).resolve().parent.parent

angles = st.floats(0, 180)


def measured(comfortable_deg: float = 22.0, pm_deg: float | None = 3.0, **more: object) -> ComfortRange:
    facts: dict[str, object] = {
        "exercise": TURN,
        "exercise_title": "Hip internal rotation",
        "direction": "inward",
        "side": "left",
        "comfortable_deg": comfortable_deg,
        "spread_deg": 1.0,
        "pm_deg": pm_deg,
        "repetitions": 4,
        "measured_at": NOW,
        "model": "heavy",
        "view_yaw_deg": 3.0,
        "source": "anna.mp4",
        "formcheck": "0.1.0",
    }
    return ComfortRange.model_validate(facts | more)


def session(*reps: tuple[float, float], side: Side | None = Side.LEFT, **of_rep: object) -> SessionReport:
    """A session with the given (range, ±) of its repetitions, all of them good."""
    report = example_report(example_recording())
    first = replace(report.reps[0], faults=(), rejected=None, **{"side": side, **of_rep})  # type: ignore[arg-type]
    made = [replace(first, number=n, range_deg=height, range_pm_deg=pm) for n, (height, pm) in enumerate(reps, 1)]
    return replace(report, reps=tuple(made), faults=(), not_measured=())


def with_rep(report: SessionReport, index: int, **change: object) -> SessionReport:
    reps: list[Rep] = list(report.reps)
    reps[index] = replace(reps[index], **change)  # type: ignore[arg-type]
    return replace(report, reps=tuple(reps))


# --- the limit that follows


@pytest.mark.parametrize(
    ("comfortable", "limit", "capped"),
    [
        (0.0, 5.0, False),
        (20.0, 25.0, False),
        (100 / 3, 115 / 3, False),
        (36.0, 41.4, False),
        (39.0, 44.85, False),
        (40.0, 45.0, True),
        (60.0, 45.0, True),
    ],
)
def test_the_limit_is_5_degrees_or_15_percent_more_and_never_over_45(comfortable: float, limit: float, capped: bool) -> None:
    found = own_limit(comfortable)
    assert found.limit_deg == pytest.approx(limit) and found.capped is capped


@given(angles, angles)
def test_a_larger_comfortable_range_never_has_a_smaller_limit(first: float, second: float) -> None:
    low, high = sorted((first, second))
    assert own_limit(low).limit_deg <= own_limit(high).limit_deg <= HARD_LIMIT_DEG
    assert own_limit(low).limit_deg >= min(low + 5, HARD_LIMIT_DEG)


# --- median, spread and error


def test_the_range_in_closed_form() -> None:
    usual = usual_range([20.0, 24.0, 22.0], [3.0, 5.0, 4.0])
    # Student's t of 2 degrees of freedom is 4.30265; the standard error of a median is sqrt(pi / 2) that of a mean.
    spread = 4.30265 * math.sqrt(math.pi / 2) * 2.0 / math.sqrt(3)
    assert (usual.median_deg, usual.spread_deg, usual.count) == (22.0, pytest.approx(2.0), 3)
    assert usual.pm_deg == pytest.approx(math.hypot(4.0, spread), abs=1e-4)


def test_equal_repetitions_have_the_error_of_measuring_and_no_less() -> None:
    for count in (2, 3, 50):
        assert usual_range([21.0] * count, [2.5] * count).pm_deg == pytest.approx(2.5)


def test_an_error_that_is_not_known_is_said_to_be_so() -> None:
    assert math.isnan(usual_range([20.0, 21.0, 22.0], [NAN] * 3).pm_deg)
    assert usual_range([21.0] * 3, [NAN, 2.0, NAN]).pm_deg == pytest.approx(2.0)


@pytest.mark.parametrize("ranges", [[], [20.0], [20.0, NAN, 21.0], [20.0, math.inf]])
def test_a_usual_range_needs_repetitions_that_were_measured(ranges: list[float]) -> None:
    with pytest.raises(ValueError, match="at least two finite ranges"):
        usual_range(ranges, [1.0] * len(ranges))


def test_the_interval_covers_what_the_person_usually_does() -> None:
    generator = np.random.default_rng(1)
    for count in (3, 5, 10):
        sets = generator.normal(22.0, 2.0, (400, count))
        covered = np.mean([abs(one.median_deg - 22.0) <= one.pm_deg for one in (usual_range(row, [0.0] * count) for row in sets)])
        assert 0.93 <= covered <= 0.995, count


# --- calibration


def test_a_leg_with_three_good_repetitions_has_a_range() -> None:
    found = calibrated(session((20.0, 3.0), (24.0, 3.0), (22.0, 3.0)), NOW)
    (one,) = found.ranges
    assert found.notes == ()
    assert one.key == RangeKey(TURN, "inward", "left")
    assert (one.comfortable_deg, one.spread_deg, one.repetitions, one.model, one.view_yaw_deg) == (22.0, 2.0, 3, "full", 3.0)
    assert (one.source, one.measured_on, one.exercise_title) == ("example.mp4", "2026-05-03", "Hip internal rotation")
    assert one.limit.limit_deg == 27.0


def test_each_leg_and_direction_has_its_own() -> None:
    left, right = session(*[(20.0, 2.0)] * 3), session(*[(30.0, 2.0)] * 3, side=Side.RIGHT)
    out = session(*[(25.0, 2.0)] * 3, direction="outward")
    both = session(*[(15.0, 2.0)] * 3, side=None)
    reps = (*left.reps, *right.reps, *out.reps, *both.reps)
    found = {one.key[1:]: one.comfortable_deg for one in calibrated(replace(left, reps=reps), NOW).ranges}
    assert found == {("inward", "left"): 20, ("inward", "right"): 30, ("outward", "left"): 25, ("inward", "both"): 15}


def test_repetitions_with_faults_are_left_out_with_a_sentence() -> None:
    report = session((20.0, 2.0), (21.0, 2.0), (22.0, 2.0), (44.0, 2.0))
    report = with_rep(report, 3, faults=(FaultCode.FOOT_LIFTED, FaultCode.TRUNK_LEAN))
    found = calibrated(report, NOW)
    assert found.ranges[0].comfortable_deg == 21.0 and found.ranges[0].repetitions == 3
    assert found.notes == ("left leg, inward: 1 of 4 repetition was left out (foot lifted, trunk lean).",)


@pytest.mark.parametrize("good", range(MIN_REPS))
def test_fewer_than_three_good_repetitions_are_refused_with_what_to_do(good: int) -> None:
    report = session(*[(20.0, 2.0)] * 4)
    for index in range(good, 4):
        report = with_rep(report, index, faults=(FaultCode.JERKY,))
    with pytest.raises(NotMeasurableError, match=rf"and {good} repetitions? could be used\. {4 - good} of 4 .*\(jerky\)\. Record 3 to 5"):
        calibrated(report, NOW)


def test_movements_that_were_not_counted_are_no_repetitions() -> None:
    report = with_rep(session(*[(20.0, 2.0)] * 3), 1, rejected=Rejection.PARTIAL)
    with pytest.raises(NotMeasurableError, match="2 repetitions could be used"):
        calibrated(report, NOW)
    with pytest.raises(NotMeasurableError, match="no full repetition was counted"):
        calibrated(replace(report, reps=()), NOW)


def test_a_leg_without_a_range_is_named_beside_one_that_has() -> None:
    few = session(*[(20.0, 2.0)] * 2, side=Side.RIGHT)
    found = calibrated(replace(few, reps=(*few.reps, *session(*[(20.0, 2.0)] * 3).reps)), NOW)
    assert [one.side for one in found.ranges] == ["left"]
    assert len(found.notes) == 1 and "right leg, inward: no range was kept" in found.notes[0]


def test_repetitions_of_very_different_sizes_are_no_range() -> None:
    with pytest.raises(NotMeasurableError, match=r"very different sizes \(from 20 to 42 degrees\)"):
        calibrated(session((20.0, 2.0), (21.0, 2.0), (42.0, 2.0)), NOW)
    assert calibrated(session((12.0, 2.0), (20.0, 2.0), (25.0, 2.0)), NOW).ranges[0].comfortable_deg == 20.0


def test_an_angle_that_the_view_does_not_show_is_refused_with_its_reason() -> None:
    report = session(*[(NAN, NAN)] * 4)
    hidden = NotMeasured("hip_rotation", "turned_away", "Face the camera.", 0.0, 1.0)
    with pytest.raises(NotMeasurableError, match=r"could not be measured\. Face the camera\."):
        calibrated(replace(report, not_measured=(hidden,)), NOW)
    with pytest.raises(NotMeasurableError, match="does not show this angle"):
        calibrated(report, NOW)


@pytest.mark.parametrize(
    ("path", "name"), [("/a/b/c.mp4", "c.mp4"), ("C:\\a\\c.mp4", "c.mp4"), ("", ""), (None, ""), ("h\udcff.mp4", "h?.mp4")]
)
def test_of_the_recording_only_its_name_is_kept(path: str | None, name: str) -> None:
    report = session(*[(20.0, NAN)] * 3)
    found = calibrated(replace(report, source={"path": path}, model={}, view={"yaw_deg": None}), NOW).ranges[0]
    assert (found.source, found.model, found.view_yaw_deg, found.pm_deg) == (name, None, None, None)


@pytest.mark.parametrize("exercise", ids())
def test_nothing_is_too_far_while_the_range_is_measured(exercise: str) -> None:
    spec = load(exercise)
    assert spec.rule(LimitRule) is not None and without_limit(spec).rule(LimitRule) is None
    assert len(without_limit(spec).faults) == len(spec.faults) - 1


def test_a_made_up_person_has_a_range_of_each_leg() -> None:
    reps = [*a_set(3, side=Side.LEFT, height_deg=20.0), *a_set(3, side=Side.RIGHT, height_deg=40.0, first_s=18.0)]
    report = analyse(film(seated(reps, duration_s=length_s(reps)), noise_px=0.4), without_limit(load(TURN)))
    found = {one.side: one for one in calibrated(report, NOW).ranges}
    assert 16 <= found["left"].comfortable_deg <= 24 and 34 <= found["right"].comfortable_deg <= 50
    for side, one in found.items():
        heights = sorted(rep.range_deg for rep in report.reps if rep.side_name == side)
        assert one.comfortable_deg == round(heights[1], 2) and one.spread_deg < 1.0


# --- change


def test_the_least_change_in_closed_form() -> None:
    assert detectable_change_deg(6.0, 8.0) == pytest.approx(10.0)
    assert detectable_change_deg(0.0, 0.0) == detectable_change_deg(3.0, 3.0) == MIN_CHANGE_DEG
    assert all(math.isnan(detectable_change_deg(*pair)) for pair in [(NAN, 1.0), (1.0, NAN), (1.0, math.inf)])


@pytest.mark.parametrize(
    ("now", "pm", "changed"),
    [(25.4, 0.0, False), (25.5, 0.0, True), (14.5, 0.0, True), (20.0, 9.0, False), (30.0, 9.9, False), (30.0, NAN, None), (NAN, 1.0, None)],
)
def test_only_more_than_the_error_is_a_change(now: float, pm: float, changed: bool | None) -> None:
    found = change_between(20.0, 5.0 if pm else 0.0, now, pm)
    assert found.changed is changed
    assert math.isnan(found.difference_deg) if math.isnan(now) else found.difference_deg == pytest.approx(now - 20)


@given(angles, st.floats(0, 30), angles, st.floats(0, 30))
def test_a_change_looks_the_same_from_both_ends(first: float, first_pm: float, second: float, second_pm: float) -> None:
    there, back = change_between(first, first_pm, second, second_pm), change_between(second, second_pm, first, first_pm)
    assert there.changed is back.changed and there.difference_deg == -back.difference_deg
    assert there.detectable_deg >= max(first_pm, second_pm, MIN_CHANGE_DEG)
    assume(there.changed)
    assert change_between(first, 0.0, second, 0.0).changed


def test_measuring_the_same_twice_is_hardly_ever_called_a_change() -> None:
    generator = np.random.default_rng(2)
    pairs = generator.normal(22.0, 3.0, (4000, 2))
    wrong = np.mean([bool(change_between(a, 1.96 * 3.0, b, 1.96 * 3.0).changed) for a, b in pairs])
    assert 0.03 <= wrong <= 0.07


# --- what is kept


def test_the_newest_measurement_holds_and_the_former_ones_stay() -> None:
    first, second = measured(22.0), measured(25.0, measured_at=NOW + timedelta(days=30))
    other = measured(30.0, side="right")
    person = Profile(name="Anna").with_ranges([first]).with_ranges([other, second])
    key = first.key
    assert person.present(key) == second and person.history(key) == (first, second)
    assert person.present(RangeKey(TURN, "outward", "left")) is None and person.history(RangeKey("x", "y", "left")) == ()
    assert person.keys == (key, other.key)
    assert Profile(name="Anna").keys == ()


@pytest.mark.parametrize(
    "change",
    [
        {"comfortable_deg": NAN},
        {"comfortable_deg": -1.0},
        {"pm_deg": math.inf},
        {"repetitions": 2},
        {"side": "middle"},
        {"measured_at": "2026-05-03T10:00:00"},
        {"unknown": 1},
        {"exercise": ""},
    ],
)
def test_a_wrong_measurement_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        measured(**change)  # type: ignore[arg-type]


def test_the_published_schema_is_the_one_in_force() -> None:
    assert (ROOT / "docs/profile-schema.json").read_text("utf-8") == schema_text()
    schema = json.loads(schema_text())
    person = Profile(name="Ána").with_ranges(
        [measured(), measured(pm_deg=None, model=None, view_yaw_deg=None, measured_at=datetime.now(UTC))]
    )
    jsonschema.validate(json.loads(profile_text(person)), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"schema": 2, "name": "Anna", "measurements": []}, schema)
