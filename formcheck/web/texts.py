"""Every sentence of the pages in one place: ``texts/en.json``, a flat list of keys, for templates and scripts alike."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources

__all__ = ["text_of", "texts"]


@cache
def texts() -> dict[str, str]:
    """All of them by their key."""
    found: dict[str, str] = json.loads((resources.files("formcheck.web") / "texts" / "en.json").read_text("utf-8"))
    return found


def text_of(key: str, **values: object) -> str:
    """A text with its ``{places}`` filled in; KeyError for a key that is not there."""
    return texts()[key].format(**values) if values else texts()[key]
