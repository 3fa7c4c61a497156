"""`profile`: a person's own comfortable range, made from a recording, shown, listed, exported, deleted."""

from __future__ import annotations

import json
import math
import os
import shlex
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from formcheck.cli.console import INTERRUPTED, complain, complain_of, progress_bar, say, say_wrapped, stop_on_ctrl_c
from formcheck.cli.sessions import Settings, job_of
from formcheck.errors import InputError, OutputError, UsageError

if TYPE_CHECKING:
    from formcheck.profiles.change import Change
    from formcheck.profiles.profile import ComfortRange, Profile, RangeKey

__all__ = ["run_delete", "run_export", "run_import", "run_list", "run_make", "run_show"]

_NOT_A_GOAL = "Comfortable is what was measured, not a goal: there is no need to go further."


def run_make(name: str, video: Path, settings: Settings) -> int:
    """Measure the comfortable ranges of a recording and keep them. Returns the exit code; raises what stood in the way."""
    from formcheck.profiles.calibration import calibrated, without_limit
    from formcheck.profiles.store import ProfileStore

    store = ProfileStore()
    # Before the long work: what would make it vain.
    profile = store.to_extend(name)
    job = job_of(settings, [video])
    from formcheck.pipeline import count_video

    with stop_on_ctrl_c() as stop, progress_bar(video.name, quiet=settings.quiet) as progress:
        try:
            outcome = count_video(video, replace(job, spec=without_limit(job.spec)), progress=progress, stop=stop)
            if outcome.interrupted:
                complain(f"{video}: stopped; the profile was not changed.")
                return INTERRUPTED
            found = calibrated(outcome.report, datetime.now().astimezone().replace(microsecond=0))
        except Exception as error:
            return complain_of(error, str(video))
    # Added to what is there now: another window may have measured in the meantime.
    profile = store.extend(name, found.ranges)
    for note in (*outcome.notes, *found.notes):
        complain(f"{video}: {note}")
    if not settings.quiet:
        for one in found.ranges:
            say_wrapped(f"{_who(one)}: {_range_words(one)}. {_limit_words(one)}")
        say_wrapped(f"Kept as {profile.name} in {store.database}.")
        say_wrapped(f"To use it: analyse VIDEO --exercise {shlex.quote(settings.exercise)} --profile {shlex.quote(profile.name)}")
        say_wrapped(_NOT_A_GOAL)
    return 0


def run_show(name: str, *, as_json: bool) -> int:
    """Print the ranges of a person. Returns 0; raises when there is no such profile."""
    from formcheck.profiles.store import ProfileStore

    store = ProfileStore()
    profile = store.load(name)
    if as_json:
        say(json.dumps(_json_of(profile), indent=2, ensure_ascii=False))
        return 0
    say(f"{profile.name} ({store.database})")
    if not profile.keys:
        say_wrapped("Nothing was measured yet. To measure: profile make NAME VIDEO")
    heading = None
    for key in profile.keys:
        present = _present(profile, key)
        title = f"{present.exercise_title}, {key.direction}"
        if title != heading:
            say()
            say_wrapped(title)
            heading = title
        _show_range(profile, key)
        if key.side == "right":
            _show_other_leg(profile, key)
    say()
    say_wrapped(_NOT_A_GOAL)
    return 0


def run_list(*, as_json: bool) -> int:
    """Print a line for each profile. Returns 3 when a file could not be read, else 0."""
    from formcheck.profiles.store import ProfileStore

    store = ProfileStore()
    profiles, wrong = store.all()
    for profile in profiles:
        exercises = list(dict.fromkeys(key.exercise for key in profile.keys))
        newest = max((one.measured_at for one in profile.measurements), default=None)
        if as_json:
            facts = {"name": profile.name, "path": str(store.database), "exercises": exercises, "measurements": len(profile.measurements)}
            say(json.dumps(facts | {"newest": newest.isoformat() if newest else None}, ensure_ascii=False))
        else:
            when = f", last measured on {newest.date().isoformat()}" if newest else ""
            say_wrapped(f"{profile.name}: {', '.join(exercises) or 'nothing measured'}{when}")
    if not as_json and not profiles and not wrong:
        say_wrapped("There are no profiles yet. To make one: profile make NAME VIDEO, with 3 to 5 comfortable repetitions a leg.")
    elif not as_json and profiles:
        say(f"Kept in {store.database}")
    for error in wrong:
        complain(str(error))
    return InputError.exit_code if wrong else 0


def run_delete(name: str, *, yes: bool) -> int:
    """Delete a profile, after asking on a terminal. Returns 0 when it is gone, 1 when the answer was no."""
    from formcheck.profiles.store import ProfileStore

    store = ProfileStore()
    if not store.is_there(name):
        store.load(name)
    shown, what = name, "damaged"
    try:
        profile = store.load(name)
        shown, what = profile.name, _measurements(len(profile.measurements))
    except InputError:
        # What cannot be read can still be deleted; that is what its message proposes.
        pass
    if not yes and not _agreed(f"Delete the profile {shown} ({what}) for good? [y/N] "):
        say("Nothing was deleted.")
        return 1
    store.delete(name)
    say(f"Deleted the profile {shown}, {what}.")
    return 0


def run_export(name: str, file: Path) -> int:
    """Write a profile to a file of the user's choice. Returns 0; raises when that is there already or cannot be written."""
    from formcheck.profiles.store import ProfileStore, profile_text, write_atomically

    profile = ProfileStore().load(name)
    if os.path.lexists(file):
        raise UsageError(f"{file}: is there already; choose another name.")
    try:
        write_atomically(file, profile_text(profile))
    except OSError as error:
        raise OutputError(f"{file}: cannot be written ({(error.strerror or str(error)).lower()}); choose another place.") from error
    say(f"{profile.name} written to {file} ({_measurements(len(profile.measurements))})")
    return 0


def run_import(file: Path) -> int:
    """Keep the profile of an exported file. Returns 0; raises when there is one of this name already or the file is none."""
    from formcheck.profiles.store import ProfileStore, read_profile

    store, profile = ProfileStore(), read_profile(file)
    if store.is_there(profile.name):
        raise UsageError(f"there is a profile {profile.name!r} already; export and delete that one first, so that nothing is lost.")
    store.save(profile)
    say(f"{profile.name} is kept ({_measurements(len(profile.measurements))})")
    return 0


def _agreed(question: str) -> bool:
    if not sys.stdin.isatty():
        raise UsageError("there is no terminal to ask on; add --yes to delete without asking.")
    try:
        return input(question).strip().casefold() in {"y", "yes"}
    except EOFError:
        return False


def _measurements(count: int) -> str:
    return f"{count} {'measurement' if count == 1 else 'measurements'}"


def _present(profile: Profile, key: RangeKey) -> ComfortRange:
    present = profile.present(key)
    assert present is not None
    return present


def _who(one: ComfortRange) -> str:
    from formcheck.report.words import leg, sentence

    return sentence(f"{leg(one.side)}, {one.direction}").rstrip(".")


def _range_words(one: ComfortRange) -> str:
    from formcheck.report.words import angle_text

    known = angle_text(one.comfortable_deg, one.known_pm_deg)
    return f"{known} is comfortable, {one.repetitions} repetitions, spread {one.spread_deg:.1f}°"


def _limit_words(one: ComfortRange) -> str:
    from formcheck.report.against import own_limit_words
    from formcheck.report.words import sentence

    return sentence(own_limit_words(one.limit.limit_deg, one.limit.capped))


def _show_range(profile: Profile, key: RangeKey) -> None:
    from formcheck.report.against import change_words
    from formcheck.report.words import about_text, angle_text, leg, sentence

    *former, present = profile.history(key)
    model = f", model {present.model}" if present.model else ""
    say_wrapped(f"  {sentence(leg(key.side)).rstrip('.')}: {_range_words(present)}")
    say_wrapped(f"    Measured on {present.measured_on} from {present.source or 'a recording'}{model}. {_limit_words(present)}")
    if not former:
        return
    before = former[-1]
    change = present.change_since(before)
    what = change_words(change.difference_deg, change.detectable_deg, change.changed, f"than on {before.measured_on}")
    was = f"{angle_text(before.comfortable_deg, before.known_pm_deg)} on {before.measured_on}"
    say_wrapped(f"    Against {was}: {what}{_models(before, present)}.")
    if len(former) > 1:
        earlier = ", ".join(f"{about_text(one.comfortable_deg, one.known_pm_deg)} on {one.measured_on}" for one in reversed(former[:-1]))
        say_wrapped(f"    Before that: {earlier}.")


def _show_other_leg(profile: Profile, key: RangeKey) -> None:
    from formcheck.report.against import change_words

    left = profile.present(key._replace(side="left"))
    if left is None:
        return
    right = _present(profile, key)
    change = left.change_since(right)
    what = change_words(change.difference_deg, change.detectable_deg, change.changed, "in the left leg than in the right")
    what = what.replace("no change", "no difference").replace("whether it changed", "whether they differ")
    common = " A difference between the legs is common and no sign of a fault." if change.changed else ""
    say_wrapped(f"  Left against right: {what}{_models(right, left)}.{common}")


def _models(first: ComfortRange, second: ComfortRange) -> str:
    if first.model == second.model or not first.model or not second.model:
        return ""
    return f" (but with the models {first.model} and {second.model}, which read the same movement differently)"


def _json_of(profile: Profile) -> dict[str, Any]:
    return {"schema": 1, "name": profile.name, "ranges": [_range_json(profile, key) for key in profile.keys]}


def _range_json(profile: Profile, key: RangeKey) -> dict[str, Any]:
    history = profile.history(key)
    present = history[-1]
    left_over_right = None
    other = profile.present(key._replace(side="right"))
    if key.side == "left" and other is not None:
        left_over_right = _change_json(present.change_since(other))
    return {
        **present.model_dump(mode="json"),
        "limit_deg": round(present.limit.limit_deg, 2),
        "limit_capped": present.limit.capped,
        "since_before": _change_json(present.change_since(history[-2])) if len(history) > 1 else None,
        "left_over_right": left_over_right,
        "history": [one.model_dump(mode="json") for one in history],
    }


def _change_json(change: Change) -> dict[str, Any]:
    detectable = round(change.detectable_deg, 2) if math.isfinite(change.detectable_deg) else None
    return {"difference_deg": round(change.difference_deg, 2), "detectable_deg": detectable, "changed": change.changed}
