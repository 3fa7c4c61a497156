"""A sheet to draw still pictures on: places in pixels, text that is measured before it is set, files that are always the same.

The typeface is the one that matplotlib brings along. Letters it does not have become a box, and nothing in a text is read as a formula.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Literal

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, get_font
from matplotlib.patches import FancyBboxPatch, Rectangle
from matplotlib.transforms import Affine2D

from formcheck.report.words import clean_text

__all__ = ["ACCENT", "GRID", "INK", "LEG_INK", "MUTED", "PAPER", "PictureKind", "Sheet", "fitting", "known_letters", "plain_style"]

PictureKind = Literal["png", "svg"]

INK, MUTED, GRID, PAPER, ACCENT = "#14202b", "#55636f", "#d5dce3", "#ffffff", "#0f766e"
#: Colours of the curves: apart for colour-blind eyes (Okabe and Ito, 2008); the left leg's is dashed besides.
LEG_INK = {"right": "#c24e00", "left": "#00639c"}

_DPI = 100
_FAMILY = "DejaVu Sans"
_BOX = "\u25a1"


def known_letters(text: str) -> str:
    """The same text in one line, with a box for each letter that the typeface does not have."""
    line = " ".join(clean_text(text).split())
    # Marks that only steer, as those that turn the direction of writing, would carry on into our own words.
    plain = (letter for letter in line if not unicodedata.category(letter).startswith("C"))
    return "".join(letter if ord(letter) in _letters() else _BOX for letter in plain)


@cache
def _letters() -> frozenset[int]:
    from matplotlib.font_manager import findfont

    return frozenset(get_font(findfont(FontProperties(family=_FAMILY))).get_charmap())


@contextmanager
def plain_style() -> Iterator[None]:
    """Within the block, matplotlib draws in its own style, whatever is set on this computer."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update({"svg.hashsalt": "formcheck", "svg.fonttype": "path", "axes.formatter.use_locale": False})
        yield


def fitting(sheet: Sheet, text: str, width_px: float, size_px: float, weight: str = "normal") -> str:
    """One line of a text, with … at its end where it had to be cut."""
    text = known_letters(text)
    if sheet.width_of(text, size_px, weight) <= width_px:
        return text
    fits = sheet.letters_within(text, width_px - sheet.width_of("…", size_px, weight), size_px, weight)
    return f"{text[:fits].rstrip()}…"


class Sheet:
    """A sheet of a size in pixels; every place on it is (x, y) from the top-left corner."""

    def __init__(self, width_px: int, height_px: int) -> None:
        self.width_px, self.height_px = width_px, height_px
        self.figure = Figure(figsize=(width_px / _DPI, height_px / _DPI), dpi=_DPI, facecolor=PAPER)
        self._canvas = FigureCanvasAgg(self.figure)
        self._renderer: Any = None

    def width_of(self, text: str, size_px: float, weight: str = "normal") -> float:
        """Width of one line of text, px."""
        if self._renderer is None:
            canvas: Any = self._canvas
            self._renderer = canvas.get_renderer()
        width, _, _ = self._renderer.get_text_width_height_descent(known_letters(text), _font(size_px, weight), False)
        return float(width)

    def letters_within(self, text: str, width_px: float, size_px: float, weight: str = "normal") -> int:
        """How many letters from the start of a text are no wider than this."""
        return bisect_right(range(1, len(text) + 1), width_px, key=lambda count: self.width_of(text[:count], size_px, weight))

    def wrapped(self, text: str, width_px: float, size_px: float, weight: str = "normal") -> list[str]:
        """The text in lines no wider than this, broken between words, inside a word where it must be."""
        lines: list[str] = []
        line = ""
        for word in known_letters(text).split():
            longer = f"{line} {word}" if line else word
            if self.width_of(longer, size_px, weight) <= width_px:
                line = longer
                continue
            lines += [line] if line else []
            while self.width_of(word, size_px, weight) > width_px and len(word) > 1:
                fits = max(1, self.letters_within(word, width_px, size_px, weight))
                lines.append(word[:fits])
                word = word[fits:]
            line = word
        return [*lines, line] if line else lines

    def text(
        self, x: float, y: float, text: str, size_px: float, *, weight: str = "normal", colour: str = INK, align: str = "left"
    ) -> None:
        """Set one line with its baseline at y."""
        self.figure.text(
            x / self.width_px,
            1 - y / self.height_px,
            known_letters(text),
            fontproperties=_font(size_px, weight),
            color=colour,
            ha=align,
            va="baseline",
            parse_math=False,
        )

    def box(self, x: float, y: float, width: float, height: float, colour: str, *, edge: str | None = None, round_px: float = 0) -> None:
        """Fill a rectangle, with an edge and round corners if wanted."""
        place = (x, self.height_px - y - height)
        look: dict[str, Any] = {"facecolor": colour, "edgecolor": edge or "none", "linewidth": 1.2 if edge else 0}
        patch: Any = (
            FancyBboxPatch(place, width, height, boxstyle=f"round,pad=0,rounding_size={round_px}", **look)
            if round_px
            else Rectangle(place, width, height, **look)
        )
        patch.set_transform(Affine2D().scale(1 / self.width_px, 1 / self.height_px) + self.figure.transFigure)
        self.figure.add_artist(patch)

    def axes(self, x: float, y: float, width: float, height: float) -> Any:
        """Axes of matplotlib whose inside is this rectangle."""
        place = (x / self.width_px, 1 - (y + height) / self.height_px, width / self.width_px, height / self.height_px)
        return self.figure.add_axes(place)

    def save(self, path: Path, kind: PictureKind) -> None:
        """Write as PNG, twice as fine, or SVG with its letters as outlines. Made within `plain_style`, the same sheet
        gives the same bytes.

        Raises
        ------
        OSError
            The file cannot be written.
        """
        metadata: dict[str, Any] = {"Date": None, "Creator": "formcheck"} if kind == "svg" else {"Software": "formcheck"}
        self.figure.savefig(path, format=kind, dpi=2 * _DPI if kind == "png" else _DPI, metadata=metadata)


@cache
def _font(size_px: float, weight: str) -> FontProperties:
    return FontProperties(family=_FAMILY, weight=weight, size=size_px * 72 / _DPI)
