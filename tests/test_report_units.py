"""Angles in words: degrees, or radians where they are asked for."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.report.against import change_words
from formcheck.report.summary import summary
from formcheck.report.units import angle_unit, shown_in
from formcheck.report.words import about_text, angle_text, degrees, degrees_up, speed_text
from tests.builders import example_recording, example_report

NAN = math.nan


def test_radians_are_told_only_where_they_are_asked_for() -> None:
    assert degrees(24.0, 3.0) == "24° ± 3°"
    with shown_in("rad"):
        assert angle_unit() == "rad" and degrees(24.0, 3.0) == "0.42 rad ± 0.05 rad"
        with shown_in("deg"):
            assert degrees(24.0) == "24°"
    assert angle_unit() == "deg"
    with pytest.raises(ValueError, match="on the way"), shown_in("rad"):
        raise ValueError("on the way")
    assert angle_unit() == "deg", "an error on the way must not change the words of others"


@pytest.mark.parametrize(
    ("value", "pm", "words"),
    [
        (24.31, 0.3, "0.424 rad ± 0.006 rad"),
        (24.31, 3.0, "0.42 rad ± 0.06 rad"),
        (-24.31, 3.0, "−0.42 rad ± 0.06 rad"),
        (24.31, 30.0, "0.4 rad ± 0.53 rad"),
        (24.31, NAN, "0.42 rad ± ?"),
        (NAN, 3.0, "not measured"),
        (-0.01, 2.0, "0.00 rad ± 0.04 rad"),
        (1.0, 0.0, "0.017 rad ± 0.001 rad"),
    ],
)
def test_angles_in_radians_have_the_places_their_error_supports(value: float, pm: float, words: str) -> None:
    with shown_in("rad"):
        assert angle_text(value, pm) == words


@given(st.floats(-180, 180), st.floats(0.01, 60))
def test_an_error_in_radians_never_promises_too_much(value: float, pm: float) -> None:
    with shown_in("rad"):
        words = angle_text(value, pm)
    told, error = (float(number.replace("−", "-")) for number in re.findall(r"−?\d+\.\d+", words))
    assert error >= math.radians(pm) - 6e-5
    assert abs(told - math.radians(value)) <= max(error, 0.05) + 1e-9


def test_other_words_follow() -> None:
    with shown_in("rad"):
        assert (about_text(24.0, 8.0), about_text(24.0), about_text(NAN)) == ("~0.42 rad", "0.42 rad", "–")
        assert (speed_text(31.0), speed_text(NAN), degrees_up(6.2)) == ("0.54 rad/s", "–", "0.11 rad")
        assert change_words(9.0, 6.0, True, "than before") == "0.16 rad more than before, more than the measurement error (±0.11 rad)"
    assert (speed_text(31.0), degrees_up(6.2)) == ("31 °/s", "7°")


def test_a_summary_in_radians_holds_no_degree() -> None:
    report = example_report(example_recording())
    with shown_in("rad"):
        words = summary(report)
    assert "°" not in words and "rad" in words and "°" in summary(report)
