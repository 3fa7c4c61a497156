"""The breath in the page: a line with words beside the pacer, and a switch that is remembered."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from formcheck.coach.guidance import BreathSeen, ChestMove
from formcheck.exercise import library
from formcheck.web.live_messages import chosen, screen_json
from formcheck.web.rehearsal import browser
from tests.test_live_view import WAVE, screens
from tests.test_web_live_states import coached
from tests.test_web_pages import violations

SPEC = library.load("hip-internal-rotation")
SHOW = """async (screen) => {
  const { showScreen } = await import("/static/live/screen.js");
  document.getElementById("setup").hidden = true;
  document.getElementById("session").hidden = false;
  showScreen(screen, () => {});
}"""


def said(move: ChestMove, words: str, trace: tuple[float, ...]) -> dict[str, Any]:
    return screen_json(replace(screens()["set"], breath_seen=BreathSeen(move, words, trace)))


def test_a_page_may_leave_the_breath_out() -> None:
    assert chosen({}, SPEC).breath and chosen({"breath": True}, SPEC).breath and not chosen({"breath": False}, SPEC).breath


@pytest.mark.browser
def test_the_line_the_words_and_the_switch(tmp_path: Path) -> None:
    with coached(tmp_path / "data") as (base, _), browser() as chromium:
        tab = chromium.new_page(viewport={"width": 390, "height": 844})
        trouble: list[str] = []
        tab.on("pageerror", lambda error: trouble.append(str(error)))
        tab.goto(f"{base}/live")
        tab.wait_for_load_state("networkidle")
        tab.evaluate(f"localStorage.setItem('formcheck.choice', JSON.stringify({{exercise: '{SPEC.id}', breath: ''}}))")
        tab.reload()
        tab.wait_for_load_state("networkidle")
        assert not tab.is_checked("[name=breath]")
        tab.evaluate(f"localStorage.setItem('formcheck.choice', JSON.stringify({{exercise: '{SPEC.id}'}}))")
        tab.reload()
        tab.wait_for_load_state("networkidle")
        assert tab.is_checked("[name=breath]"), "what was kept before there was the switch says nothing of it"

        tab.evaluate(SHOW, said(ChestMove.OUT, "breath: out", WAVE))
        assert tab.is_visible("#chest") and tab.inner_text("#chest-words") == "breath: out" and tab.inner_text("#chest-arrow") == "▼"
        line = tab.get_attribute("#chest .line", "d")
        assert line.count("M") == 2 and line.count("L") == sum(map(math.isfinite, WAVE)) - 2, "what was not measured is no line"
        assert tab.evaluate("document.querySelector('#chest').closest('[aria-live], [role=status], [role=alert]')") is None
        assert violations(tab) == []
        for width in (390, 1280):
            tab.set_viewport_size({"width": width, "height": 844})
            assert tab.evaluate("document.documentElement.scrollWidth") <= width

        tab.evaluate(SHOW, said(ChestMove.UNSEEN, "breath not seen", (math.nan,) * 50))
        assert tab.inner_text("#chest-words") == "breath not seen" and tab.get_attribute("#chest .line", "d") == ""
        assert tab.is_hidden("#chest .now")
        tab.evaluate(SHOW, screen_json(screens()["set"]))
        assert tab.is_hidden("#chest") and trouble == []
