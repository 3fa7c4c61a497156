"""A lock on an open file, which the system lets go when its process ends, however it ends."""

from __future__ import annotations

import sys
from typing import BinaryIO

__all__ = ["lock"]

if sys.platform == "win32":
    import msvcrt

    #: Windows locks bytes, and lets nobody read them: one far behind the end of any journal.
    _FAR = 1 << 62

    def lock(file: BinaryIO) -> bool:
        """Take the lock of a file if nobody has it; whether it was taken."""
        here = file.tell()
        try:
            file.seek(_FAR)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            file.seek(here)
        return True
else:
    import fcntl

    def lock(file: BinaryIO) -> bool:
        """Take the lock of a file if nobody has it; whether it was taken."""
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
