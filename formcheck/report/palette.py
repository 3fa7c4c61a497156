"""Colours, words and the order of importance that pictures and pages share.

Colours are RGB and keep apart for people who are colour blind; nothing is told by colour alone.
"""

from __future__ import annotations

from formcheck.exercise.session import Fault, FaultCode, Phase
from formcheck.motion.landmarks import Side

__all__ = [
    "ALARM",
    "CAUTION",
    "COMFORT",
    "INK",
    "LEG_COLOURS",
    "LEG_WORDS",
    "MUTED",
    "OUTLINE",
    "PANEL",
    "PANEL_OPACITY",
    "PAPER",
    "PHASE_WORDS",
    "Rgb",
    "importance",
    "most_important",
]

Rgb = tuple[int, int, int]

PAPER: Rgb = (255, 255, 255)
INK: Rgb = (12, 16, 24)
MUTED: Rgb = (198, 206, 218)
OUTLINE: Rgb = (10, 14, 20)
PANEL: Rgb = (14, 19, 29)
#: Dark enough that white text on a panel keeps a contrast of at least 7 to 1 over a white picture.
PANEL_OPACITY = 0.82

COMFORT: Rgb = (46, 196, 150)
CAUTION: Rgb = (255, 193, 46)
ALARM: Rgb = (255, 82, 56)

LEG_COLOURS: dict[Side, Rgb] = {Side.RIGHT: (255, 168, 46), Side.LEFT: (92, 190, 255)}
LEG_WORDS: dict[str, str] = {"left": "Left", "right": "Right", "both": "Both"}

PHASE_WORDS: dict[Phase, str] = {
    Phase.REST: "rest",
    Phase.OUT: "out",
    Phase.HOLD: "hold",
    Phase.BACK: "back",
    Phase.UNSEEN: "not seen",
}

#: Which mistake is named when there is room for one only, the most important first.
_IMPORTANCE = (
    FaultCode.FOOT_LIFTED,
    FaultCode.OVER_ROTATION,
    FaultCode.TOO_FAST,
    FaultCode.FAST_RETURN,
    FaultCode.JERKY,
    FaultCode.TRUNK_LEAN,
    FaultCode.PELVIS_HIKE,
    FaultCode.KNEE_DRIFT,
    FaultCode.POSTURE_CHANGED,
    FaultCode.BREATH_HOLD,
    FaultCode.BREATH_OUT_OF_STEP,
)


def importance(code: FaultCode) -> int:
    """Rank of a kind of mistake, 0 the most important; one that is not in the order comes last."""
    return _IMPORTANCE.index(code) if code in _IMPORTANCE else len(_IMPORTANCE)


def most_important(faults: tuple[Fault, ...]) -> Fault | None:
    """The one fault to name when there is room for one; of equal ones the first. None when there is none."""
    return min(faults, key=lambda fault: importance(fault.code), default=None)
