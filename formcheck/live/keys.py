"""Keys: from what the window's toolkit reports to what the coach hears."""

from __future__ import annotations

from formcheck.coach.guidance import Screen, Stage
from formcheck.coach.moment import Discomfort, Event, Signal

__all__ = ["event_of", "key_name"]

#: Codes of the arrow keys: X11 and Wayland (Qt), Windows, macOS.
_ARROWS = {
    "left": (65361, 2424832, 63234),
    "up": (65362, 2490368, 63232),
    "right": (65363, 2555904, 63235),
    "down": (65364, 2621440, 63233),
}
_NAMES = {code: name for name, codes in _ARROWS.items() for code in codes}
_NAMES |= {27: "esc", 13: "enter", 10: "enter", 65421: "enter", 32: "space"}
_SIGNALS = {
    "p": Signal.PAIN,
    "esc": Signal.PAIN,
    "space": Signal.PAUSE,
    "r": Signal.RECALIBRATE,
    "m": Signal.MUTE,
    "s": Signal.SKIP,
    "enter": Signal.CONFIRM,
    "f": Signal.FINISH,
}


def key_name(code: int) -> str | None:
    """The name of a key from the number the window gives: a letter or digit, "left", "esc" ...; None for no key or one without a use.

    Modifiers that toolkits put into the upper bits, such as Num Lock, are ignored.
    """
    if code < 0:
        return None
    if code in _NAMES:
        return _NAMES[code]
    plain = code & 0xFFFF
    if plain in _NAMES:
        return _NAMES[plain]
    # The digits of the number pad.
    if 65456 <= plain <= 65465:
        return chr(plain - 65456 + ord("0"))
    letter = chr(plain & 0xFF).lower() if plain & 0xFF else ""
    return letter if letter.isalnum() and letter.isascii() else None


def event_of(key: str, screen: Screen) -> Event | None:
    """What a key means on this screen; None when it means nothing to the coach."""
    if screen.asks_discomfort and key.isdigit():
        return Discomfort(int(key))
    if screen.asks_discomfort and key == "t":
        return Discomfort(10)
    # Once everything has ended Esc is the way out, as everywhere.
    if screen.stage in (Stage.STOPPED, Stage.DONE) and key in ("esc", "enter"):
        return Signal.FINISH
    return _SIGNALS.get(key)
