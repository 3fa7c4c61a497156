"""Which live session is going on, which broke off, and how another begins. One at a time: there is one body before one camera."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from formcheck.coach.choice import ComfortRange
from formcheck.errors import FormcheckError, UsageError
from formcheck.exercise.spec import ExerciseSpec
from formcheck.history.journal import JOURNAL_SUFFIX, Journal
from formcheck.history.recovery import abandoned, read_journal
from formcheck.live.adaptive import AdaptiveEstimator
from formcheck.live.assembly import journal_of, kept_ranges, measured_model, people_counter
from formcheck.live.finishing import keep
from formcheck.live.model_choice import MODELS, ModelChoice, ModelLadder
from formcheck.live.session import Estimator
from formcheck.live.taking_up import broken_session
from formcheck.profiles.names import checked_name
from formcheck.web.live_messages import chosen
from formcheck.web.live_room import Room, RoomParts
from formcheck.web.services import Services

__all__ = ["Busy", "Rooms"]

#: A page that went away may come back so long; then the session ends where it is, to be gone on with from its journal.
_PATIENCE_S = 120.0
#: Between the last picture of a session that broke off and the first of its other part, at least.
_GAP_S = 5.0


class Busy(FormcheckError):
    """Another session is going on."""


class Rooms:
    """The live sessions of one server.

    Parameters
    ----------
    services
        The user's data.
    estimator
        Opens a pose model; by default the most exact this computer follows, measured once.
    threaded
        Whether the last minute is read beside the loop.
    """

    def __init__(
        self, services: Services, estimator: Callable[[], AbstractContextManager[Estimator]] | None = None, *, threaded: bool = True
    ) -> None:
        self._threaded = threaded
        self._services = services
        self._estimator = estimator or self._measured
        self._counts_people = estimator is None
        self._lock = threading.Lock()
        self._room: Room | None = None
        self._choice: ModelChoice | None = None
        self._left: threading.Timer | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a session is going on with a page before it."""
        with self._lock:
            return self._room is not None and not self._room.done.is_set() and self._room.is_attached

    def begin(self, message: Mapping[str, Any]) -> Room:
        """Begin a session with the settings of a page.

        Raises
        ------
        UsageError
            A setting does not fit.
        Busy
            Another one is going on.
        """
        name = message.get("exercise")
        if not isinstance(name, str) or name.lower().endswith(".toml"):
            raise UsageError("name an exercise by its id.")
        spec = self._services.own_exercises.load(name)
        person = self._person(message.get("person"))
        choice = chosen(message, spec)
        with self._lock:
            self._make_room()
            # The name of the file is the id: made now, so that the page has it before the first picture.
            journal = journal_of(self._services.own_exercises.name_for_library(name), "browser", person, "", self._services.history)
            room = Room(_id_of(journal.path), choice, self._parts(person, lambda model: journal.named(model_name=model)))
            self._room = room
        room.start()
        return room

    def come_back(self, session_id: str) -> Room | None:
        """The session of an id: the one that waits for its page, or one that broke off with an earlier server. None: there is none.

        Raises
        ------
        Busy
            Another one is going on.
        FormcheckError
            It cannot be gone on with.
        """
        with self._lock:
            if self._room is not None and self._room.id == session_id and not self._room.broke_off:
                return self._room
            path = self._journal(session_id)
            if path is None:
                return None
            found = read_journal(path)
            broken = broken_session(found, self._services.own_exercises.load_named)
            self._make_room()
            person = str(found.header.get("profile") or "me")
            parts = self._parts(person, lambda model: Journal(path, {}, goes_on=True))
            room = Room(session_id, broken.choice, parts, broken.earlier, broken.last_s + _GAP_S)
            self._room = room
        room.start()
        return room

    @property
    def waiting(self) -> dict[str, Any] | None:
        """The session that goes on here without a page; None when there is none."""
        with self._lock:
            room = self._room
        if room is None or room.done.is_set() or room.is_attached:
            return None
        return {"id": room.id, "title": room.choice.spec.title, "started_at": None, "reps": room.presenter.counts}

    def unfinished(self) -> list[dict[str, Any]]:
        """Sessions that broke off and were not kept yet, the newest first."""
        rows = []
        for path in reversed(list(abandoned(self._services.history.journals))):
            try:
                found = read_journal(path)
                broken = broken_session(found, self._services.own_exercises.load_named)
            except FormcheckError:
                continue
            counts = {side.value if side is not None else "both": number for side, number in broken.earlier.done.items()}
            rows.append(
                {"id": _id_of(path), "title": broken.choice.spec.title, "started_at": found.header.get("started_at"), "reps": counts}
            )
        return rows

    def keep_unfinished(self, session_id: str) -> dict[str, Any] | None:
        """Put a session that broke off into the history as it is; None when there is none of this id."""
        path = self._journal(session_id)
        return self._kept(path) if path is not None else None

    def discard(self, session_id: str) -> bool:
        """Forget a session that broke off; False when there is none of this id."""
        path = self._journal(session_id)
        if path is not None:
            path.unlink(missing_ok=True)
        return path is not None

    def left(self, room: Room) -> None:
        """The page of a session went away; it is waited for."""
        with self._lock:
            if self._left is not None:
                self._left.cancel()
            self._left = threading.Timer(_PATIENCE_S, self._give_up, (room,))
            self._left.daemon = True
            self._left.start()

    def close(self) -> None:
        """End every session where it is."""
        with self._lock:
            if self._left is not None:
                self._left.cancel()
            room, self._room = self._room, None
        if room is not None:
            room.close()

    def _give_up(self, room: Room) -> None:
        if not room.is_attached:
            room.close()

    def _make_room(self) -> None:
        """Let a session give way that is over, or whose page is gone."""
        room = self._room
        if room is None:
            return
        if not room.done.is_set() and room.is_attached:
            raise Busy("another live session is going on, in another window of the browser; end it there first.")
        room.close()
        self._room = None

    def _parts(self, person: str, journal: Callable[[str], Journal]) -> RoomParts:
        def kept(spec: ExerciseSpec, direction: str) -> tuple[ComfortRange, ...]:
            return kept_ranges(self._services.profiles, person, spec, direction, lambda text: None)

        return RoomParts(
            self._estimator,
            journal,
            kept,
            people_counter if self._counts_people else None,
            lambda done: self._kept(done.path),
            self._threaded,
        )

    def _kept(self, path: Path) -> dict[str, Any]:
        kept = keep(path, self._services.history, self._services.profiles)
        session = kept.row.id if kept.row is not None else None
        report = f"/sessions/{session}/report.html" if kept.report is not None else None
        return {"session": session, "report": report, "notes": list(kept.notes)}

    def _journal(self, session_id: str) -> Path | None:
        return next((path for path in abandoned(self._services.history.journals) if _id_of(path) == session_id), None)

    def _measured(self) -> AbstractContextManager[Estimator]:
        if self._choice is None:
            self._choice = measured_model()
        return AdaptiveEstimator(ModelLadder(self._choice.name, self._choice.frame_s, models=MODELS))

    def _person(self, name: object) -> str:
        if name is not None and not isinstance(name, str):
            raise UsageError("the name of a person is a text.")
        try:
            return checked_name(name or "me")
        except ValueError as error:
            raise UsageError(str(error)) from error


def _id_of(path: Path) -> str:
    return path.name.removesuffix(JOURNAL_SUFFIX)
