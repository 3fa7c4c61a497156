"""From the journal of a session that broke off to what is needed to go on with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from formcheck.coach.choice import Choice, ComfortRange, choice, side_name
from formcheck.coach.moment import Earlier
from formcheck.errors import InputError, UsageError
from formcheck.exercise.spec import ExerciseSpec
from formcheck.history.recovery import Recovered
from formcheck.motion.landmarks import Side

__all__ = ["Broken", "broken_session"]

_SIDES: dict[str, Side | None] = {"left": Side.LEFT, "right": Side.RIGHT, "both": None}
_KEPT_SOURCES = frozenset({"measured", "kept"})


@dataclass(frozen=True)
class Broken:
    """A session that broke off.

    Attributes
    ----------
    choice
        Its settings.
    earlier
        What it had come to.
    last_s
        The newest time in it, seconds of its clock: it goes on after that.
    """

    choice: Choice
    earlier: Earlier
    last_s: float


def broken_session(found: Recovered, load: Callable[[str], ExerciseSpec]) -> Broken:
    """What is needed to go on with the session of a journal.

    Parameters
    ----------
    load
        Gives the exercise of what the journal's header calls it.

    Raises
    ------
    InputError
        It had not begun, it came to its end, or its settings cannot be understood.
    """
    if found.is_finished:
        raise InputError("this session came to its end; there is nothing to go on with.")
    started = next((record for record in found.records if record.get("kind") == "session_started"), None)
    if started is None:
        raise InputError("this session had not begun.")
    try:
        chosen = _choice(dict(started["settings"]), load(str(found.header.get("exercise"))))
        earlier = _earlier(found.records)
    except (KeyError, TypeError, ValueError, UsageError) as error:
        raise InputError(f"the settings of this session cannot be understood ({error}); it can only be kept as it is.") from error
    times = [float(record["time_s"]) for record in found.records if isinstance(record.get("time_s"), int | float)]
    times += [float(found.recording.time_s[-1])] if len(found.recording) else []
    return Broken(chosen, earlier, max(times))


def _choice(settings: Mapping[str, Any], spec: ExerciseSpec) -> Choice:
    kept = tuple(ComfortRange(_SIDES[side], float(range_deg)) for side, range_deg in settings["kept_range_deg"].items())
    return choice(
        spec,
        sides=tuple(_SIDES[side] for side in settings["sides"]),
        target=settings["target"],
        out_s=settings["out_s"],
        back_s=settings["back_s"],
        direction=settings["direction"],
        rest_s=settings["rest_s"],
        kept=kept,
        limit_deg=settings["limit_deg"],
        measure_range=settings["measure_range"],
        # Sessions older than this setting were without it.
        breath=settings.get("breath", True),
    )


def _earlier(records: Iterable[Mapping[str, Any]]) -> Earlier:
    done: Counter[Side | None] = Counter()
    comfort: dict[Side | None, ComfortRange] = {}
    ready: set[Side | None] = set()
    before: int | None = None
    for record in records:
        kind = record.get("kind")
        if kind == "rep_finished" and record["stage"] == "set" and record["number"] is not None:
            side = _SIDES[record["side"]]
            done[side] = max(done[side], int(record["number"]))
        elif kind == "range_calibrated":
            side = _SIDES[record["side"]]
            ready.add(side)
            if record["source"] in _KEPT_SOURCES and record["range_deg"] is not None:
                comfort[side] = ComfortRange(side, float(record["range_deg"]))
        elif kind == "discomfort_given" and record["when"] == "before":
            before = int(record["level"])
    ready |= set(done)
    return Earlier(dict(done), tuple(comfort[side] for side in sorted(comfort, key=side_name)), frozenset(ready), before)
