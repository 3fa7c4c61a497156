"""Estimate against truth as a picture: a panel for each model and condition, a colour and a mark for each view."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from formcheck.errors import OutputError
from formcheck.validation.comparison import AS_FILMED, GROUPS, Comparison

__all__ = ["draw_agreement"]

#: Colours that stay apart for colour-blind eyes (Okabe and Ito, 2008), and marks that stay apart without any.
_LOOK = {"ahead": ("#0072B2", "o"), "turned": ("#D55E00", "^"), "standing": ("#009E73", "s"), "lying": ("#CC79A7", "D")}
_PANEL_IN, _DPI, _COLUMNS = 4.2, 130, 4


def draw_agreement(comparisons: Sequence[Comparison], path: Path) -> None:
    """Draw the change of the counted angle, estimate over truth, into a PNG: a panel for each model and condition.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    shown = list(dict.fromkeys((item.model, item.condition) for item in comparisons))
    columns = min(_COLUMNS, max(1, len(shown)))
    rows = max(1, -(-len(shown) // columns))
    with mpl.rc_context({"font.family": "DejaVu Sans", "font.size": 11}):
        size = (_PANEL_IN * columns + 0.4, _PANEL_IN * rows + 1.0)
        figure = Figure(figsize=size, dpi=_DPI, facecolor="white", layout="constrained")
        FigureCanvasAgg(figure)
        panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        for (model, condition), axes in zip(shown, panels.flat, strict=False):
            mine = [item for item in comparisons if (item.model, item.condition) == (model, condition)]
            _panel(axes, model if condition == AS_FILMED else f"{model}, {condition}", mine)
        for axes in panels.flat[len(shown) :]:
            axes.set_axis_off()
        for axes in panels[:, 0]:
            axes.set_ylabel("measured, change from rest (°)")
        handles = {label: handle for axes in panels.flat for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)}
        figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=2, frameon=False, markerscale=2.5)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            figure.savefig(path, metadata={"Software": None})
        except OSError as error:
            raise OutputError(f"{path}: cannot be written ({error.strerror}); choose another file with --write.") from error


def _panel(axes: Axes, title: str, comparisons: Sequence[Comparison]) -> None:
    every = [0.0]
    for group, (colour, mark) in _LOOK.items():
        points = [result.points for item in comparisons if item.group == group for result in item.counted.values()]
        together = np.concatenate(points) if points else np.empty((0, 2))
        if len(together):
            axes.plot(*together.T, mark, color=colour, markersize=2.2, alpha=0.35, markeredgewidth=0, label=GROUPS[group])
            every += [float(together.min()), float(together.max())]
    low, high = min(every) - 3, max(every) + 3
    axes.plot([low, high], [low, high], color="#333333", linewidth=1)
    axes.fill_between([low, high], [low - 5.4, high - 5.4], [low + 5.4, high + 5.4], color="#333333", alpha=0.08, linewidth=0)
    axes.set_title(title)
    axes.set_xlabel("truth (°)")
    axes.set_aspect("equal")
    axes.grid(color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
