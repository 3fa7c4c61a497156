"""session.json: the keys other programs rely on, the same bytes each time, and a schema that it keeps to."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.exercise.session import FAULT_CODES, Fault, FaultCode, Rejection, SessionReport
from formcheck.report.schema import schema_text, session_schema
from formcheck.report.session_json import rounded, session_dict, write_session_json
from formcheck.report.summary import NOT_MEDICAL, SAFETY, summarise, summary
from tests.builders import example_recording, example_report


@pytest.fixture(scope="module")
def report() -> SessionReport:
    return example_report(example_recording())


def empty(report: SessionReport) -> SessionReport:
    return replace(report, reps=(), faults=(), not_measured=(), sides=())


def validate(report: SessionReport) -> None:
    session = json.loads(json.dumps(session_dict(report), allow_nan=False))
    jsonschema.Draft202012Validator(session_schema()).validate(session)


def test_the_keys_of_the_contract_are_there(report):
    session = session_dict(report)
    assert {"schema", "formcheck", "exercise", "source", "model", "settings", "summary", "reps", "faults", "quality"} <= set(session)
    assert set(session["source"]) >= {"path", "duration_s", "frames", "fps", "width", "height", "rotation_deg"}
    assert set(session["summary"]) == {"reps", "reps_by_direction", "partial", "faults"}
    assert set(session["summary"]["faults"]) == {code.value for code in FAULT_CODES}
    assert session["summary"]["reps"] == {"left": 0, "right": 2, "both": 0, "total": 2}
    assert session["summary"]["partial"] == 1
    assert list(session["reps"][0]) == [
        *("number", "side", "direction", "counted", "rejected", "start_s", "peak_s", "end_s", "peak_deg", "peak_pm_deg", "range_deg"),
        *("out_s", "hold_s", "back_s", "peak_speed_deg_s", "smoothness", "faults"),
        *("range_pm_deg", "clean_range_deg", "clean_until_s", "isolation_frac", "culprit"),
    ]
    assert list(session["faults"][0]) == ["code", "severity", "side", "rep", "start_s", "end_s", "measured", "limit", "unit", "message"]
    assert set(session["quality"]) == {"measured_fraction", "view", "not_measured"}
    assert session["reps"][-1]["rejected"] == "partial" and session["reps"][-1]["counted"] is False
    assert session["reps"][0]["smoothness"]["reason"] == "too noisy to say" and session["reps"][0]["smoothness"]["mid_dip"] is None


def test_both_directions_are_counted_apart(report):
    ways = [None, Rejection.WRONG_DIRECTION, Rejection.PARTIAL]
    reps = tuple(
        replace(rep, rejected=way, direction="outward" if way is Rejection.WRONG_DIRECTION else "inward")
        for rep, way in zip(report.reps, ways, strict=True)
    )
    by_direction = session_dict(replace(report, reps=reps))["summary"]["reps_by_direction"]
    assert by_direction == {
        "inward": {"left": 0, "right": 1, "both": 0, "total": 1, "wrong_direction": 0},
        "outward": {"left": 0, "right": 0, "both": 0, "total": 0, "wrong_direction": 1},
    }
    unnamed = session_dict(replace(report, reps=(replace(reps[1], direction="other"),), directions=()))["summary"]["reps_by_direction"]
    assert list(unnamed) == ["other"] and unnamed["other"]["wrong_direction"] == 1


def test_the_clean_range_and_its_error_are_written_in_full(report):
    nan = float("nan")
    rep = replace(
        report.reps[0],
        range_pm_deg=2.25,
        clean_range_deg=12.75,
        clean_until_s=1.23456,
        culprit=FaultCode.TRUNK_LEAN,
        isolation_frac=0.87654,
    )
    other = replace(report.reps[1], range_pm_deg=nan, clean_range_deg=nan, clean_until_s=nan, culprit=None, isolation_frac=nan)
    first, second = session_dict(replace(report, reps=(rep, other)))["reps"]
    names = ("range_pm_deg", "clean_range_deg", "clean_until_s", "culprit", "isolation_frac")
    assert [first[name] for name in names] == [2.25, 12.75, 1.235, "trunk_lean", 0.8765]
    assert [second[name] for name in names] == [None] * 5
    validate(replace(report, reps=(rep, other)))


def test_only_what_was_looked_for_is_praised(report):
    calm = tuple(replace(rep, rejected=None, faults=(), smoothness=report.reps[1].smoothness, isolation_frac=1.0) for rep in report.reps)
    full = replace(report, reps=calm, faults=())
    praise = " ".join(summarise(full).went_well)
    assert all(words in praise for words in ("limit", "tempo", "No stop", "clean all the way"))
    assert "nothing to correct in what was looked for" in summarise(full).verdict
    assert summarise(full).looked_for == (
        "Looked for: Whether the limit was kept, tempo, evenness of the movement and leaning of the trunk."
    )
    blind = replace(full, checked=("foot_lifted",), reps=tuple(replace(rep, isolation_frac=float("nan")) for rep in calm))
    praise = " ".join(summarise(blind).went_well)
    assert not any(words in praise for words in ("limit", "tempo", "No stop", "clean all the way"))
    assert summarise(replace(full, checked=())).looked_for == "" and "Looked for" not in summary(replace(full, checked=()))


def test_the_same_report_gives_the_same_bytes(report, tmp_path):
    write_session_json(report, tmp_path / "a.json")
    other = replace(report, settings=dict(reversed(report.settings.items())), view=dict(reversed(report.view.items())))
    write_session_json(other, tmp_path / "b.json")
    data = (tmp_path / "a.json").read_bytes()
    assert data == (tmp_path / "b.json").read_bytes()
    assert data.endswith(b"}\n") and b"\r" not in data and b"NaN" not in data


def test_what_was_not_measured_is_null_and_numbers_are_rounded(report):
    rep = replace(report.reps[0], peak_deg=float("nan"), range_deg=float("inf"), out_s=1.23456, peak_speed_deg_s=-0.001)
    fault = replace(report.faults[0], measured=np.float64(41.23456), limit=float("nan"))
    odd = replace(
        report,
        reps=(rep,),
        faults=(fault,),
        limit_deg=float("nan"),
        settings={"a_deg": np.float64(1.2345), "n": np.int64(3), "list": (1.0, float("nan")), "on": np.bool_(True)},
        view={},
        model={},
    )
    session = session_dict(odd)
    first = session["reps"][0]
    assert (first["peak_deg"], first["range_deg"], first["out_s"]) == (None, None, 1.235)
    assert str(first["peak_speed_deg_s"]) == "0.0"
    assert (session["faults"][0]["measured"], session["faults"][0]["limit"]) == (41.23, None)
    assert session["settings"] == {"a_deg": 1.23, "list": [1.0, None], "n": 3, "on": True}
    assert session["limit_deg"] is None and session["model"] == {"name": None, "sha256": None}
    validate(odd)


def test_file_names_of_any_kind_are_written(report, tmp_path):
    odd = replace(report, source={**report.source, "path": "h\u00fcfte \U0001f9b5 \udcff\u2028.mp4"})
    write_session_json(odd, tmp_path / "a.json")
    session = json.loads((tmp_path / "a.json").read_text("utf-8"))
    assert session["source"]["path"] == "h\u00fcfte \U0001f9b5 \ufffd\u2028.mp4"


@given(st.floats(), st.sampled_from(["x_s", "x_deg", "x_deg_s", "ratio"]))
def test_rounding_never_moves_a_number_by_more_than_half_its_last_digit(value, name):
    got = rounded(name, value)
    if not np.isfinite(value):
        assert got is None
    else:
        step = {"x_s": 1e-3, "x_deg": 1e-2, "x_deg_s": 1e-2, "ratio": 1e-4}[name]
        assert got is not None
        assert abs(got - value) <= step / 2 * (1 + 1e-6) + abs(value) * 1e-12
        assert str(got) != "-0.0"


@pytest.mark.parametrize("change", [lambda report: report, empty, lambda r: replace(r, reps=tuple(replace(x, side=None) for x in r.reps))])
def test_sessions_keep_to_the_schema(report, change):
    validate(change(report))


def test_the_schema_refuses_what_is_wrong(report):
    session = session_dict(report)
    session["reps"][0]["rejected"] = "no idea"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(session, session_schema())
    del session["summary"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({key: value for key, value in session.items() if key != "reps"}, session_schema())


def test_the_published_schema_is_what_the_code_gives(root):
    assert (root / "docs" / "session-schema.json").read_text("utf-8") == schema_text()
    jsonschema.Draft202012Validator.check_schema(session_schema())
    done = subprocess.run([sys.executable, "-m", "formcheck.report.schema"], cwd=root, capture_output=True, check=True)
    assert done.stdout.decode() == schema_text()


def test_the_summary_says_what_was_found_and_stays_kind(report):
    text = summary(report)
    for words in ("2 repetitions", "Right leg: 2 (a set is 10 to 15)", "Movement 3", "Stop a little earlier", SAFETY, NOT_MEDICAL):
        assert words in text
    lowered = text.lower()
    assert not any(word in lowered for word in ("wrong", "bad", "fail", "danger", "further!", "more repetitions", "nan"))


def test_the_two_things_are_the_most_frequent_then_the_most_important(report):
    def fault(code: FaultCode, rep: int) -> Fault:
        return replace(report.faults[0], code=code, rep=rep, message=code.value)

    codes = [(FaultCode.POSTURE_CHANGED, 1), (FaultCode.TOO_FAST, 1), (FaultCode.FAST_RETURN, 2), (FaultCode.FOOT_LIFTED, 2)]
    work_on = summarise(replace(report, faults=tuple(fault(*pair) for pair in codes))).work_on
    assert [item.title for item in work_on] == ["Hurried", "Foot moved"]
    assert work_on[0].where == "in repetitions 1 and 2"


@pytest.mark.parametrize(("count", "note"), [(1, "a set is 10 to 15"), (10, "a full set"), (15, "a full set"), (16, "that is plenty")])
def test_counts_are_held_against_the_target_without_scolding(report, count, note):
    reps = tuple(replace(report.reps[0], number=k + 1) for k in range(count))
    legs = summarise(replace(report, reps=reps)).legs
    assert note in next(item.note for item in legs if item.side == "right")


def test_a_session_without_movements_and_one_with_none_counted(report):
    assert "no repetition was found" in summarise(empty(report)).verdict
    none = replace(report, reps=tuple(replace(rep, rejected=Rejection.WRONG_DIRECTION, faults=()) for rep in report.reps), faults=())
    words = summarise(none)
    assert "no full repetition" in words.verdict and not words.went_well
    assert len(words.not_counted) == 4 and "--direction inward" in words.not_counted[-1]


def test_both_legs_as_one_are_one_count(report):
    both = replace(report, reps=tuple(replace(rep, side=None) for rep in report.reps), sides=("both",))
    assert [(item.name, item.count) for item in summarise(both).legs] == [("Both legs together", 2)]


def test_nothing_is_praised_that_was_not_measured(report):
    nan = float("nan")
    unseen = tuple(replace(rep, out_s=nan, range_deg=nan, rejected=None, faults=()) for rep in report.reps)
    assert not summarise(replace(report, reps=unseen, faults=())).went_well
