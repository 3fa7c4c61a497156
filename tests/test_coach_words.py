"""The words, the keys, the records and the settings: complete, kind, and refused with a reason where they do not fit."""

from __future__ import annotations

import dataclasses
import json
import math
import re
import typing
from collections.abc import Iterator

import pytest

from formcheck.coach import words
from formcheck.coach.choice import Choice, ComfortRange, choice
from formcheck.coach.cues import CORRECTION_ORDER
from formcheck.coach.guidance import Hold, Stage
from formcheck.coach.moment import FramingHint, Signal, Unrest
from formcheck.coach.records import RECORD_KINDS, FaultSeen, Record, RestCalibrated, record_dict
from formcheck.coach.tally import Refusal
from formcheck.errors import UsageError
from formcheck.exercise.library import ids, load
from formcheck.exercise.session import FaultCode, Rejection
from formcheck.motion.landmarks import Side
from tests.coaching import BOTH_LEGS_SPEC, SPEC, Rehearsal, one_leg, two_legs

#: What would push somebody on.
_PUSHING = "further|farther|deeper|harder|faster|higher|push|more range|keep going|come on|one more|try more|stretch more"
URGING = re.compile(rf"\b({_PUSHING})\b", re.I)


def sentences() -> Iterator[str]:
    """Every text of the module, whatever holds it, and every one that is made with a value."""
    framing = set(words.FRAMING.values())
    for name, value in vars(words).items():
        if name.isupper() and name != "KEYS":
            values = value.values() if isinstance(value, dict) else [value] if isinstance(value, str) else value
            yield from (text for text in values if isinstance(text, str) and text not in framing and name != "__all__")
    yield from (words.correction(code) for code in (*CORRECTION_ORDER, "unheard_of"))
    yield from (words.leg_done(done, 12) for done in (0, 1, 11, 12))
    yield from (words.leg_begins(side, 12) for side in (None, *Side))
    yield from (words.range_begins(side) for side in (None, *Side))
    yield from (words.rejection(reason, Side.LEFT) for reason in (*Rejection, "other_leg", "not_clean"))
    yield from (words.work_on(code, 3) for code in FaultCode)
    yield words.range_measured(22.0, 27.0)


def test_nothing_urges_anybody_further() -> None:
    found = list(sentences())
    assert len(found) > 100 and all(found)
    assert not [text for text in found if URGING.search(text)]
    assert URGING.search("A little further!")


def test_every_case_has_its_words() -> None:
    assert set(words.FRAMING) == set(FramingHint) and set(words.UNREST) == set(Unrest)
    assert set(words.TITLES) == set(words.INSTRUCTIONS) == set(Stage)
    assert set(words.HOLDS) == set(words.HOLD_SPOKEN) == set(Hold) - {Hold.NONE}
    assert set(words.WORK_ON) == set(words.FAULT_NAMES) == {code.value for code in FaultCode}
    assert all(words.rejection(reason.value, Side.LEFT) for reason in (*Rejection, Refusal.OTHER_LEG))
    assert words.rejection(Refusal.HELD, Side.LEFT) == ""
    assert len({words.correction(code) for code in CORRECTION_ORDER}) == len(CORRECTION_ORDER)
    assert words.about_deg(math.nan) == "" and words.about_deg(-0.2) == "about 0°"


def test_advice_names_a_clinician_and_safety_names_the_signs() -> None:
    for advice in (words.ADVICE_PAIN, words.ADVICE_DISCOMFORT, words.ADVICE_BEFORE):
        assert "clinician" in advice and "rest" in advice.lower()
    for sign in ("pain", "groin", "catching", "numbness", "dizziness", "surgery", "pregnancy"):
        assert sign in " ".join(words.SAFETY)


def test_spoken_words_are_short_enough_to_be_heard() -> None:
    for code in CORRECTION_ORDER:
        assert len(words.correction(code).split()) <= 7
    assert all(len(text.split()) <= 8 for text in (*words.PRAISE, *words.PRAISE_EVEN, *words.HOLD_SPOKEN.values()))


def test_every_key_that_is_shown_is_known_and_means_one_thing() -> None:
    actions = {signal.value for signal in Signal} | {"mirror", "switch_camera", "discomfort"}
    for stage in Stage:
        session = Rehearsal(two_legs())
        if stage in (Stage.DONE, Stage.STOPPED):
            session.go_to(Stage.SUMMARY if stage is Stage.DONE else Stage.SET)
            session.press(Signal.FINISH if stage is Stage.DONE else Signal.PAIN)
        else:
            session.go_to(stage)
        assert session.stage is stage
        for _ in range(2):
            hints = session.screen.hints
            keys = [key for hint in hints for key in hint.keys]
            assert {hint.action for hint in hints} <= actions and len(keys) == len(set(keys)) and all(hint.text for hint in hints)
            session.press(Signal.PAUSE)


# Records


def test_every_record_has_a_kind_and_becomes_json() -> None:
    assert set(RECORD_KINDS.values()) == set(typing.get_args(Record))
    session = Rehearsal(two_legs())
    session.go_to(Stage.SUMMARY)
    session.press(Signal.PAIN)
    session.press(Signal.FINISH)
    for record in session.records:
        values = json.loads(json.dumps(record_dict(record), allow_nan=False))
        assert next(iter(values)) == "kind" and RECORD_KINDS[values["kind"]] is type(record)
        assert set(values) == {"kind", *(field.name for field in dataclasses.fields(record))}


def test_what_was_not_measured_is_null() -> None:
    fault = record_dict(FaultSeen(1.0, "jerky", "left", 0.5, math.nan, math.inf, "deg"))
    assert fault["measured"] is None and fault["limit"] is None and fault["time_s"] == 1.0
    rest = record_dict(RestCalibrated(1.0, "left", True, {"left": math.nan}, {}, math.nan))
    assert rest["neutral_deg"] == {"left": None} and rest["trunk_deg"] is None


# Choice


@pytest.mark.parametrize("name", ids())
def test_every_exercise_has_usual_settings(name: str) -> None:
    spec = load(name)
    usual = choice(spec)
    assert spec.target.min_reps <= usual.target <= spec.target.max_reps and usual.direction == spec.default_direction
    assert usual.sides == ((None,) if spec.reps.both_legs == "together" else (Side.RIGHT, Side.LEFT))
    assert (usual.out_s, usual.back_s) == (spec.target.out_s, spec.target.back_s)
    assert json.loads(json.dumps(usual.as_settings(), allow_nan=False))["exercise"] == name


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"target": 0}, "target 0 does not fit"),
        ({"target": 10_000}, "at most"),
        ({"target": 12.0}, "target 12.0"),
        ({"target": True}, "target True"),
        ({"out_s": 0.2}, "out_s 0.2 is out of range: 1 to 6"),
        ({"back_s": math.nan}, "back_s nan is out of range"),
        ({"rest_s": -1.0}, "rest_s -1 is out of range: 0 to 600"),
        ({"rest_s": math.inf}, "rest_s inf"),
        ({"direction": "sideways"}, "direction 'sideways' is none of"),
        ({"limit_deg": 0.0}, "limit_deg 0 is out of range"),
        ({"kept": (ComfortRange(Side.LEFT, math.nan),)}, "kept comfortable range nan"),
        ({"sides": ()}, "each leg once"),
        ({"sides": (Side.LEFT, Side.LEFT)}, "each leg once"),
        ({"sides": (None, Side.LEFT)}, "name it alone"),
    ],
)
def test_settings_that_do_not_fit_are_refused_with_the_reason(wrong: dict[str, object], says: str) -> None:
    with pytest.raises(UsageError, match=re.escape(says)) as error:
        choice(SPEC, **wrong)  # type: ignore[arg-type]
    assert "\n" not in str(error.value)


def test_an_exercise_of_both_legs_is_not_done_with_one() -> None:
    with pytest.raises(UsageError, match="choose both"):
        choice(BOTH_LEGS_SPEC, sides=(Side.LEFT,))


def test_an_exercise_of_one_leg_is_not_done_with_both() -> None:
    never = next(spec for spec in map(load, ids()) if spec.reps.both_legs == "never")
    with pytest.raises(UsageError, match="one leg at a time"):
        choice(never, sides=(None,))


@pytest.mark.parametrize("given", [{"target": 1}, {"out_s": 1.0}, {"back_s": 6.0}, {"rest_s": 600.0}, {"discomfort_before": 10}])
def test_the_ends_of_every_range_fit(given: dict[str, object]) -> None:
    assert isinstance(one_leg(**given), Choice)
