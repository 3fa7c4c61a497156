"""Live beside recorded: the comparison itself, and that it notices when they differ."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from formcheck.cli.live_validation import ClipAgreement, as_json, markdown, shortfalls
from formcheck.live.agreement import CueDelay, LiveAgreement, live_agreement
from tests import people
from tests.live_parts import SPEC

GOOD = LiveAgreement("left", (5, 5), ({}, {}), (), ())
LATE = CueDelay("foot_lifted", 3.0, 0.9, math.nan)


def test_a_knee_that_turns_too_far_is_said_while_it_does() -> None:
    far = people.a_set(3, first_s=4.0, height_deg=50.0)
    body = people.seated(far, duration_s=people.length_s(far) + 3.0)
    (leg,) = live_agreement(people.film(body, people.DESK, noise_px=0.3), SPEC, "inward")
    assert leg.same and leg.counts == (3, 3) and leg.faults[0] == {"over_rotation": 3}
    assert not leg.unfounded
    assert leg.delays and all(0.0 <= delay.shown_s <= 0.7 for delay in leg.delays if delay.shown_s == delay.shown_s)
    assert leg.delays[0].shown_s == leg.delays[0].said_s


def test_good_form_is_left_in_peace() -> None:
    calm = people.a_set(3, first_s=4.0)
    body = people.seated(calm, duration_s=people.length_s(calm) + 3.0)
    (leg,) = live_agreement(people.film(body, people.DESK, noise_px=0.3), SPEC, "inward")
    assert leg == LiveAgreement("right", (3, 3), ({}, {}), (), ())


def test_what_falls_short_is_said() -> None:
    good = [ClipAgreement(f"clip-{n}", "full", (GOOD,)) for n in range(19)]
    apart = ClipAgreement("apart", "full", (replace(GOOD, counts=(4, 5)),))
    assert shortfalls([*good, apart]) == []
    assert "differ on 2 of 20 clips" in shortfalls([*good[1:], apart, apart])[0]
    assert "0.90 s in the median" in shortfalls([ClipAgreement("a", "full", (replace(GOOD, delays=(LATE,)),))])[0]
    invented = replace(GOOD, unfounded=((3.2, "trunk_lean"),))
    assert shortfalls([ClipAgreement("a", "full", (invented,))]) == []
    assert "without cause: trunk_lean in a, trunk_lean in b" in shortfalls([ClipAgreement(name, "full", (invented,)) for name in "ab"])[0]
    assert shortfalls([]) == []


def test_the_tables_show_every_leg_and_every_reason() -> None:
    clips = [
        ClipAgreement("one", "full", (GOOD, replace(GOOD, side="right", faults=({"jerky": 1}, {}), delays=(LATE,)))),
        ClipAgreement("two", "full", refused="nobody is in view."),
    ]
    text = markdown(clips)
    assert "the same repetitions and mistakes on 1 of 2 clips; no corrections without cause" in text
    assert "| full | one | right | 5 / 5 | jerky 1 / none | none |" in text
    assert "| full | two | – | – | nobody is in view. | – |" in text
    assert "| full | 1 | 1 | 0.90 | 0.90 | 0 |" in text
    values = json.loads(as_json(clips))
    assert values["clips"][0]["legs"][1]["corrections"] == [{"code": "foot_lifted", "onset_s": 3.0, "shown_s": 0.9, "said_s": None}]
    assert values["clips"][1]["refused"] == "nobody is in view."


@pytest.mark.parametrize("option", [["--check", "docs/accuracy.json"], ["--condition", "dim"]])
def test_options_of_the_other_comparison_are_refused(option: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    from formcheck.cli import main

    assert main(["validate", "samples", "--live", *option]) == 2
    assert f"{option[0]}: compares recordings with the truth" in capsys.readouterr().err
