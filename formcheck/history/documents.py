"""The profiles in the database: one document a person, found by a key. What is in a document is the business of `formcheck.profiles`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from formcheck.history.database import transaction

__all__ = ["Document", "Documents"]


@dataclass(frozen=True, slots=True)
class Document:
    """What is kept of one person.

    Attributes
    ----------
    key
        What the person is found by.
    name
        The name as it was written.
    content
        JSON text.
    """

    key: str
    name: str
    content: str


@dataclass(frozen=True)
class Documents:
    """The documents in one database; nothing is made before one is kept.

    Every method raises `InputError` when the database is damaged or newer, and `OutputError` when it cannot be used.
    """

    database: Path

    def find(self, key: str) -> Document | None:
        """The document of a key, or None."""
        if not self.database.exists():
            return None
        with transaction(self.database, write=False) as connection:
            row = connection.execute("SELECT key, name, content FROM profiles WHERE key = ?", (key,)).fetchone()
        return Document(*row) if row is not None else None

    def all(self) -> list[Document]:
        """Every document, by key."""
        if not self.database.exists():
            return []
        with transaction(self.database, write=False) as connection:
            rows = connection.execute("SELECT key, name, content FROM profiles ORDER BY key").fetchall()
        return [Document(*row) for row in rows]

    def change(self, key: str, changed: Callable[[Document | None], Document]) -> Document:
        """Put what ``changed`` makes of a document in its place; no other process comes in between.

        Parameters
        ----------
        changed
            Is given the document, None when there is none. What it raises leaves everything as it was.
        """
        with transaction(self.database) as connection:
            row = connection.execute("SELECT key, name, content FROM profiles WHERE key = ?", (key,)).fetchone()
            new = changed(Document(*row) if row is not None else None)
            connection.execute("INSERT OR REPLACE INTO profiles (key, name, content) VALUES (?, ?, ?)", (key, new.name, new.content))
        return new

    def delete(self, key: str) -> bool:
        """Remove a document, so that nothing of it is left in the file either; return whether there was one."""
        if not self.database.exists():
            return False
        with transaction(self.database) as connection:
            return connection.execute("DELETE FROM profiles WHERE key = ?", (key,)).rowcount > 0
