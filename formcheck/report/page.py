"""What every page is made with: its templates, the plot library, and a policy that lets nothing run but the page's own scripts."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

__all__ = ["environment", "json_in_script", "own_file", "plotly_js", "script_hash"]


def environment() -> Environment:
    """The templates, with every value escaped and every unknown name an error."""
    loader = PackageLoader("formcheck.report")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


@cache
def plotly_js() -> str:
    """The plot library, as it stands in ``vendor``."""
    return _text("vendor", "plotly-basic.min.js")


def own_file(name: str) -> str:
    """A style sheet or script that lies with the templates."""
    return _text("templates", name)


def script_hash(script: str) -> str:
    """The source expression by which a Content-Security-Policy lets an inline script run."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def json_in_script(value: Any) -> Markup:
    """JSON that cannot end its script element whatever its strings hold."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def _text(folder: str, name: str) -> str:
    return (resources.files("formcheck.report") / folder / name).read_text("utf-8").replace("\r\n", "\n")
