"""The one display of a run over films."""

from __future__ import annotations

import io
import re

import pytest

from formcheck.cli.display import FilmsDisplay
from formcheck.progress import Progress
from tests.batch_support import task


class Terminal(io.StringIO):
    """A terminal that remembers."""

    def isatty(self) -> bool:
        return True

    def shown(self) -> str:
        """What was shown since the last time, without colours and movements."""
        text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.getvalue())
        self.seek(0)
        self.truncate()
        return text


def on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """In the test itself: between its phases pytest puts its own stream in place."""
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    return terminal


def refreshed(display: FilmsDisplay) -> None:
    display._bars.refresh()


def test_it_tells_of_all_films_and_of_those_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_a_terminal(monkeypatch)
    first, second = task(1, "films/a.mp4", size_bytes=300), task(2, "films/b.mp4", size_bytes=100)
    with FilmsDisplay(wanted=True) as display:
        display.begins(2, 400)
        display.begun(first)
        display.begun(second)
        display.at(first, Progress("measuring", 0.5, 10, 61.0))
        refreshed(display)
        shown = terminal.shown()
        assert "0 of 2 films" in shown and "a.mp4" in shown and "b.mp4" in shown
        assert "1:01 left, measuring" in shown
        assert " 38 %" in shown, "half of three quarters of the bytes"
        display.ended(second, failed=True)
        refreshed(display)
        last = terminal.shown().rsplit("1 of 2 films, 1 failed")[-1]
        assert "a.mp4" in last and "b.mp4" not in last
        display.ended(first, failed=False)
        refreshed(display)
        shown = terminal.shown()
        assert "2 of 2 films, 1 failed" in shown and "100 %" in shown


def test_one_film_has_one_row(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_a_terminal(monkeypatch)
    with FilmsDisplay(wanted=True) as display:
        display.begins(1, 0)
        display.begun(task(1, "films/a.mp4"))
        display.at(task(1, "films/a.mp4"), Progress("drawing", 0.25, 10, 5.0))
        refreshed(display)
        shown = terminal.shown()
        assert "a.mp4" in shown and "25 %" in shown and "films" not in shown


def test_it_makes_room_for_what_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_a_terminal(monkeypatch)
    with FilmsDisplay(wanted=True) as display:
        display.begins(2, 10)
        with display.away(said=True):
            terminal.shown()
            refreshed(display)
            assert "films" not in terminal.shown()
        refreshed(display)
        assert "0 of 2 films" in terminal.shown()


@pytest.mark.parametrize("wanted", [True, False])
def test_nothing_is_shown_where_nobody_looks(wanted: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_a_terminal(monkeypatch)
    if wanted:
        monkeypatch.setattr(terminal, "isatty", lambda: False)
    with FilmsDisplay(wanted=wanted) as display:
        assert not display.shown
        display.begins(2, 10)
        display.begun(task(1, "a.mp4"))
        display.at(task(1, "a.mp4"), Progress("measuring", 0.5, 1, 1.0))
        display.ended(task(1, "a.mp4"), failed=False)
        with display.away():
            pass
    assert terminal.getvalue() == ""
