"""The exercises formcheck ships, and a user's own: found, read and checked."""

from __future__ import annotations

import difflib
import json
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from formcheck.errors import InputError, UsageError
from formcheck.exercise.spec import ExerciseSpec

__all__ = ["check", "ids", "json_schema", "load"]

_FOLDER = "definitions"
#: The order in which people are shown the exercises.
_ORDER = (
    "hip-internal-rotation",
    "banded-seated-hip-abduction",
    "standing-hip-abduction",
    "banded-seated-hip-internal-rotation",
    "side-lying-hip-external-rotation",
)


def ids() -> tuple[str, ...]:
    """Identifiers of the exercises that come with formcheck."""
    return _ORDER


def load(name_or_path: str) -> ExerciseSpec:
    """The exercise of an identifier, or of a TOML file.

    Raises
    ------
    UsageError
        No such exercise (the nearest name is given), or the file is missing or wrong (file, line and key are given).
    """
    if name_or_path.lower().endswith(".toml"):
        try:
            return check(Path(name_or_path))
        except InputError as error:
            raise UsageError(str(error)) from error
    if name_or_path not in _ORDER:
        near = difflib.get_close_matches(name_or_path, _ORDER, 1, 0.4)
        hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(_ORDER)}."
        raise UsageError(f"unknown exercise {name_or_path!r}; {hint}")
    text = resources.files("formcheck.exercise").joinpath(_FOLDER, f"{name_or_path}.toml").read_text("utf-8")
    return _parsed(text, f"{name_or_path}.toml")


def check(path: Path) -> ExerciseSpec:
    """Read and check an exercise file.

    Raises
    ------
    InputError
        The file cannot be read or is wrong: which file, line and key, and what was expected.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise InputError(f"{path}: no such file.") from None
    except IsADirectoryError:
        raise InputError(f"{path}: is a folder; name the TOML file in it.") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not UTF-8 text ({error.reason} at byte {error.start}).") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}).") from error
    return _parsed(text, str(path))


def json_schema() -> dict[str, Any]:
    """JSON Schema of an exercise file, for editors that complete and check TOML."""
    return ExerciseSpec.model_json_schema() | {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "formcheck exercise"}


def _parsed(text: str, name: str) -> ExerciseSpec:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{name}: is not valid TOML: {error}.") from error
    try:
        return ExerciseSpec.model_validate_json(json.dumps(data, default=str), strict=False)
    except ValidationError as error:
        raise InputError(f"{name}: " + _first_fault(error, data, text)) from error


def _first_fault(error: ValidationError, data: dict[str, Any], text: str) -> str:
    problems = error.errors(include_url=False)
    # An unknown key is most often a misspelt one: say that rather than that the right one is missing.
    first = next((p for p in problems if p["type"] == "extra_forbidden"), problems[0])
    where = [part for part in first["loc"] if not _is_kind(part, data, first["loc"])]
    key = _dotted(where)
    line = _line_of(text, where)
    at = f"line {line}: " if line else ""
    more = f" ({len(problems) - 1} more)" if len(problems) > 1 else ""
    if first["type"] == "extra_forbidden":
        known = _known_keys(first["loc"])
        near = difflib.get_close_matches(str(where[-1]), known, 1, 0.5)
        hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}."
        return f"{at}unknown key '{key}'; {hint}{more}"
    if first["type"] == "missing":
        return f"{at}key '{key}' is missing.{more}"
    message = first["msg"].removeprefix("Value error, ")
    return f"{at}'{key}': {message[0].lower()}{message[1:]}.{more}" if key else f"{message}.{more}"


def _is_kind(part: str | int, data: dict[str, Any], loc: tuple[str | int, ...]) -> bool:
    # pydantic puts the kind of a fault rule into the path; the file has no such level.
    return loc[0] == "faults" and len(loc) > 2 and part == loc[2] and isinstance(part, str)


def _dotted(where: list[str | int]) -> str:
    text = ""
    for part in where:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _known_keys(loc: tuple[str | int, ...]) -> list[str]:
    schema = ExerciseSpec.model_json_schema()
    defs = schema["$defs"]
    if len(loc) == 1:
        return list(schema["properties"])
    if loc[:2] == ("view", "metrics") and len(loc) > 3:
        return list(defs["MetricView"]["properties"])
    names = {"view": "ViewSpec", "reps": "RepSpec", "target": "TargetSpec", "not_measurable": "NotMeasurable"}
    if loc[0] == "faults" and len(loc) > 2:
        for definition in defs.values():
            if definition.get("properties", {}).get("kind", {}).get("const") == loc[2]:
                return list(definition["properties"])
    return list(defs[names[str(loc[0])]]["properties"]) if str(loc[0]) in names else []


def _line_of(text: str, where: list[str | int]) -> int | None:
    """Line number of a key in a TOML text, from 1: found by its table header and then its name. None when it is not there."""
    if not where:
        return None
    lines = text.splitlines()
    start = 0
    if len(where) > 1:
        # A table in a list has its number behind its name, which may have two parts: faults[2], view.metrics[2].
        place = next((index for index, part in enumerate(where) if isinstance(part, int)), None)
        table = ".".join(str(part) for part in where[: 1 if place is None else place])
        number_of = where[place] if place is not None else 0
        nth = number_of if isinstance(number_of, int) else 0
        headers = [i for i, line in enumerate(lines) if line.strip().replace(" ", "") in (f"[{table}]", f"[[{table}]]")]
        if nth < len(headers):
            start = headers[nth]
    name = str(next(part for part in reversed(where) if isinstance(part, str)))
    for number, line in enumerate(lines[start:], start + 1):
        if line.split("=")[0].strip().strip('"') == name:
            return number
    if start:
        return start + 1
    return _line_of(text, where[:-1])
