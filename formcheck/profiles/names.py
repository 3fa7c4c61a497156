"""Names of people."""

from __future__ import annotations

import unicodedata

__all__ = ["MAX_NAME_LENGTH", "checked_name", "same_name_key"]

MAX_NAME_LENGTH = 60


def checked_name(name: str) -> str:
    """The name in its composed form (NFC), when it is one: letters of any script, digits, inner spaces, ``-`` and ``_``, 1 to 60 of them.

    Raises
    ------
    ValueError
        It is none, with what a name may be.
    """
    name = unicodedata.normalize("NFC", name)
    if not name.strip():
        raise ValueError("the name of a profile is empty; give a name such as Anna.")
    if len(name) > MAX_NAME_LENGTH:
        raise ValueError(f"the name of a profile may have {MAX_NAME_LENGTH} characters, and this one has {len(name)}; shorten it.")
    if name != name.strip() or "  " in name:
        raise ValueError(f"the name {name!r} has a space at an end or two in a row; leave it out.")
    wrong = next((c for c in name if not _allowed(c)), None)
    if wrong is not None:
        raise ValueError(f"the name {name!r} has {wrong!r} in it; use letters, digits, spaces, - and _ only.")
    if not _is_letter_or_digit(name[0]):
        raise ValueError(f"the name {name!r} must begin with a letter or a digit.")
    return name


def same_name_key(name: str) -> str:
    """What two names have in common that differ only in capitals or in the way their letters are encoded."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return unicodedata.normalize("NFKC", folded)


def _is_letter_or_digit(character: str) -> bool:
    return unicodedata.category(character)[0] in "LN"


def _allowed(character: str) -> bool:
    # Marks belong to the letters of many scripts.
    return character in " -_" or unicodedata.category(character)[0] in "LNM"
