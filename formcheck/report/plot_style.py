"""What all plots of our pages have in common: colours by the names the page fills in for light and dark, axes, and type."""

from __future__ import annotations

from typing import Any

__all__ = ["AXIS", "LOOK"]

#: An axis.
AXIS: dict[str, Any] = {"gridcolor": "@grid", "zeroline": False, "linecolor": "@grid", "tickfont": {"color": "@muted"}}
#: The layout around it.
LOOK: dict[str, Any] = {
    "paper_bgcolor": "rgba(0,0,0,0)",
    "plot_bgcolor": "rgba(0,0,0,0)",
    "showlegend": False,
    "hoverlabel": {"bgcolor": "@paper", "bordercolor": "@grid", "font": {"color": "@ink"}},
    "font": {"color": "@muted", "size": 12, "family": "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"},
}
