"""One live session of the browser: the same loop as `live`, shown to a page instead of a window."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any

from formcheck.coach.choice import Choice, ComfortRange
from formcheck.coach.moment import Earlier, Event, Signal
from formcheck.errors import FormcheckError
from formcheck.exercise.spec import ExerciseSpec
from formcheck.history.journal import Journal
from formcheck.live.chooser import Row
from formcheck.live.presenter import Shown
from formcheck.live.session import Estimator, LiveSession, Parts
from formcheck.live.voice import Speaker
from formcheck.live.window import NoWindow
from formcheck.web.browser_feed import BrowserFeed, FeedClosed
from formcheck.web.live_messages import cue_json, pose_json, screen_json

__all__ = ["Outbox", "PagePresenter", "Room", "RoomParts"]

Outbox = Callable[[dict[str, Any]], None]


class PagePresenter:
    """Turns moments into messages for a page, and its presses into events. A screen is sent when it changed.

    Parameters
    ----------
    feed
        The pictures of the page; woken when something is pressed.
    """

    def __init__(self, feed: BrowserFeed) -> None:
        self._feed = feed
        self._lock = threading.Lock()
        self._events: list[Event] = []
        self._send: Outbox | None = None
        self._screen: dict[str, Any] | None = None
        self._picture: object = None
        self.is_closed = False

    @property
    def waits(self) -> bool:
        """Whether something was pressed that was not heard yet."""
        with self._lock:
            return bool(self._events)

    @property
    def counts(self) -> dict[str, int]:
        """Repetitions so far, of each leg."""
        with self._lock:
            screen = self._screen
        return {count["side"] or "both": count["done"] for count in screen["counts"]} if screen is not None else {}

    def attach(self, send: Outbox | None) -> None:
        """Send to another page from now on, the whole screen first; None: to nobody."""
        with self._lock:
            self._send, screen = send, self._screen
        if send is not None and screen is not None:
            send(screen)

    def press(self, event: Event) -> None:
        """Something was pressed."""
        with self._lock:
            self._events.append(event)
        self._feed.wake()

    def show(self, shown: Shown) -> Sequence[str | Event]:
        """Tell the page; return what was pressed."""
        screen = screen_json(shown.screen)
        with self._lock:
            events, self._events = self._events, []
            send, before, self._screen = self._send, self._screen, screen
        if send is not None:
            if screen != before:
                send(screen)
            for cue in shown.cues:
                send(cue_json(cue))
            if shown.picture is not self._picture:
                self._picture = shown.picture
                send(pose_json(shown.result, self._feed.handed_over, shown.working, shown.status))
        return events

    def close(self) -> None:
        """Nothing to take away: the page stays."""


@dataclass(frozen=True)
class _Chosen:
    """What was chosen in the page, in place of a list to choose from."""

    choice_made: Choice
    rows: tuple[Row, ...] = ()

    @property
    def spec(self) -> ExerciseSpec:
        return self.choice_made.spec

    def choice(self, kept: tuple[ComfortRange, ...] = ()) -> Choice:
        return replace(self.choice_made, kept=kept or self.choice_made.kept)

    def press(self, key: str) -> None:
        return


@dataclass(frozen=True)
class RoomParts:
    """What a session in a room is made with.

    Attributes
    ----------
    estimator
        Opens the pose model.
    journal
        Opens the journal, told the name of the model in use.
    kept
        The comfortable ranges kept of the person.
    count_people
        Makes what counts the people in a picture.
    finish
        Called with the journal of a session that came to its end; returns what to tell the page.
    threaded
        Whether the last minute is read beside the loop; see `formcheck.live.engine.LiveAnalyzer`.
    """

    estimator: Callable[[], AbstractContextManager[Estimator]]
    journal: Callable[[str], Journal]
    kept: Callable[[ExerciseSpec, str], tuple[ComfortRange, ...]]
    count_people: Callable[[], object] | None
    finish: Callable[[Journal], dict[str, Any]]
    threaded: bool = True


@dataclass
class Room:
    """One session in a thread of its own; pages come and go.

    Attributes
    ----------
    id
        The id of the session, which a page needs to come back.
    done
        Set when it is over, kept and told.
    """

    id: str
    choice: Choice
    parts: RoomParts
    earlier: Earlier | None = None
    first_s: float = 0.0
    done: threading.Event = field(default_factory=threading.Event)
    last_words: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        self.feed = BrowserFeed(self.first_s)
        self.presenter = PagePresenter(self.feed)
        self._send: Outbox | None = None
        self._thread = threading.Thread(target=self._run, name="room", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def attach(self, send: Outbox) -> None:
        """A page is there; one that was is forgotten."""
        self._send = send
        send({"type": "begun", "session": self.id})
        self.feed.attached()
        self.presenter.attach(send)
        if self.last_words is not None:
            send(self.last_words)

    def detach(self, send: Outbox) -> None:
        """That page is gone; the session waits, unless another page has come."""
        if self._send is send:
            self._send = None
            self.presenter.attach(None)
            self.feed.detached()

    @property
    def is_attached(self) -> bool:
        """Whether a page is connected."""
        return self._send is not None

    @property
    def broke_off(self) -> bool:
        """Whether it ended before it was over, and may go on from its journal."""
        return self.done.is_set() and (self.last_words or {}).get("type") in ("closed", "error")

    def close(self) -> None:
        """End where it is; its journal stays, to be gone on with or kept another time."""
        self.feed.close()
        self._thread.join(15.0)

    def _run(self) -> None:
        try:
            self.last_words = self._session()
        except FeedClosed:
            self.last_words = {"type": "closed"}
        except FormcheckError as error:
            self.last_words = {"type": "error", "error": str(error)}
        # A page that waits must hear of it, whatever it is.
        except Exception as error:
            self.last_words = {
                "type": "error",
                "error": f"the session broke off ({type(error).__name__}: {error}); what was measured is kept.",
            }
        self.done.set()
        if self._send is not None:
            self._send(self.last_words)

    def _session(self) -> dict[str, Any]:
        with self.parts.estimator() as estimator:
            parts = Parts(
                lambda place, first_index: self.feed,
                estimator,
                NoWindow(),
                Speaker(None, None),
                lambda choice: self.parts.journal(estimator.model),
                self.parts.kept,
                lambda text: None,
                self.parts.count_people,
                threaded=self.parts.threaded,
                presenter=self.presenter,
            )
            session = LiveSession(parts, _Chosen(self.choice), at_once=True, earlier=self.earlier)
            session.run()
        lines = list(session.coach.summary.lines)
        told = self.parts.finish(session.journal) if session.journal is not None else {"session": None, "report": None, "notes": []}
        return {"type": "saved", "summary": lines, **told}

    def press(self, event: Event) -> None:
        """Something was pressed in the page."""
        if event is Signal.PAIN or not self.done.is_set():
            self.presenter.press(event)
