"""Turns, figures, names and the JSON of the benchmark."""

from __future__ import annotations

import json
import math
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from formcheck.benchmark.document import page, table
from formcheck.benchmark.kinds import KINDS, chosen
from formcheck.benchmark.machine import machine_facts
from formcheck.benchmark.measurement import Measurement, Run, Skipped
from formcheck.benchmark.turns import BARE, NAIVE, Figure, Work, in_turns, timed
from formcheck.capacity import cores
from formcheck.errors import UsageError

NUMBER = {"type": ["number", "null"]}
TEXT = {"type": "string", "minLength": 1}
NAMED = {"type": ["string", "null"]}


def closed(**properties: object) -> dict[str, object]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


SCHEMA = closed(
    schema={"const": 1},
    machine=closed(
        cores={"type": "integer", "minimum": 1},
        cpu=NAMED,
        system=TEXT,
        python=TEXT,
        versions=closed(mediapipe=NAMED, opencv=NAMED, av=NAMED, numpy=NAMED, scipy=NAMED),
    ),
    film=closed(
        name=TEXT,
        frames={"type": "integer", "minimum": 1},
        width={"type": "integer"},
        height={"type": "integer"},
        fps={"type": "number"},
    ),
    turns={"type": "integer", "minimum": 1},
    measurements={
        "type": "array",
        "items": closed(
            name=TEXT,
            model={"enum": ["lite", "full", "heavy"]},
            unit={"enum": ["ms/frame", "ms", "s", "MB"]},
            value=NUMBER,
            runs={"type": "array", "items": NUMBER, "minItems": 1},
            ratio_to_naive=NUMBER,
            ratio_to_bare=NUMBER,
        ),
    },
    skipped={"type": "array", "items": closed(name=TEXT, reason=TEXT)},
)

FILM = {"name": "a.mp4", "frames": 90, "width": 640, "height": 480, "fps": 30.0}


def measured(name: str = "count", naive: float = 0.9, bare: float = 1.2, model: str = "lite") -> Measurement:
    return Measurement(name, model, "ms/frame", 11.0, (10.0, 11.0, 12.0), naive, bare)


def a_run(*measurements: Measurement, cores: int = 2, film: str = "a.mp4", skipped: tuple[Skipped, ...] = ()) -> Run:
    return Run(machine_facts() | {"cores": cores}, FILM | {"name": film}, 3, measurements, skipped)


def test_everything_takes_its_turn() -> None:
    order: list[str] = []

    def work(name: str, value: float) -> Work:
        return Work.of(Figure(name), lambda: order.append(name) or value)

    found = in_turns([work(NAIVE, 2.0), work(BARE, 1.0), work("count", 0.5)], 3, "lite")
    assert order == [NAIVE, BARE, "count"] * 3
    assert [one.name for one in found] == [NAIVE, BARE, "count"]
    count = found[2]
    assert (count.value, count.runs, count.ratio_to_naive, count.ratio_to_bare) == (500.0, (500.0,) * 3, 0.25, 0.5)


@given(st.lists(st.tuples(*[st.floats(1e-4, 10.0)] * 2), min_size=1, max_size=6), st.integers(1, 500))
def test_a_ratio_is_taken_within_each_turn(turns: list[tuple[float, float]], frames: int) -> None:
    ours, theirs = iter([turn[0] for turn in turns]), iter([turn[1] for turn in turns])
    works = [
        Work.of(Figure("report/page", "s", 1.0, frames), lambda: next(ours)),
        Work.of(Figure(NAIVE, is_shown=False), lambda: next(theirs)),
    ]
    (one,) = in_turns(works, len(turns), "heavy")
    assert one.value == median(turn[0] for turn in turns)
    assert one.ratio_to_naive == pytest.approx(median(a / (frames * b) for a, b in turns))
    assert math.isnan(one.ratio_to_bare)


def test_one_work_may_give_several_figures_and_something_to_hold_them_against() -> None:
    figures = (Figure("browser/body", bare="pace"), Figure("pace", is_shown=False))
    (one,) = in_turns([Work(figures, lambda: {"browser/body": 0.05, "pace": 0.04})], 1, "full")
    assert (one.value, one.ratio_to_bare) == (pytest.approx(50.0), pytest.approx(1.25))


def test_time_is_taken() -> None:
    assert timed(lambda: None) >= 0.0


def test_without_words_what_takes_long_is_left_out() -> None:
    assert set(chosen([])) == {kind.name for kind in KINDS if not kind.takes_long}
    assert chosen(["all"]) == tuple(kind.name for kind in KINDS)
    assert chosen(["draw, decode", "memory"]) == ("decode", "draw", "memory")
    assert chosen([","]) == chosen([])


@pytest.mark.parametrize(
    ("word", "hint"), [("drw", "did you mean draw?"), ("Pose", "did you mean pose?"), ("qqqq", "choose from decode, ")]
)
def test_a_name_that_is_none_is_told_with_the_nearest(word: str, hint: str) -> None:
    with pytest.raises(UsageError, match=f"--only {word}: nothing of this name") as error:
        chosen(["decode", word])
    assert hint in str(error.value)


def test_the_json_is_always_of_the_same_structure() -> None:
    unknown = Measurement("live-hour/end", "lite", "MB", math.nan, (math.nan,))
    for run in (a_run(), a_run(measured(), unknown, skipped=(Skipped("browser", "there is none."),))):
        data = json.loads(json.dumps(run.as_json(), allow_nan=False))
        Draft202012Validator(SCHEMA).validate(data)
        assert data == run.as_json()
    assert data["measurements"][1]["runs"] == [None]


def test_the_machine_tells_its_cores_and_versions() -> None:
    facts = machine_facts()
    assert facts["cores"] == cores() >= 1
    assert all(facts["versions"][name] for name in ("mediapipe", "av", "numpy", "scipy"))


def test_a_run_is_shown_as_a_table_and_as_a_page() -> None:
    run = a_run(measured(), measured("convert", 0.00123, 0.0456), skipped=(Skipped("browser", "there is none."),))
    shown = table(run)
    assert "a.mp4: 90 frames of 640 x 480" in shown and "left out: browser: there is none." in shown
    rows = [line.split() for line in shown.splitlines() if line.startswith(("count", "convert"))]
    assert rows == [["count", "lite", "11.0", "ms/frame", "0.900", "1.20"], ["convert", "lite", "11.0", "ms/frame", "0.0012", "0.0456"]]
    assert not any(line.endswith(" ") for line in shown.splitlines())
    written = page(run, "python3 run.py benchmark --write docs/speed.md")
    assert "    python3 run.py benchmark --write docs/speed.md\n" in written and "median of 3 turns" in written
    assert "| count | lite | 11.0 ms/frame | 0.900 | 1.20 |" in written and "- browser: there is none." in written
    assert "- `convert`:" in written and "- `draw`:" not in written
