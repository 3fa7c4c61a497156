"""`doctor`: what is there, and what to fix."""

from __future__ import annotations

import json
from dataclasses import asdict

from formcheck.cli.console import say
from formcheck.errors import InputError

__all__ = ["run_doctor"]

_MARKS = {"good": "ok  ", "note": "note", "slow": "slow", "broken": "FIX "}


def run_doctor(*, as_json: bool = False) -> int:
    """Print what was found, line by line. Returns 3 when something is broken, else 0."""
    from formcheck.doctor import examine

    broken = 0
    for finding in examine():
        broken += finding.level == "broken"
        if as_json:
            say(json.dumps(asdict(finding)))
            continue
        say(f"{_MARKS[finding.level]}  {finding.what}: {finding.text}")
        if finding.advice:
            say(f"      -> {finding.advice}")
    if not as_json:
        say("Everything formcheck needs is there." if not broken else f"{broken} to fix, marked FIX.")
    return InputError.exit_code if broken else 0
