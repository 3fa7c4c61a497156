"""The accuracy page: how it was made, a plot of estimate against truth, and the tables."""

from __future__ import annotations

from collections.abc import Sequence

from formcheck.validation.comparison import AS_FILMED, Comparison
from formcheck.validation.tables import markdown

__all__ = ["page"]

_HEAD = """\
# Accuracy

What formcheck measures on clips of synthetic people whose every angle is known. Made by

    {command}

and to be made again by it after any change of measurement. How it is compared, and what synthetic people cannot show, is in
[how-accuracy-is-measured.md](how-accuracy-is-measured.md).

"""
_PLOT = """\
![Measured against true change of the counted angle, a panel for each model and condition]({plot})

Every third frame of every clip; the grey band is ± 5.4°, by which two people with goniometers differ (docs/measurement.md).

"""


def page(comparisons: Sequence[Comparison], folder: str, written: str, plot: str | None, clips: Sequence[str] = ()) -> str:
    """The whole page as Markdown.

    Parameters
    ----------
    folder, written
        The folder of clips and the file of the page, as they were given on the command line.
    plot
        The picture, as seen from the page; None: there is none.
    clips
        The parts of names by which clips were chosen.
    """
    models = dict.fromkeys(item.model for item in comparisons)
    conditions = dict.fromkeys(item.condition for item in comparisons if item.condition != AS_FILMED)
    words = ["python3 run.py validate", folder, *(f"--model {model}" for model in models)]
    words += [f"--clips {part}" for part in clips]
    words += [*(f"--condition {name}" for name in conditions), f"--write {written}"]
    return _HEAD.format(command=" ".join(words)) + (_PLOT.format(plot=plot) if plot else "") + markdown(comparisons)
