"""``session.json``: everything a session says except its curves, for other programs. The same report gives the same bytes."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from formcheck import __version__
from formcheck.exercise.breath_report import BreathReport
from formcheck.exercise.session import Fault, NotMeasured, Rep, SessionReport, Smoothness
from formcheck.report.words import clean_text

__all__ = ["SCHEMA_VERSION", "against_profile_json", "breath_json", "rounded", "session_dict", "write_session_json"]

SCHEMA_VERSION = 1

_SOURCE_KEYS = ("path", "duration_s", "frames", "fps", "sampled_fps", "width", "height", "rotation_deg")
_DECIMALS_OF_UNIT = {"deg": 2, "s": 3}


def session_dict(report: SessionReport) -> dict[str, Any]:
    """Plain JSON values of a session, in the order they are written.

    Times are rounded to 3 decimals, degrees and degrees per second to 2, ratios to 4; NaN and infinities become None. Free-form
    mappings (settings, view, additions to source and model) are sorted by key.
    """
    return {
        "schema": SCHEMA_VERSION,
        "formcheck": __version__,
        "exercise": clean_text(report.exercise),
        "exercise_title": clean_text(report.title),
        "source": _source(report.source),
        "model": _sorted(report.model, ("name", "sha256")),
        "settings": _sorted(report.settings),
        "limit_deg": rounded("limit_deg", report.limit_deg),
        "target_reps": list(report.target_reps),
        "shown_angle": clean_text(report.shown_angle),
        "sides": list(report.sides),
        "summary": _summary(report),
        "reps": [_rep(rep) for rep in report.reps],
        "faults": [_fault(fault) for fault in report.faults],
        "checked": list(report.checked),
        "breath": breath_json(report.breath) if report.breath is not None else None,
        "quality": {
            "measured_fraction": rounded("measured_fraction", report.measured_fraction),
            "view": _sorted(report.view),
            "not_measured": [_not_measured(item) for item in report.not_measured],
        },
    }


def _summary(report: SessionReport) -> dict[str, Any]:
    words: dict[str, Any] = {"reps": report.counts, "partial": report.partial, "faults": report.fault_counts}
    words["reps_by_direction"] = {clean_text(name): counts for name, counts in report.counts_by_direction.items()}
    if report.settings.get("profile") is not None:
        words["against_profile"] = against_profile_json(report)
    return words


def against_profile_json(report: SessionReport) -> list[dict[str, Any]]:
    """Today's ranges beside those of the profile, as plain JSON values: one entry for each leg and direction that was compared."""
    return [
        {name: value if isinstance(value, str | bool) or value is None else rounded(name, value) for name, value in asdict(one).items()}
        for one in report.against_profile
    ]


def breath_json(breath: BreathReport) -> dict[str, Any]:
    """What was seen of the breath, as plain JSON values."""
    return {
        "measured_fraction": rounded("measured_fraction", breath.measured_fraction),
        "rate_per_min": rounded("rate_per_min", breath.rate_per_min),
        "step": breath.step,
        "in_step_fraction": rounded("in_step_fraction", breath.in_step_fraction),
        "phase_deg": rounded("phase_deg", breath.phase_deg),
        "steadiness": rounded("steadiness", breath.steadiness),
        "drift_deg": rounded("drift_deg", breath.drift_deg),
        "reps": [
            {"number": rep.number, "step": rep.step, "score": rounded("score", rep.score), "phase_deg": rounded("phase_deg", rep.phase_deg)}
            for rep in breath.reps
        ],
        "breaths": [
            {"start_s": rounded("start_s", start), "turn_s": rounded("turn_s", turn), "end_s": rounded("end_s", end)}
            for start, turn, end in breath.breaths
        ],
        "holds": [{"start_s": rounded("start_s", start), "end_s": rounded("end_s", end)} for start, end in breath.holds],
    }


def write_session_json(report: SessionReport, path: Path) -> None:
    """Write `session_dict` as indented UTF-8 with a newline at the end.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    text = json.dumps(session_dict(report), ensure_ascii=False, allow_nan=False, indent=2)
    path.write_bytes(f"{text}\n".encode())


def rounded(name: str, value: float) -> float | None:
    """A measured number as it is written: decimals by the unit at the end of its name, None when it was not measured."""
    value = float(value)
    if not math.isfinite(value):
        return None
    decimals = 2 if name.endswith(("_deg", "_deg_s")) else 3 if name.endswith("_s") else 4
    return round(value, decimals) + 0.0


def _plain(name: str, value: Any) -> Any:
    """A JSON value of anything a free-form mapping may hold; unknown kinds become text."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return rounded(name, value)
    if isinstance(value, Mapping):
        return _sorted(value)
    if isinstance(value, (set, frozenset)):
        return sorted((_plain(name, item) for item in value), key=repr)
    if isinstance(value, (list, tuple)):
        return [_plain(name, item) for item in value]
    return clean_text(str(value))


def _sorted(values: Mapping[str, Any], first: tuple[str, ...] = ()) -> dict[str, Any]:
    rest = sorted(str(key) for key in values if key not in first)
    return {clean_text(key): _plain(key, values.get(key)) for key in (*first, *rest)}


def _source(source: Mapping[str, Any]) -> dict[str, Any]:
    # The model is said once, under its own key.
    kept = {key: value for key, value in source.items() if not key.startswith("model_")}
    return _sorted(kept, _SOURCE_KEYS)


def _rep(rep: Rep) -> dict[str, Any]:
    measured = ("peak_deg", "peak_pm_deg", "range_deg", "out_s", "hold_s", "back_s", "peak_speed_deg_s")
    return {
        "number": rep.number,
        "side": rep.side_name,
        "direction": clean_text(rep.direction),
        "counted": rep.counted,
        "rejected": rep.rejected.value if rep.rejected is not None else None,
        **{name: rounded(name, getattr(rep, name)) for name in ("start_s", "peak_s", "end_s", *measured)},
        "smoothness": _smoothness(rep.smoothness),
        "faults": [code.value for code in rep.faults],
        **{name: rounded(name, getattr(rep, name)) for name in ("range_pm_deg", "clean_range_deg", "clean_until_s", "isolation_frac")},
        "culprit": rep.culprit.value if rep.culprit is not None else None,
    }


def _smoothness(smoothness: Smoothness) -> dict[str, Any]:
    names = ("peak_to_mean", "mid_dip", "high_band_log10", "noise_ratio")
    reason = clean_text(smoothness.reason) if smoothness.reason is not None else None
    return {**{name: rounded(name, getattr(smoothness, name)) for name in names}, "reason": reason}


def _fault(fault: Fault) -> dict[str, Any]:
    decimals = _DECIMALS_OF_UNIT.get(fault.unit, 4)
    numbers = {
        name: round(value, decimals) + 0.0 if math.isfinite(value) else None
        for name, value in (("measured", float(fault.measured)), ("limit", float(fault.limit)))
    }
    return {
        "code": fault.code.value,
        "severity": fault.severity,
        "side": fault.side,
        "rep": fault.rep,
        "start_s": rounded("start_s", fault.start_s),
        "end_s": rounded("end_s", fault.end_s),
        **numbers,
        "unit": clean_text(fault.unit),
        "message": clean_text(fault.message),
    }


def _not_measured(item: NotMeasured) -> dict[str, Any]:
    return {
        "what": clean_text(item.what),
        "code": clean_text(item.code),
        "reason": clean_text(item.reason),
        "start_s": rounded("start_s", item.start_s),
        "end_s": rounded("end_s", item.end_s),
    }
