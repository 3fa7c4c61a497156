"""The command line: the only room that prints."""

from formcheck.cli.app import main

__all__ = ["main"]
