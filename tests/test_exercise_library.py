"""Exercise files: the bundled ones are sound, a user's own is read, and a broken one is told where and what."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path

import jsonschema
import pytest

from formcheck.errors import InputError, UsageError
from formcheck.exercise.faults import KINDS
from formcheck.exercise.library import check, ids, json_schema, load
from formcheck.exercise.session import FaultCode
from formcheck.exercise.spec import CHANNELS, ExerciseSpec
from formcheck.motion.view import Posture

CONTRACT_IDS = {
    "hip-internal-rotation",
    "banded-seated-hip-abduction",
    "standing-hip-abduction",
    "banded-seated-hip-internal-rotation",
    "side-lying-hip-external-rotation",
}


def text_of(name: str) -> str:
    return resources.files("formcheck.exercise").joinpath("definitions", f"{name}.toml").read_text("utf-8")


def line_of(text: str, needle: str) -> int:
    return text[: text.index(needle)].count("\n") + 1


BASE = text_of("hip-internal-rotation")


def test_the_five_of_the_contract_are_there() -> None:
    assert set(ids()) == CONTRACT_IDS and len(ids()) == 5
    bundled = {Path(entry.name).stem for entry in resources.files("formcheck.exercise").joinpath("definitions").iterdir()}
    assert bundled >= CONTRACT_IDS


@pytest.mark.parametrize("name", ids())
def test_a_bundled_exercise_is_complete(name: str) -> None:
    spec = load(name)
    assert spec.id == name
    assert (spec.target.min_reps, spec.target.max_reps) == (10, 15)
    assert len(spec.steps) >= 3 and spec.mistakes
    tables = (spec.view, *spec.view.metrics, spec.reps, spec.target, *spec.faults, *([spec.breath] if spec.breath else []))
    for table in tables:
        assert len(spec.sources[table.source]) > 20
    assert {table.source for table in tables} == set(spec.sources)


@pytest.mark.parametrize("name", ids())
def test_every_mistake_is_either_looked_for_or_said_to_be_unmeasurable(name: str) -> None:
    spec = load(name)
    looked_for, declared = {rule.code for rule in spec.faults}, {item.code for item in spec.not_measurable}
    looked_for |= {FaultCode.BREATH_HOLD, FaultCode.BREATH_OUT_OF_STEP} if spec.breath else set()
    assert looked_for | declared == set(FaultCode)
    assert not looked_for & declared


@pytest.mark.parametrize("name", ids())
def test_the_thresholds_of_a_bundled_exercise_fit_together(name: str) -> None:
    reps = load(name).reps
    assert reps.min_partial_deg < reps.min_peak_deg < reps.max_usual_deg
    assert reps.min_duration_s < reps.max_duration_s
    assert load(name).view.max_angle_yaw_deg <= load(name).view.max_yaw_deg


@pytest.mark.parametrize("name", ids())
def test_the_json_schema_accepts_the_bundled_files(name: str) -> None:
    jsonschema.validate(tomllib.loads(text_of(name)), json_schema())


def test_the_json_schema_is_one_and_refuses_what_the_program_refuses() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())
    for change in ({"summry": "x" * 9}, {"directions": {"inward": 2}}, {"id": "Not An Id"}, {"steps": []}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(tomllib.loads(BASE) | change, json_schema())


def test_what_an_exercise_is_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load("hip-internal-rotation").title = "another"  # type: ignore[misc]


def test_every_kind_of_rule_has_its_code_and_every_channel_a_unit() -> None:
    schema = json_schema()
    kinds = {d["properties"]["kind"]["const"] for d in schema["$defs"].values() if "kind" in d.get("properties", {})}
    assert kinds == set(KINDS)
    assert set(schema["$defs"]["DeviationRule"]["properties"]["channel"]["enum"]) == set(CHANNELS)
    assert set(CHANNELS.values()) == {"deg", "frac"}


def test_a_file_of_ones_own_is_read_like_a_bundled_one(tmp_path: Path) -> None:
    path = tmp_path / "Meine Übung.toml"
    path.write_text(BASE.replace('id = "hip-internal-rotation"', 'id = "my-own"'), "utf-8")
    assert load(str(path)).id == check(path).id == "my-own"
    assert check(path).model_dump(exclude={"id"}) == load("hip-internal-rotation").model_dump(exclude={"id"})


def test_a_squat_needs_no_code(tmp_path: Path) -> None:
    path = tmp_path / "squat.toml"
    path.write_text(SQUAT, "utf-8")
    spec = check(path)
    assert (spec.reps.angle, spec.view.posture, spec.reps.max_pelvis_shift_frac) == ("knee_flexion", Posture.STANDING, None)
    jsonschema.validate(tomllib.loads(SQUAT), json_schema())


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("hip-internal-rotatoin", "did you mean 'hip-internal-rotation'?"),
        ("standing-abduction", "did you mean 'standing-hip-abduction'?"),
        ("xyz", "known are hip-internal-rotation, "),
        ("", "known are hip-internal-rotation, "),
        ("no/such/file.toml", "file.toml: no such file."),
    ],
)
def test_an_unknown_exercise_is_a_usage_error_with_the_near_miss(name: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        load(name)
    assert message in str(caught.value) and "\n" not in str(caught.value)


#: What is wrong, text to replace, its replacement, the key or words to name, and text in the line to name (None: no line).
BROKEN = [
    ("misspelt key at the top", 'title = "Hip', 'titel = "Hip', "unknown key 'titel'; did you mean 'title'?", "titel ="),
    (
        "misspelt key in a table",
        "min_peak_deg = 8",
        "min_peek_deg = 8",
        "unknown key 'reps.min_peek_deg'; did you mean 'min_peak_deg'?",
        "min_peek",
    ),
    ("a key without its unit", "out_s = 2", "out = 2", "unknown key 'target.out'; did you mean 'out_s'?", "out = 2"),
    ("misspelt key in a rule", "on_frac = 0.06", "on_frc = 0.06", "unknown key 'faults[2].on_frc'; did you mean 'on_frac'?", "on_frc"),
    ("missing key", 'default_direction = "inward"\n', "", "'default_direction' is missing", None),
    ("text for a number", "min_peak_deg = 8", 'min_peak_deg = "eight"', "'reps.min_peak_deg'", "min_peak_deg = "),
    ("zero for a positive number", "min_duration_s = 0.6", "min_duration_s = 0", "'reps.min_duration_s'", "min_duration_s"),
    ("not a number", "min_peak_deg = 8", "min_peak_deg = nan", "'reps.min_peak_deg'", "min_peak_deg = "),
    ("endless", "max_duration_s = 20", "max_duration_s = inf", "'reps.max_duration_s'", "max_duration_s"),
    ("an unknown posture", 'posture = "seated"', 'posture = "floating"', "'view.posture'", "posture ="),
    ("an unknown angle", 'angle = "hip_rotation"', 'angle = "elbow"', "'reps.angle'", "angle ="),
    ("an unknown kind of rule", 'kind = "limit"', 'kind = "limits"', "faults[1]", "[[faults]]"),
    ("an unknown channel", 'channel = "trunk_side_bend"', 'channel = "nose"', "'faults[6].channel'", 'channel = "nose"'),
    ("an unknown fault code", 'code = "over_rotation"', 'code = "over"', "'faults[1].code'", 'code = "over"'),
    ("a limit in the wrong unit", "limit_deg = 6\n", "limit_frac = 6\n", "is measured in deg: give limit_deg and nothing else", None),
    ("least over most", "min_reps = 10", "min_reps = 16", "min_reps 16 is more than max_reps 15", None),
    ("a default that is no direction", 'default_direction = "inward"', 'default_direction = "up"', "'up' is none of inward, outward", None),
    ("a sign that is none", "inward = 1,", "inward = 2,", "'directions.inward'", "directions ="),
    ("a source that is not given", 'source = "tempo"', 'source = "rumour"', "'rumour' is not an entry of [sources]", None),
    ("two rules of one code", 'code = "jerky"', 'code = "foot_lifted"', "two rules have the same code", None),
    (
        "misspelt key in a view of a metric",
        "max_pitch_deg = 45\n",
        "max_pich_deg = 45\n",
        "unknown key 'view.metrics[3].max_pich_deg'; did you mean 'max_pitch_deg'?",
        "max_pich",
    ),
    ("an unknown metric", 'metric = "jerk"', 'metric = "jork"', "'view.metrics[7].metric'", 'metric = "jork"'),
    ("a part that is none", 'needs = ["knee"]', 'needs = ["elbow"]', "'view.metrics[6].needs", 'needs = ["elbow"]'),
    ("two views of one metric", 'metric = "jerk"', 'metric = "foot_lift"', "metric 'foot_lift' has two tables", None),
    (
        "a view beyond the exercise's own",
        "max_yaw_deg = 50",
        "max_yaw_deg = 55",
        "metric 'hip_rotation': max_yaw_deg 55 is more than the view's own max_angle_yaw_deg",
        None,
    ),
    ("no steps", BASE[BASE.index("steps = [") : BASE.index("mistakes")], "steps = []\n", "'steps'", "steps ="),
    ("an id with blanks", 'id = "hip-internal-rotation"', 'id = "Hip Rotation"', "'id'", "id ="),
]


@pytest.mark.parametrize(("what", "old", "new", "message", "at"), BROKEN, ids=[row[0] for row in BROKEN])
def test_a_broken_file_is_told_by_file_line_and_key(tmp_path: Path, what: str, old: str, new: str, message: str, at: str | None) -> None:
    assert old in BASE
    text = BASE.replace(old, new, 1)
    path = tmp_path / "mine.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError) as caught:
        check(path)
    told = str(caught.value)
    assert told.startswith(f"{path}: ") and message in told and "\n" not in told, told
    if at is not None:
        assert f"line {line_of(text, at)}: " in told, told


def test_the_line_is_that_of_the_rule_that_is_wrong_not_of_an_earlier_one(tmp_path: Path) -> None:
    place = BASE.index("hold_s = 0.3", BASE.index('code = "trunk_lean"'))
    text = BASE[:place] + "hold_s = -1 " + BASE[place + len("hold_s = 0.3") :]
    (tmp_path / "mine.toml").write_text(text, "utf-8")
    with pytest.raises(InputError, match=rf"line {text[:place].count(chr(10)) + 1}: 'faults\[6\]\.hold_s'"):
        check(tmp_path / "mine.toml")


def test_more_than_one_fault_is_said_to_be_more(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(BASE.replace("min_peak_deg = 8", "min_peak_deg = -8").replace("out_s = 2", "out_s = -2"), "utf-8")
    with pytest.raises(InputError, match=r"\(1 more\)"):
        check(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"id = ", "is not valid TOML"),
        (b"\xff\xfe\x00", "is not UTF-8 text"),
        (b"", "is missing"),
        (b"id = 1979-05-27", "mine.toml: "),
        (b"[reps]\nangle = 3\n[reps]\n", "is not valid TOML"),
        (b"faults = 3\n", "mine.toml: "),
        (b"reps = 3\n", "mine.toml: "),
        (b"sources = [1]\n", "mine.toml: "),
        (b"faults = [1, 2]\n", "mine.toml: "),
        (b"faults = [{}]\n", "mine.toml: "),
        (b"reps.angel = 'hip_rotation'\n", "mine.toml: "),
        (b"'' = 3\n", "mine.toml: "),
    ],
)
def test_a_file_that_is_hardly_one_is_told_in_one_line(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        check(path)
    assert message in str(caught.value) and "\n" not in str(caught.value)
    with pytest.raises(UsageError, match=r"mine\.toml"):
        load(str(path))


def test_a_folder_is_not_an_exercise(tmp_path: Path) -> None:
    folder = tmp_path / "folder.toml"
    folder.mkdir()
    with pytest.raises(InputError, match="is a folder; name the TOML file in it"):
        check(folder)


def test_the_schema_is_that_of_the_spec() -> None:
    assert set(json_schema()["properties"]) == set(ExerciseSpec.model_fields)


SQUAT = """
id = "squat"
title = "Squat"
summary = "Standing: the hips sink and rise again."
steps = ["Stand with the feet hip width apart.", "Sit back and down, then rise."]
directions = { down = 1, up = -1 }
default_direction = "down"

[view]
posture = "standing"
camera = "From the front, with the whole body in the picture."
max_yaw_deg = 80
max_angle_yaw_deg = 80
source = "own"

[reps]
angle = "knee_flexion"
both_legs = "together"
min_peak_deg = 30
min_peak_frac = 0.6
max_usual_deg = 140
min_partial_deg = 12
min_duration_s = 0.6
max_duration_s = 20
source = "own"

[target]
min_reps = 5
max_reps = 15
out_s = 2
back_s = 2
source = "own"

[sources]
own = "A made-up exercise for the tests."
"""
