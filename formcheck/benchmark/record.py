"""Figures kept from an earlier run, and what has become slower than they tell.

Only ratios are compared: seconds tell of the computer and of what else it was doing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from formcheck.benchmark.measurement import SCHEMA, Run
from formcheck.errors import InputError

__all__ = ["FLOOR", "RATIOS", "TOLERANCE", "Verdict", "compared", "read_record"]

#: By which part of itself a ratio may be larger than recorded.
TOLERANCE = 0.2
#: And by how much in any case: half a hundredth of what the usual loop or the bare model takes is not felt, and hard to measure.
FLOOR = 0.005

RATIOS = {"ratio_to_naive": "the usual loop", "ratio_to_bare": "the bare model"}

_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a comparison found.

    Attributes
    ----------
    worse
        A sentence for each ratio that is worse than recorded by more than the tolerance.
    not_compared
        A sentence for each thing that could not be compared, and why.
    compared
        How many ratios were.
    """

    worse: tuple[str, ...]
    not_compared: tuple[str, ...]
    compared: int


def read_record(path: Path) -> dict[str, Any]:
    """Read what ``--write`` or ``--json`` gave.

    Raises
    ------
    InputError
        No such file, or not one of those.
    """
    try:
        data = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); make it with --write.") from error
    except ValueError as error:
        raise InputError(f"{path}: is not JSON ({error}); make it again with --write.") from error
    if not (isinstance(data, dict) and data.get("schema") == SCHEMA):
        raise InputError(f"{path}: holds no figures of this version of formcheck; make it again with --write.")
    try:
        by_name(data)
        int(data["machine"]["cores"])
        str(data["film"]["name"])
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path}: is damaged ({type(error).__name__}: {error}); make it again with --write.") from error
    return data


def by_name(record: Mapping[str, Any]) -> dict[_Key, dict[str, float]]:
    """The ratios there are, by (name, model) of the measurement and their own name."""
    found: dict[_Key, dict[str, float]] = {}
    for one in record["measurements"]:
        ratios = {ratio: float(one[ratio]) for ratio in RATIOS if one[ratio] is not None}
        found[str(one["name"]), str(one["model"])] = ratios
    return found


def compared(record: Mapping[str, Any], run: Run, tolerance: float = TOLERANCE) -> Verdict:
    """Hold a run against a record.

    A ratio is worse when it is larger than recorded by more than ``tolerance`` of it and by more than `FLOOR`. Ratios of another number of
    cores or of another film say nothing of this one and are not compared.

    Parameters
    ----------
    record
        From `read_record`.
    tolerance
        0.2 lets a ratio be a fifth larger.
    """
    now = run.as_json()
    for what, was, is_now in (
        ("cores", record["machine"]["cores"], now["machine"]["cores"]),
        ("film", record["film"]["name"], now["film"]["name"]),
    ):
        if was != is_now:
            return Verdict((), (f"the record is of {_of(what, was)} and this run of {_of(what, is_now)}: no ratio was compared.",), 0)
    before, after = by_name(record), by_name(now)
    worse: list[str] = []
    unknown: list[str] = []
    count = 0
    for key, ratios in after.items():
        missing = [ratio for ratio in ratios if ratio not in before.get(key, {})]
        if missing:
            unknown.append(f"{_spoken(key)}: the record does not have it; make it again with --write.")
        both = {ratio: (before[key][ratio], value) for ratio, value in ratios.items() if ratio not in missing}
        count += len(both)
        worse += _worse(key, both, tolerance)
    unknown += [f"{one.name}: not measured: {one.reason}" for one in run.skipped]
    return Verdict(tuple(worse), tuple(unknown), count)


def _worse(key: _Key, both: Mapping[str, tuple[float, float]], tolerance: float) -> Iterator[str]:
    for ratio, (was, now) in both.items():
        if now > was * (1.0 + tolerance) and now > was + FLOOR:
            change = f" ({now / was - 1.0:+.0%})" if was > 0 else ""
            yield f"{_spoken(key)}: {now:.3g} times {RATIOS[ratio]}, was {was:.3g}{change}."


def _spoken(key: _Key) -> str:
    return f"{key[0]}, {key[1]}"


def _of(what: str, value: object) -> str:
    return f"{value} {'core' if value == 1 else 'cores'}" if what == "cores" else str(value)
