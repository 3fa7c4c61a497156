"""What can be measured, by the names of the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from formcheck.errors import UsageError

__all__ = ["ALL", "KINDS", "Kind", "chosen"]

#: The word for everything, what takes long included.
ALL = "all"


@dataclass(frozen=True, slots=True)
class Kind:
    """One thing to measure.

    Attributes
    ----------
    name
        As on the command line; its figures are called ``name`` or ``name/part``.
    what
        A line for people.
    per_model
        Whether every pose model is measured; if not, only the quickest of those asked for.
    takes_long
        Whether it is left out unless it is named.
    """

    name: str
    what: str
    per_model: bool = False
    takes_long: bool = False


KINDS = (
    Kind("decode", "reading the pictures of a film"),
    Kind("pose", "the pose model on pictures that are decoded already: as it comes, and lean as formcheck runs it", per_model=True),
    Kind("convert", "the landmarks of the model as numbers of ours"),
    Kind("analysis", "everything from landmarks to the report's content, for one film"),
    Kind("hour", "the same for an hour of landmarks"),
    Kind("draw", "the overlay on a picture"),
    Kind("encode", "the annotated video, once it is drawn"),
    Kind("report", "the page alone, and all files but the annotated video"),
    Kind("naive", "the loop that is usually written: read, model, lines and words, write, one after the other", per_model=True),
    Kind("count", "the whole of count", per_model=True),
    Kind("analyse", "the whole of analyse", per_model=True),
    Kind("live", "the live loop, the film played as a camera", per_model=True),
    Kind("browser", "a guided session in Chromium, the film as its camera", per_model=True),
    Kind("batch", "several films by count, with one worker and with two"),
    Kind("start", "starting: the help, loading, the model, the first result of count"),
    Kind("memory", "the most memory of analyse, for 30 seconds and for 30 minutes", takes_long=True),
    Kind("live-hour", "the memory of an hour of a live session", takes_long=True),
    Kind("browser-hour", "the memory of an hour of a session in the page", takes_long=True),
)


def chosen(words: Sequence[str]) -> tuple[str, ...]:
    """The names that are meant, in the order of `KINDS`; without words, those that do not take long.

    Parameters
    ----------
    words
        Names, each or several with commas between.

    Raises
    ------
    UsageError
        There is nothing of such a name.
    """
    wanted = {name for word in words for part in word.split(",") if (name := part.strip())}
    names = [kind.name for kind in KINDS]
    for name in sorted(wanted - {ALL, *names}):
        from difflib import get_close_matches

        near = get_close_matches(name, names, 1)
        hint = f"did you mean {near[0]}?" if near else f"choose from {', '.join(names)}."
        raise UsageError(f"--only {name}: nothing of this name is measured; {hint}")
    if not wanted:
        return tuple(kind.name for kind in KINDS if not kind.takes_long)
    return tuple(name for name in names if ALL in wanted or name in wanted)
