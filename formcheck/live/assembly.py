"""The parts of a live session that do not depend on where it is shown: the pose model, the journal, the ranges that are kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from formcheck import __version__
from formcheck.coach.choice import ComfortRange
from formcheck.errors import FormcheckError, UsageError
from formcheck.exercise.spec import ExerciseSpec
from formcheck.history.entry import new_id
from formcheck.history.journal import JOURNAL_SUFFIX, Journal
from formcheck.history.store import History
from formcheck.live.model_choice import ModelChoice, choose_model
from formcheck.motion.landmarks import Side
from formcheck.profiles.profile import RangeKey
from formcheck.profiles.store import ProfileStore
from formcheck.resources import sample_path

if TYPE_CHECKING:
    from formcheck.capture.frame import VideoFrame

__all__ = ["LEGS", "journal_of", "kept_ranges", "measured_model", "people_counter"]

#: Words for the legs of a session, in the order in which they work.
LEGS: dict[str, tuple[Side | None, ...]] = {
    "right-left": (Side.RIGHT, Side.LEFT),
    "left-right": (Side.LEFT, Side.RIGHT),
    "right": (Side.RIGHT,),
    "left": (Side.LEFT,),
    "both": (None,),
}
_MEASURED_ON = 10


def measured_model() -> ModelChoice:
    """The most exact pose model that this computer follows, measured on the bundled sample; takes some seconds."""
    return choose_model(_sample_frames())


def _sample_frames() -> list[VideoFrame]:
    from formcheck.capture.video import VideoFile

    frames = []
    with VideoFile(sample_path()) as video:
        for frame in video:
            frames.append(frame)
            if len(frames) == _MEASURED_ON:
                break
    return frames


def people_counter() -> object:
    """What counts the people in a picture."""
    from formcheck.capture.bundles import bundle
    from formcheck.capture.people import PeopleCounter

    return PeopleCounter(bundle("lite"))


def journal_of(exercise: str, camera: str, person: str, model: str, history: History) -> Journal:
    """A new journal in the history's folder.

    Parameters
    ----------
    exercise
        Identifier, or the TOML file it was read from: what `formcheck.exercise.library.load` takes.
    """
    from formcheck.capture.bundles import SHA256

    now = datetime.now(UTC).astimezone()
    session_id = new_id(now)
    header = {
        "id": session_id,
        "started_at": now.isoformat(),
        "formcheck": __version__,
        "exercise": exercise,
        "camera": camera,
        "profile": person,
        "model_name": model,
        "model_sha256": SHA256.get(model),
    }
    return Journal(history.journals / f"{session_id}{JOURNAL_SUFFIX}", header)


def kept_ranges(
    profiles: ProfileStore, name: str, spec: ExerciseSpec, direction: str, told: Callable[[str], None]
) -> tuple[ComfortRange, ...]:
    """The comfortable ranges kept of a person, for an exercise and direction; a damaged profile is told of and left out.

    Raises
    ------
    UsageError
        It is no name.
    """
    try:
        profile = profiles.find(name)
    except UsageError:
        raise
    except FormcheckError as error:
        told(f"{error} The comfortable range is measured anew.")
        return ()
    if profile is None:
        return ()
    sides: dict[str, Side | None] = {"left": Side.LEFT, "right": Side.RIGHT, "both": None}
    found = ((side, profile.present(RangeKey(spec.id, direction, word))) for word, side in sides.items())
    return tuple(ComfortRange(side, own.comfortable_deg) for side, own in found if own is not None and own.comfortable_deg >= 1.0)
