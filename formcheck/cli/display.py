"""How far the films of a run are: one display on stderr, with a row for each film that somebody is at."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

from formcheck.cli.console import bars_on_stderr, clock

if TYPE_CHECKING:
    from formcheck.batch.film import FilmTask
    from formcheck.progress import Progress

__all__ = ["FilmsDisplay"]


class FilmsDisplay:
    """A row for each film at work and, when there are several, one for all of them. A context manager that clears it at the end.

    Parameters
    ----------
    wanted
        Whether anything is shown; nothing is when stderr is no terminal.
    """

    def __init__(self, *, wanted: bool) -> None:
        self.shown = wanted and sys.stderr.isatty()
        self._bars: Any = None
        self._narrow = False
        self._all: Any = None
        self._rows: dict[int, Any] = {}
        self._parts: dict[int, float] = {}
        self._films = 0
        self._size_bytes = 0
        self._done_bytes = 0
        self._done = 0
        self._failed = 0
        self._started_s = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Clear it for good."""
        if self._bars is not None:
            self._bars.stop()
            self._bars = None

    def begins(self, films: int, size_bytes: int) -> None:
        """Show that so many films are to be done."""
        if not self.shown:
            return
        self._films, self._size_bytes, self._started_s = films, max(1, size_bytes), time.monotonic()
        self._bars, self._narrow = bars_on_stderr()
        self._bars.start()
        if films > 1:
            self._all = self._bars.add_task(self._words(), total=1.0, left="")

    def begun(self, task: FilmTask) -> None:
        """Show that somebody is at a film."""
        if self._bars is not None:
            from pathlib import Path

            self._rows[task.number] = self._bars.add_task(Path(task.address).name, total=1.0, left="")

    def at(self, task: FilmTask, progress: Progress) -> None:
        """Show how far a film is."""
        if self._bars is None or task.number not in self._rows:
            return
        left = clock(progress.remaining_s)
        words = left if self._narrow or not left else f"{left} left, {progress.stage}"
        self._bars.update(self._rows[task.number], completed=progress.fraction, left=words)
        self._parts[task.number] = progress.fraction * task.size_bytes
        self._show_all()

    def ended(self, task: FilmTask | None, *, failed: bool) -> None:
        """Take away the row of a film that is done."""
        if self._bars is None or task is None:
            return
        self._bars.remove_task(self._rows.pop(task.number))
        self._parts.pop(task.number, None)
        self._done_bytes += task.size_bytes
        self._done += not failed
        self._failed += failed
        self._show_all()

    @contextmanager
    def away(self, *, said: bool = True) -> Iterator[None]:
        """Clear it for as long as something is printed on the same terminal: on stderr, if that is ``said``, or on stdout."""
        if self._bars is None or not (said or sys.stdout.isatty()):
            yield
            return
        self._bars.stop()
        try:
            yield
        finally:
            self._bars.start()

    def _words(self) -> str:
        failed = f", {self._failed} failed" if self._failed else ""
        return f"{self._done + self._failed} of {self._films} films{failed}"

    def _show_all(self) -> None:
        if self._all is None:
            return
        done = min(1.0, (self._done_bytes + sum(self._parts.values())) / self._size_bytes)
        spent_s = time.monotonic() - self._started_s
        left = clock(spent_s * (1.0 - done) / done) if done > 0.01 else ""
        self._bars.update(self._all, completed=done, description=self._words(), left=f"{left} left" if left else "")
