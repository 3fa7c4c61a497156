"""session.json of every kind of session keeps to the published schema, and the schema describes every key that is written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from formcheck.exercise.analyzer import AnalysisOptions, analyse
from formcheck.exercise.library import load
from formcheck.exercise.session import SessionReport
from formcheck.profiles.judging import held_against, limits_deg
from formcheck.profiles.profile import Profile
from formcheck.report.session_json import session_dict
from tests.builders import example_recording, example_report
from tests.people import a_set, alternating, film, length_s, lying, seated, standing
from tests.test_profiles import measured

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = json.loads((ROOT / "docs/session-schema.json").read_text("utf-8"))
TURN = "hip-internal-rotation"


@cache
def sessions() -> dict[str, SessionReport]:
    """One session of each kind."""
    legs = alternating(6, height_deg=24.0)
    seat = film(seated(legs, duration_s=length_s(legs)), noise_px=0.3)
    one = a_set(3, height_deg=24.0)
    up = film(standing(one, duration_s=length_s(one)), noise_px=0.3)
    down = film(lying(one, duration_s=length_s(one)), noise_px=0.3)
    anna = Profile(name="Anna").with_ranges([measured(side="left"), measured(side="right")])
    own = AnalysisOptions(limits_deg=limits_deg(anna, load(TURN)), profile="Anna")
    stopped = replace(seat, source={**seat.source, "stopped_s": 12.0, "damaged_frames": 3})
    live = replace(seat, source={**seat.source, "path": "live session"})
    whole = example_report(example_recording())
    return {
        "seated": analyse(seat, load(TURN)),
        "banded rotation": analyse(seat, load("banded-seated-hip-internal-rotation")),
        "banded abduction": analyse(seat, load("banded-seated-hip-abduction")),
        "standing": analyse(up, load("standing-hip-abduction")),
        "lying": analyse(down, load("side-lying-hip-external-rotation")),
        "with faults": analyse(seat, load(TURN), AnalysisOptions(limit_deg=12.0)),
        "both directions": analyse(seat, load(TURN), AnalysisOptions(direction="both")),
        "mirrored": analyse(seat, load(TURN), AnalysisOptions(mirrored=True)),
        "of a profile": held_against(analyse(seat, load(TURN), own), anna, load(TURN)),
        "stopped": analyse(stopped, load(TURN)),
        "live": analyse(live, load(TURN)),
        "nothing found": replace(whole, reps=(), faults=(), sides=()),
        "both legs as one": replace(whole, reps=tuple(replace(rep, side=None) for rep in whole.reps), sides=("both",)),
        "nothing known": replace(whole, source={}, model={}, settings={}, view={}, limit_deg=float("nan")),
    }


def undescribed(value: Any, schema: dict[str, Any], at: str = "") -> Iterator[str]:
    """Keys of a value that its schema does not describe; objects of free form, which say so by having no properties, may hold anything."""
    if isinstance(value, dict) and ("properties" in schema or isinstance(schema.get("additionalProperties"), dict)):
        known = schema.get("properties", {})
        for key, inner in value.items():
            described = known.get(key, schema.get("additionalProperties"))
            if not isinstance(described, dict):
                yield f"{at}.{key}"
            else:
                yield from undescribed(inner, described, f"{at}.{key}")
    elif isinstance(value, list) and isinstance(schema.get("items"), dict):
        for inner in value:
            yield from undescribed(inner, schema["items"], f"{at}[]")


@pytest.mark.parametrize("kind", list(sessions()))
def test_every_kind_of_session_keeps_to_the_published_schema(kind: str) -> None:
    session = json.loads(json.dumps(session_dict(sessions()[kind]), allow_nan=False))
    jsonschema.Draft202012Validator(SCHEMA).validate(session)
    assert not set(undescribed(session, SCHEMA)) - {".source.damaged_frames", ".source.stopped_s", ".source.frames"}


def test_the_kinds_are_what_they_are_called() -> None:
    made = sessions()
    assert made["of a profile"].against_profile and made["with faults"].faults and made["standing"].reps and made["lying"].reps
    assert made["mirrored"].counts["left"] == made["seated"].counts["right"]


def test_an_unknown_key_would_be_noticed() -> None:
    session = session_dict(sessions()["seated"])
    session["reps"][0]["new_s"] = 1.0
    assert list(undescribed(session, SCHEMA)) == [".reps[].new_s"]
