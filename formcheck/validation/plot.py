"""Estimate against truth as a picture: a panel for each model, a colour and a mark for each view."""

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
_PANEL_IN, _DPI = 4.2, 130


def draw_agreement(comparisons: Sequence[Comparison], path: Path) -> None:
    """Draw the change of the counted angle, estimate over truth, into a PNG.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    filmed = [item for item in comparisons if item.condition == AS_FILMED]
    models = list(dict.fromkeys(item.model for item in filmed))
    with mpl.rc_context({"font.family": "DejaVu Sans", "font.size": 11}):
        figure = Figure(figsize=(_PANEL_IN * max(1, len(models)) + 0.4, _PANEL_IN + 1.0), dpi=_DPI, facecolor="white", layout="constrained")
        FigureCanvasAgg(figure)
        panels = figure.subplots(1, max(1, len(models)), sharex=True, sharey=True, squeeze=False)[0]
        for model, axes in zip(models, panels, strict=False):
            _panel(axes, model, [item for item in filmed if item.model == model])
        panels[0].set_ylabel("measured, change from rest (°)")
        handles = {label: handle for axes in panels for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)}
        figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=2, frameon=False, markerscale=2.5)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            figure.savefig(path, metadata={"Software": None})
        except OSError as error:
            raise OutputError(f"{path}: cannot be written ({error.strerror}); choose another file with --write.") from error


def _panel(axes: Axes, model: str, comparisons: Sequence[Comparison]) -> None:
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
    axes.set_title(model)
    axes.set_xlabel("truth (°)")
    axes.set_aspect("equal")
    axes.grid(color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
