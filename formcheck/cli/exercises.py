"""`exercises`: which there are, how each is done, and whether a file of one's own is right."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from formcheck.cli.console import say, say_wrapped
from formcheck.exercise import library

if TYPE_CHECKING:
    from formcheck.exercise.spec import ExerciseSpec

__all__ = ["check_exercise", "list_exercises", "show_exercise"]


def list_exercises() -> None:
    """Print a line or two for each exercise."""
    for name in library.ids():
        spec = library.load(name)
        say(name)
        say_wrapped(f"  {spec.title}: {spec.summary}")
    say()
    say_wrapped("Add one of these words to the other commands: --exercise ID. A file of your own works the same: --exercise FILE.toml.")


def show_exercise(name: str) -> None:
    """Print how an exercise is done and what is looked at."""
    spec = library.load(name)
    say(f"{spec.title} ({spec.id})")
    say_wrapped(spec.summary)
    _heading("How to do it")
    for number, step in enumerate(spec.steps, 1):
        say_wrapped(f"  {number}. " + step)
    target = spec.target
    _heading("Camera and target")
    say_wrapped("  " + spec.view.camera)
    each = "" if spec.reps.both_legs == "together" else " for each leg"
    say_wrapped(f"  {target.min_reps} to {target.max_reps} repetitions{each}, {target.out_s:g} s out and {target.back_s:g} s back.")
    say_wrapped(f"  Direction: {_directions(spec)}.")
    if spec.mistakes:
        _heading("Common mistakes")
        for mistake in spec.mistakes:
            say_wrapped("  - " + mistake)
    _heading("What formcheck tells you")
    told: dict[str, str] = {}
    for rule in spec.faults:
        told.setdefault(rule.code.value, rule.message)
    for code, message in told.items():
        say_wrapped(f"  - {code}: {message}")
    if not told:
        say_wrapped("  Repetitions only.")
    if spec.not_measurable:
        _heading("What it cannot see here")
        for gap in spec.not_measurable:
            say_wrapped(f"  - {gap.code.value}: {gap.reason}")


def check_exercise(file: Path) -> None:
    """Print that an exercise file is right, and what was understood."""
    spec = library.check(file)
    rules = len({rule.code for rule in spec.faults})
    counted = spec.reps.angle.replace("_", " ")
    say(f"{file}: right. {spec.title} ({spec.id}), counted on {counted}, {rules} {'kind' if rules == 1 else 'kinds'} of mistakes.")


def _directions(spec: ExerciseSpec) -> str:
    others = [name for name in spec.directions if name != spec.default_direction]
    return spec.default_direction + (f" (or --direction {' or '.join([*others, 'both'])})" if others else "")


def _heading(text: str) -> None:
    say()
    say(text)
