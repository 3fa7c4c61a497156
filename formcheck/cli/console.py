"""What the terminal gets to see: results on stdout, progress and complaints on stderr."""

from __future__ import annotations

import math
import re
import shutil
import signal
import sys
import textwrap
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, TextIO

from formcheck.errors import describe, exit_code_of

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

    from formcheck.progress import Progress, ProgressCallback

__all__ = [
    "INTERRUPTED",
    "bars_on_stderr",
    "clock",
    "complain",
    "complain_of",
    "progress_bar",
    "say",
    "say_wrapped",
    "stop_on_ctrl_c",
    "worst",
]

#: Exit code after Ctrl-C, as shells expect it.
INTERRUPTED = 130

#: Exit codes from the one that wins to the one that yields, when several inputs end differently.
_BY_WEIGHT = (INTERRUPTED, 1, 3, 2, 4, 0)


def worst(codes: list[int]) -> int:
    """Choose the exit code of a whole command from those of its inputs."""
    return min(codes, key=_BY_WEIGHT.index, default=0)


def say(text: str = "") -> None:
    """Print a result."""
    _print(text, sys.stdout)


def say_wrapped(text: str) -> None:
    """Print text for people, each line broken between words at the width of the terminal, its later parts under its first word."""
    width = max(30, min(100, shutil.get_terminal_size().columns))
    for line in text.split("\n"):
        lead = re.match(r"\s*(?:-|\d+\.)?\s*", line)
        indent = " " * len(lead.group()) if lead else ""
        say(textwrap.fill(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False))


def complain(text: str) -> None:
    """Print one line about something that went wrong."""
    _print("formcheck: " + " ".join(text.split("\n")), sys.stderr)


def complain_of(error: BaseException, subject: str | None = None) -> int:
    """Print one line about an exception and return the exit code that goes with it.

    ``subject`` is the path the work was about; it is put in front when the message does not name it already.
    """
    text = describe(error)
    if subject is not None and subject not in text:
        text = f"{subject}: {text}"
    complain(text)
    return exit_code_of(error)


def _print(text: str, stream: TextIO) -> None:
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
    stream.flush()


@contextmanager
def stop_on_ctrl_c() -> Iterator[threading.Event]:
    """Within the block, the first Ctrl-C sets the event that is given; a second one raises KeyboardInterrupt at once."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def handle(_number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    before = signal.signal(signal.SIGINT, handle)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def progress_bar(name: str, *, quiet: bool) -> Iterator[ProgressCallback | None]:
    """Show a bar with the time left on stderr; give None when it is not wanted or stderr is no terminal."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    bars, narrow = bars_on_stderr()
    with bars:
        task = bars.add_task(name, total=1.0, left="")

        def show(progress: Progress) -> None:
            left = clock(progress.remaining_s)
            bars.update(task, completed=progress.fraction, left=left if narrow or not left else f"{left} left, {progress.stage}")

        yield show


def bars_on_stderr() -> tuple[Bars, bool]:
    """Bars on stderr that are gone when they are done, each with a column ``left`` for words, and whether the terminal is narrow."""
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bars
    from rich.table import Column

    console = Console(stderr=True)
    narrow = console.width < 60
    column = Column(no_wrap=True, overflow="ellipsis", max_width=14 if narrow else 32)
    bars = Bars(
        TextColumn("{task.description}", markup=False, table_column=column),
        BarColumn(bar_width=6 if narrow else 24),
        TextColumn("{task.percentage:>3.0f} %", markup=False),
        TextColumn("{task.fields[left]}", markup=False, table_column=Column(no_wrap=True)),
        console=console,
        transient=True,
        # What goes to stdout stays there, wherever that leads; who prints while they are shown clears them first.
        redirect_stdout=False,
        redirect_stderr=False,
    )
    return bars, narrow


def clock(seconds: float) -> str:
    """A length of time as people write it, ``1:02:03`` or ``2:03``; nothing when it is not known."""
    if not math.isfinite(seconds):
        return ""
    minutes, rest = divmod(math.ceil(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
