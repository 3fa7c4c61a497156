"""Everything formcheck raises on purpose.

::

    FormcheckError                 never raised itself; carries the exit code of the command line
    ├── UsageError            (2)  the words were wrong: an option, an exercise id, an exercise file named in an option
    ├── InputError            (3)  an input could not be read: a video, a recording, a definition, a model bundle
    │   └── OutputError       (3)  a result could not be written: no permission, no space
    └── NotMeasurableError    (4)  nothing could be measured: nobody in view, or a view that cannot show this exercise

A message says what was wrong, which file or value, and what to do, in one line.
"""

import os

__all__ = [
    "FormcheckError",
    "InputError",
    "NotMeasurableError",
    "OutputError",
    "UsageError",
    "describe",
    "exit_code_of",
    "missing_library",
]

_PACKAGES = {
    "libGL.so": "libgl1",
    "libEGL.so": "libegl1",
    "libGLESv2.so": "libgles2",
    "libgthread": "libglib2.0-0",
    "libglib": "libglib2.0-0",
}


class FormcheckError(Exception):
    """Base of all errors that a user is meant to read."""

    exit_code = 1


class UsageError(FormcheckError):
    """The words were wrong: an option, an identifier, or a value out of range."""

    exit_code = 2


class InputError(FormcheckError):
    """An input could not be read."""

    exit_code = 3


class OutputError(InputError):
    """A result could not be written."""


class NotMeasurableError(FormcheckError):
    """The input was read, but it holds nothing that can be measured."""

    exit_code = 4


def exit_code_of(error: BaseException) -> int:
    """Find the exit code that stands for an exception."""
    return error.exit_code if isinstance(error, FormcheckError) else 1


def describe(error: BaseException) -> str:
    """One line about an exception: our own words, or the kind of a surprise and how to learn more."""
    if isinstance(error, FormcheckError):
        return str(error)
    if os.environ.get("FORMCHECK_DEBUG"):
        raise error
    library = missing_library(error)
    if library is not None:
        return library
    what = f"{type(error).__name__}: {error}".strip(": ")
    return f"unexpected {what}; run again with FORMCHECK_DEBUG=1 for the details and report them."


def missing_library(error: BaseException) -> str | None:
    """Say what to install when an import failed for want of a library, else None."""
    text = str(error)
    if isinstance(error, ImportError | OSError) and "cannot open shared object file" in text:
        name = text.split(":")[0].strip()
        package = next((package for start, package in _PACKAGES.items() if name.startswith(start)), None)
        how = f"sudo apt install {package}" if package else "install the system package that holds it"
        return f"the system library {name} is missing; {how}."
    if isinstance(error, ModuleNotFoundError):
        return f"the Python package {error.name} is missing; run: python3 run.py, or pip install formcheck."
    return None
