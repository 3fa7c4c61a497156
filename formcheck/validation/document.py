"""The accuracy page: the tables with a word on how they came about and a plot of estimate against truth."""

from __future__ import annotations

from collections.abc import Sequence

from formcheck.validation.comparison import Comparison
from formcheck.validation.tables import markdown

__all__ = ["page"]

_HEAD = """\
# Accuracy

What formcheck measures on clips of synthetic people whose every angle is known. Made by

    python3 run.py validate samples --model heavy --model full --model lite --write docs/accuracy.md

and to be made again by it after any change of measurement. How it is compared, and what synthetic people cannot show, is in
[how-accuracy-is-measured.md](how-accuracy-is-measured.md).

"""


def page(comparisons: Sequence[Comparison]) -> str:
    """The whole page as Markdown."""
    return _HEAD + markdown(comparisons)
