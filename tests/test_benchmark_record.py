"""Figures of an earlier run, and what counts as slower than they tell."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from formcheck.benchmark.measurement import Skipped
from formcheck.benchmark.record import FLOOR, compared, read_record
from formcheck.errors import InputError
from tests.test_benchmark_turns import a_run, measured

RATIO = st.floats(1e-3, 50.0)


@given(RATIO, RATIO, st.floats(0.0, 2.0))
def test_a_ratio_is_worse_when_it_is_larger_by_more_than_the_tolerance(was: float, now: float, tolerance: float) -> None:
    record = a_run(measured(naive=was, bare=math.nan)).as_json()
    verdict = compared(record, a_run(measured(naive=now, bare=math.nan)), tolerance)
    before, after = (float(f"{value:.5g}") for value in (was, now))
    assert bool(verdict.worse) == (after > before * (1.0 + tolerance) and after > before + FLOOR)
    assert (verdict.compared, verdict.not_compared) == (1, ())


@given(RATIO, RATIO)
def test_what_is_no_slower_is_never_worse(was: float, now: float) -> None:
    assume(now <= was)
    record = a_run(measured(naive=was, bare=was)).as_json()
    assert compared(record, a_run(measured(naive=now, bare=now)), 0.0).worse == ()


@given(RATIO, RATIO, st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_a_wider_tolerance_never_finds_more(was: float, now: float, narrow: float, more: float) -> None:
    record, run = a_run(measured(naive=was)).as_json(), a_run(measured(naive=now))
    assert set(compared(record, run, narrow + more).worse) <= set(compared(record, run, narrow).worse)


def test_only_ratios_are_compared() -> None:
    record = a_run(measured()).as_json()
    record["measurements"][0] |= {"value": 0.001, "runs": [0.001]}
    assert compared(record, a_run(measured())).worse == ()


def test_a_sentence_tells_which_ratio_and_by_how_much() -> None:
    verdict = compared(a_run(measured(naive=0.5, bare=1.0)).as_json(), a_run(measured(naive=0.75, bare=1.0)))
    assert verdict.worse == ("count, lite: 0.75 times the usual loop, was 0.5 (+50%).",)
    assert verdict.compared == 2


def test_a_ratio_that_was_nothing_can_get_worse() -> None:
    verdict = compared(a_run(measured(naive=0.0)).as_json(), a_run(measured(naive=0.1)))
    assert verdict.worse == ("count, lite: 0.1 times the usual loop, was 0.",)


@pytest.mark.parametrize(
    ("other", "word"), [({"cores": 8}, "8 cores and this run of 1 core"), ({"film": "b.mp4"}, "b.mp4 and this run of a.mp4")]
)
def test_another_number_of_cores_or_another_film_is_not_compared(other: dict[str, object], word: str) -> None:
    verdict = compared(a_run(measured(naive=0.1), **{"cores": 1, **other}).as_json(), a_run(measured(naive=9.0), cores=1))
    assert (verdict.worse, verdict.compared) == ((), 0)
    assert word in verdict.not_compared[0]


def test_what_the_record_lacks_or_this_run_left_out_is_told() -> None:
    record = a_run(measured(), measured("draw")).as_json()
    run = a_run(measured(), measured("encode"), measured(model="full"), skipped=(Skipped("browser", "there is none."),))
    verdict = compared(record, run)
    assert [sentence.partition(":")[0] for sentence in verdict.not_compared] == ["encode, lite", "count, full", "browser"]
    assert verdict.compared == 2


def test_a_record_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "speed.json"
    facts = a_run(measured()).as_json()
    path.write_text(json.dumps(facts))
    assert read_record(path) == facts


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (None, "cannot be read"),
        ("{", "is not JSON"),
        ("[]", "holds no figures"),
        ('{"schema": 0}', "holds no figures"),
        ('{"schema": 1}', "is damaged"),
        ('{"schema": 1, "measurements": [{"name": "a"}]}', "is damaged"),
        ('{"schema": 1, "measurements": [], "machine": {"cores": "many"}, "film": {"name": "a"}}', "is damaged"),
    ],
)
def test_a_file_that_is_no_record_is_refused(tmp_path: Path, text: str | None, word: str) -> None:
    path = tmp_path / "speed.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError, match=word):
        read_record(path)
