"""The simulated hour, shortened: every frame goes through the loop, and the set goes on."""

from __future__ import annotations

import sys

from formcheck.live import engine
from formcheck.live.endurance import endure
from formcheck.motion.landmarks import Side
from tests.live_parts import SPEC, guided


def test_the_loop_takes_every_frame_and_the_journal_grows() -> None:
    before = engine.READ_EVERY_S
    found = endure(guided(2), SPEC, Side.LEFT, minutes=0.5)
    assert found.frames == 900
    assert before == engine.READ_EVERY_S
    assert 900 * 500e-6 < found.journal_mb < 900 * 1500e-6
    assert sys.platform == "win32" or 0 < found.early_mb <= found.end_mb
