"""What is said of one film in a line: for people, and as JSON for programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from formcheck.exercise.session import SessionReport
    from formcheck.pipeline import Outcome

__all__ = ["NOTHING", "count_line", "line_of"]

NOTHING = {"left": 0, "right": 0, "both": 0, "total": 0}


def count_line(report: SessionReport) -> str:
    """Say the repetitions in words: ``5 right, 0 left (1 partial, 2 outward not counted)``, or ``5 both`` when both legs moved as one.

    When more than one direction counts, each is said: ``8 right, 0 left: 5 inward, 3 outward``. With a profile, it also says how many
    repetitions went beyond the limit that follows from it.
    """
    counts = report.counts
    both_only = "both" in report.sides or counts["both"]
    words = [f"{counts['both']} both"] if both_only else []
    if not both_only or counts["left"] or counts["right"]:
        words += [f"{counts['right']} right", f"{counts['left']} left"]
    ways = report.counts_by_direction
    counted = [f"{count['total']} {name}" for name, count in ways.items() if count["total"]]
    by_direction = f": {', '.join(counted)}" if len(counted) > 1 else ""
    others = [f"{report.partial} partial"] if report.partial else []
    others += [f"{count['wrong_direction']} {name} not counted" for name, count in ways.items() if count["wrong_direction"]]
    beyond = f"; {report.fault_counts['over_rotation']} further than the limit" if report.settings.get("profile") is not None else ""
    return ", ".join(words) + by_direction + (f" ({', '.join(others)})" if others else "") + beyond


def line_of(path: Path | str, exercise: str, outcome: Outcome | None, error: str | None = None) -> dict[str, Any]:
    """Say of one input as JSON values: the counts, or zeros and the error; where the results are, and when it was stopped, if so."""
    report = None if outcome is None else outcome.report
    line: dict[str, Any] = {
        "path": str(path),
        "exercise": exercise,
        "reps": NOTHING if report is None else report.counts,
        "partial": 0 if report is None else report.partial,
        "reps_by_direction": {} if report is None else report.counts_by_direction,
        "measured_fraction": 0.0 if report is None else round(report.measured_fraction, 4),
        "error": error,
    }
    if report is not None and report.settings.get("profile") is not None:
        from formcheck.report.session_json import against_profile_json

        line |= {"over_rotation": report.fault_counts["over_rotation"], "against_profile": against_profile_json(report)}
    if outcome is not None and outcome.folder is not None:
        line["folder"] = str(outcome.folder)
    if outcome is not None and outcome.stopped_s is not None:
        line["stopped_s"] = round(outcome.stopped_s, 3)
    return line
