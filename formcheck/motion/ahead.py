"""Loading what smoothing needs while something else takes time."""

from __future__ import annotations

import threading
from contextlib import suppress

from formcheck.loading import put_off

__all__ = ["load_ahead"]


def load_ahead() -> threading.Thread:
    """Begin to load the filters of `formcheck.motion.filters` in a thread of its own, and return it; nobody has to wait for it.

    Loading them takes longer than filtering a minute. Begun when a pose model has the first picture, it is over before the first
    curve is smoothed. Whoever smooths before it is over waits for it, as always with imports.
    """
    thread = threading.Thread(target=_load, name="load ahead")
    thread.start()
    return thread


def _load() -> None:
    # What is missing is told by who needs it, in words of its own.
    # Its search for peaks asks for a function of scipy.stats, which takes as long to load as all else; here nobody searches for peaks.
    with suppress(ImportError), put_off("scipy.stats", "scoreatpercentile"):
        import scipy.signal  # noqa: F401
