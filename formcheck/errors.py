"""Everything formcheck raises on purpose.

::

    FormcheckError                 never raised itself; carries the exit code of the command line
    ├── UsageError            (2)  the words were wrong: an option, an exercise id, an exercise file named in an option
    ├── InputError            (3)  an input could not be read: a video, a recording, a definition, a model bundle
    │   └── OutputError       (3)  a result could not be written: no permission, no space
    └── NotMeasurableError    (4)  nothing could be measured: nobody in view, or a view that cannot show this exercise

A message says what was wrong, which file or value, and what to do, in one line.
"""

__all__ = ["FormcheckError", "InputError", "NotMeasurableError", "OutputError", "UsageError"]


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
