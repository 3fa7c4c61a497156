"""The JSON Schema of ``session.json``, published as ``docs/session-schema.json``.

Print it with ``python -m formcheck.report.schema > docs/session-schema.json`` after a change.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from formcheck.exercise.session import FAULT_CODES, Rejection
from formcheck.report.session_json import SCHEMA_VERSION

__all__ = ["schema_text", "session_schema"]

Schema = dict[str, Any]


def session_schema() -> Schema:
    """JSON Schema (draft 2020-12) of a session. Keys may be added in later versions, so unknown ones are allowed."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "formcheck session",
        "description": "One analysed video. Times are seconds of the video, angles degrees; null means not measured. "
        "Left and right are the person's own.",
        **_object(
            {
                "schema": {"const": SCHEMA_VERSION, "description": "Version of this format."},
                "formcheck": _text("Version of the program."),
                "exercise": _text("Id of the exercise."),
                "exercise_title": _text("Name of the exercise for people."),
                "source": _source(),
                "model": _model(),
                "settings": {"type": "object", "description": "Everything chosen for this analysis."},
                "limit_deg": _number("Over-rotation limit in force, degrees from rest; null when the exercise has none."),
                "target_reps": {
                    "type": "array",
                    "items": {"type": "integer", "minimum": 0},
                    "minItems": 2,
                    "maxItems": 2,
                    "description": "Least and most repetitions of a set, per leg.",
                },
                "shown_angle": _text("Name of the angle that is counted and shown."),
                "sides": {"type": "array", "items": _side(), "description": "Legs that worked."},
                "summary": _summary(),
                "reps": {"type": "array", "items": _rep()},
                "faults": {"type": "array", "items": _fault()},
                "checked": {"type": "array", "items": _code(), "description": "Mistakes that could be looked for in a counted repetition."},
                "breath": _breath(),
                "quality": _quality(),
            }
        ),
    }


def schema_text() -> str:
    """The schema as the published file holds it."""
    return json.dumps(session_schema(), indent=2, ensure_ascii=False) + "\n"


def _object(properties: Schema) -> Schema:
    return {"type": "object", "required": list(properties), "properties": properties}


def _model() -> Schema:
    model = _object({"name": _maybe("string", "lite, full or heavy."), "sha256": _maybe("string", "Of the model bundle.")})
    changes = _text("Of a live session in which the model changed: which it was from when on; `name` is then the least exact of them.")
    return model | {"properties": model["properties"] | {"changes": changes}}


def _text(description: str) -> Schema:
    return {"type": "string", "description": description}


def _maybe(kind: str, description: str) -> Schema:
    return {"type": [kind, "null"], "description": description}


def _number(description: str) -> Schema:
    return _maybe("number", description)


def _count(description: str) -> Schema:
    return {"type": "integer", "minimum": 0, "description": description}


def _share(description: str) -> Schema:
    return {"type": ["number", "null"], "minimum": 0, "maximum": 1, "description": description}


def _side() -> Schema:
    return {"enum": ["left", "right", "both"]}


def _code() -> Schema:
    return {"enum": [code.value for code in FAULT_CODES]}


def _source() -> Schema:
    source = _object(
        {
            "path": _maybe("string", "The video, as it was named."),
            "duration_s": _number("Length."),
            "frames": _maybe("integer", "Frames measured."),
            "fps": _number("Mean frames per second of the video."),
            "width": _maybe("integer", "Pixels, after rotation."),
            "height": _maybe("integer", "Pixels, after rotation."),
            "rotation_deg": _number("Rotation that the file asks for and that was applied."),
        }
    )
    sampled = {"sampled_fps": _number("Of a video: frames per second that were looked at.")}
    return source | {"properties": source["properties"] | sampled}


def _summary() -> Schema:
    counted = {
        "left": _count("Counted repetitions of the left leg alone."),
        "right": _count("Counted repetitions of the right leg alone."),
        "both": _count("Counted repetitions of both legs as one."),
        "total": _count("Sum; a repetition of both legs counts once."),
    }
    summary = _object(
        {
            "reps": _object(counted),
            "reps_by_direction": {
                "type": "object",
                "additionalProperties": _object(
                    counted | {"wrong_direction": _count("Full movements not counted because they went there.")}
                ),
                "description": "The same for each direction of the exercise.",
            },
            "partial": _count("Movements of the right kind that were too small to count."),
            "faults": _object({code.value: _count("Times found.") for code in FAULT_CODES}),
        }
    )
    # Only there when a profile was used.
    summary["properties"]["against_profile"] = {"type": "array", "items": _against_profile()}
    return summary


def _against_profile() -> Schema:
    return _object(
        {
            "side": _side(),
            "direction": _text("Name of the direction, from the exercise."),
            "comfortable_deg": _number("Comfortable range of the profile, change from rest."),
            "comfortable_pm_deg": _number("Half width of its 95 % interval."),
            "measured_on": _text("Day on which it was measured, as 2026-05-03."),
            "today_deg": _number("Median range of the repetitions of this session."),
            "today_pm_deg": _number("Half width of its 95 % interval."),
            "difference_deg": _number("today_deg minus comfortable_deg."),
            "pm_deg": _number("What measuring twice may differ by: a larger difference is a change."),
            "changed": {"type": ["boolean", "null"], "description": "Whether it is a change; null when that cannot be told."},
            "limit_deg": _number("Over-rotation limit that follows from the comfortable range."),
            "limit_capped": {"type": "boolean", "description": "Whether that limit would be more than the most anybody gets."},
        }
    )


def _rep() -> Schema:
    return _object(
        {
            "number": {"type": "integer", "minimum": 1, "description": "Order of start among all movements, counted or not."},
            "side": _side(),
            "direction": _text("Name of the direction, from the exercise."),
            "counted": {"type": "boolean"},
            "rejected": {"enum": [None, *(reason.value for reason in Rejection)], "description": "Why it was not counted."},
            "start_s": _number("Leaves rest."),
            "peak_s": _number("Furthest point."),
            "end_s": _number("Back at rest."),
            "peak_deg": _number("The shown angle at the furthest point, in its own sign."),
            "peak_pm_deg": _number("Uncertainty of the peak, plus or minus."),
            "range_deg": _number("Change from rest to the furthest point."),
            "out_s": _number("Time of the way out."),
            "hold_s": _number("Time held near the furthest point."),
            "back_s": _number("Time of the way back."),
            "peak_speed_deg_s": _number("Greatest speed."),
            "smoothness": _smoothness(),
            "faults": {"type": "array", "items": _code()},
            "range_pm_deg": _number("Uncertainty of the range, plus or minus."),
            "clean_range_deg": _number("Change from rest up to where another part began to help; the whole range when none did."),
            "clean_until_s": _number("That moment; null when nothing began to help before the furthest point."),
            "isolation_frac": _share("Share of the way out and back that was made without help."),
            "culprit": {"enum": [None, *(code.value for code in FAULT_CODES)], "description": "What began to help."},
        }
    )


def _smoothness() -> Schema:
    return _object(
        {
            "peak_to_mean": _number("Greatest speed over the mean one between 10 and 90 % of the way; 1.19 for minimum jerk."),
            "mid_dip": _number("Lowest over greatest speed between these; 0 is a stop, less a reversal."),
            "high_band_log10": _number("log10 of the velocity power above the movement's own band over that inside it."),
            "noise_ratio": _number("Velocity noise at rest over the peak speed expected of the movement."),
            "reason": _maybe("string", "Why the smoothness could not be judged."),
        }
    )


def _fault() -> Schema:
    return _object(
        {
            "code": _code(),
            "severity": _text("How serious: fault, or hint for what is only asked or suggested."),
            "side": _side(),
            "rep": _maybe("integer", "Number of the repetition it belongs to."),
            "start_s": _number("First moment."),
            "end_s": _number("Last moment."),
            "measured": _number("What was measured, in the unit."),
            "limit": _number("What it was held against, in the unit."),
            "unit": _text("deg, s, shank lengths, frac, repetitions or times the limit."),
            "message": _text("What happened and what to do about it."),
        }
    )


def _breath() -> Schema:
    step = {"enum": ["in_step", "out_of_step", "neither"], "description": "In as the turn begins, the other way round, or neither."}
    rep = _object(
        {
            "number": {"type": "integer", "minimum": 1, "description": "Of the repetition."},
            "step": step,
            "score": _number("1 when all the chest moved went in on the way out and out on the way back, -1 the other way round."),
            "phase_deg": _number("The breath as the turn began: 0 begins to go in, 180 begins to go out."),
        }
    )
    times = {"start_s": _number("Begins to go in."), "turn_s": _number("Begins to go out."), "end_s": _number("Is out.")}
    hold = {"start_s": _number("First moment without breath."), "end_s": _number("Last moment without breath.")}
    breath = _object(
        {
            "measured_fraction": _share("Share of the video in which the breath could be told."),
            "rate_per_min": _number("Breaths a minute, holds left out."),
            "step": {"enum": [*step["enum"], None], "description": "Over all repetitions; null when too few could be judged."},
            "in_step_fraction": _share("Share of the judged repetitions that were in step."),
            "phase_deg": _number("Mean of the phases as the turns began."),
            "steadiness": _share("How constant that phase was: 1 always the same."),
            "drift_deg": _number("How far it wandered from the first to the last repetition."),
            "reps": {"type": "array", "items": rep, "description": "The counted repetitions whose breath could be told."},
            "breaths": {"type": "array", "items": _object(times)},
            "holds": {"type": "array", "items": _object(hold), "description": "Eight seconds or more without breath."},
        }
    )
    return breath | {"type": ["object", "null"], "description": "The breath; null when nothing of it was recorded or looked for."}


def _quality() -> Schema:
    item = _object(
        {
            "what": _text("Fault code, angle or part of the body."),
            "code": _text("Kind of reason, for programs."),
            "reason": _text("The reason, for people."),
            "start_s": _number("From."),
            "end_s": _number("To."),
        }
    )
    return _object(
        {
            "measured_fraction": _share("Share of frames measured."),
            "view": {"type": "object", "description": "What was seen of camera and body."},
            "not_measured": {"type": "array", "items": item},
        }
    )


if __name__ == "__main__":
    sys.stdout.write(schema_text())
