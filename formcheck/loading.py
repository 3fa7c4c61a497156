"""Loading a library without what it loads and we never use."""

from __future__ import annotations

import importlib
import sys
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["put_off"]


class _Later(types.ModuleType):
    """Stands for a module until something is wanted of it, and then for the real one; its ``functions`` can be had before, unused."""

    def __init__(self, name: str, functions: tuple[str, ...]) -> None:
        super().__init__(name)
        self._functions = functions

    def __getattr__(self, name: str) -> Any:
        # Who looks through all modules for their files wants nothing of this one.
        if name.startswith("__"):
            raise AttributeError(name)
        # A module of it that is put off as well.
        inner = sys.modules.get(f"{self.__name__}.{name}")
        if isinstance(inner, _Later):
            return inner
        return self._called_later(name) if name in self._functions else self._wanted(name)

    def _wanted(self, name: str) -> Any:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)

    def _called_later(self, name: str) -> Callable[..., Any]:
        return lambda *args, **kwargs: self._wanted(name)(*args, **kwargs)


@contextmanager
def put_off(name: str, *functions: str) -> Iterator[None]:
    """Within the block, importing the module ``name`` costs nothing; whoever wants something of it, then or later, gets the real one.

    Parameters
    ----------
    functions
        Names that are imported from it within the block; the functions load it when they are called.
    """
    if name in sys.modules:
        yield
        return
    later = sys.modules[name] = _Later(name, functions)
    try:
        yield
    finally:
        if sys.modules.get(name) is later:
            del sys.modules[name]
