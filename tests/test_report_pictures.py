"""Still pictures of the angle and the session: whole, the same each time, whatever the names are."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from formcheck.exercise.analyzer import AnalysisOptions, analyse
from formcheck.exercise.library import load
from formcheck.exercise.session import SessionReport
from formcheck.report.angle_picture import limits_drawn, write_angle_picture
from formcheck.report.canvas import PictureKind, Sheet, fitting, known_letters, plain_style
from formcheck.report.session_card import write_session_card
from formcheck.report.units import shown_in
from tests.builders import example_recording, example_report
from tests.people import alternating, film, length_s, seated

HOSTILE = "<script>alert(1)</script> $\\frac{1}{0}$ 股関節 \udcff \u202e " + "W" * 200


@cache
def report() -> SessionReport:
    reps = alternating(2, height_deg=30.0)
    return analyse(
        film(seated(reps, duration_s=length_s(reps)), noise_px=0.3), load("hip-internal-rotation"), AnalysisOptions(limit_deg=20.0)
    )


@cache
def odd_reports() -> dict[str, SessionReport]:
    whole = example_report(example_recording())
    nothing = {side: np.full_like(curve, np.nan) for side, curve in whole.timeline.shown_deg.items()}
    return {
        "both legs": report(),
        "empty": replace(whole, reps=(), faults=(), sides=()),
        "unseen": replace(whole, timeline=replace(whole.timeline, shown_deg=nothing)),
        "hostile": replace(whole, title=HOSTILE, shown_angle=HOSTILE, faults=(replace(whole.faults[0], message=HOSTILE),)),
        "many": replace(whole, reps=tuple(replace(whole.reps[0], number=n, start_s=n / 20, end_s=n / 20 + 0.03) for n in range(1, 301))),
        "together": replace(whole, reps=tuple(replace(rep, side=None) for rep in whole.reps), sides=("both",)),
        "no limit": replace(whole, limit_deg=float("nan")),
    }


def write(found: SessionReport, folder: Path, kind: PictureKind, day: date | None = None) -> tuple[bytes, bytes]:
    write_angle_picture(found, folder / "angle", kind)
    write_session_card(found, folder / "card", kind, day)
    return (folder / "angle").read_bytes(), (folder / "card").read_bytes()


def content_reaches_the_edge(path: Path) -> bool:
    """Whether anything but paper lies at the left, right or lower edge, below the card's coloured top."""
    with Image.open(path) as image:
        pixels = np.asarray(image.convert("L"), int)[40:]
    return bool((pixels[:, :12] < 250).any() or (pixels[:, -12:] < 250).any() or (pixels[-12:] < 250).any())


@pytest.mark.parametrize("name", list(odd_reports()))
def test_pictures_of_any_session_are_whole(name: str, tmp_path: Path) -> None:
    write(odd_reports()[name], tmp_path, "png", date(2026, 5, 3))
    for picture, width in (("angle", 2400), ("card", 2160)):
        with Image.open(tmp_path / picture) as image:
            assert image.width == width and image.height > 800
        assert not content_reaches_the_edge(tmp_path / picture)


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_the_same_session_gives_the_same_bytes_under_any_style(kind: PictureKind, tmp_path: Path) -> None:
    first = write(report(), tmp_path, kind)
    with mpl.rc_context({"font.size": 20, "axes.facecolor": "red", "svg.fonttype": "none", "lines.linewidth": 9, "savefig.bbox": "tight"}):
        assert write(report(), tmp_path, kind) == first
    assert b"dc:date" not in first[0] and b"dc:date" not in first[1]


def test_svg_is_drawing_alone(tmp_path: Path) -> None:
    for data in write(odd_reports()["hostile"], tmp_path, "svg"):
        names = {element.tag.rpartition("}")[2] for element in ET.fromstring(data).iter()}
        assert not names & {"script", "foreignObject", "image", "a", "text"}
        assert all(link.startswith(b"#") for link in re.findall(rb'href="([^"]+)"', data))


def test_the_card_has_a_date_only_when_it_is_known_and_names_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    own = Sheet.text

    def listen(self: Sheet, x: float, y: float, text: str, size_px: float, **look: str) -> None:
        told.append(text)
        own(self, x, y, text, size_px, **look)  # type: ignore[arg-type]

    monkeypatch.setattr(Sheet, "text", listen)
    write(report(), tmp_path, "svg")
    words = " ".join(told)
    assert "2026" not in words and ".mp4" not in words
    for part in ("Left leg", "Right leg", "Further than the limit", "o work on", "not a medical device", "range"):
        assert part in words
    told.clear()
    write_session_card(report(), tmp_path / "card", "svg", date(2026, 5, 3))
    assert "3 May 2026" in told
    told.clear()
    with shown_in("rad"):
        write(report(), tmp_path, "svg")
    assert any("rad" in text for text in told) and not any("°" in text for text in told)


def test_text_is_measured_wrapped_and_cut() -> None:
    with plain_style():
        sheet = Sheet(400, 300)
        assert sheet.wrapped("", 100, 20) == [] and sheet.wrapped("a b", 400, 20) == ["a b"]
        for width in (30, 90, 300):
            lines = sheet.wrapped(HOSTILE, width, 20)
            assert "".join(lines).replace(" ", "") == known_letters(HOSTILE).replace(" ", "")
            assert all(sheet.width_of(line, 20) <= width for line in lines)
        assert known_letters("a\u202eb\x07\n股 c") == "ab □ c"
        assert fitting(sheet, "short", 300, 20) == "short"
        cut = fitting(sheet, HOSTILE, 300, 20)
        assert cut.endswith("…") and sheet.width_of(cut, 20) <= 300


def test_limits_stand_on_the_sides_to_which_the_leg_went() -> None:
    found = report()
    assert limits_drawn(found) == {20.0: ("left", "right")}
    own = replace(found, limits_deg={"left": 25.0, "right": 30.0})
    assert limits_drawn(own) == {25.0: ("left",), 30.0: ("right",)}
    assert limits_drawn(replace(found, limit_deg=float("nan"))) == {}
