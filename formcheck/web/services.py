"""What the pages and interfaces of one running server share."""

from __future__ import annotations

import ipaddress
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from formcheck.history.store import History
from formcheck.profiles.store import ProfileStore
from formcheck.web.exercises import OwnExercises

__all__ = ["MOST_UPLOAD_BYTES", "Services"]

#: Half an hour of 1080p video from a phone.
MOST_UPLOAD_BYTES = 4_000_000_000


@dataclass(frozen=True)
class Services:
    """One running server.

    Attributes
    ----------
    hosts
        Values of the Host header that are answered, with their port.
    every_address_at
        Where the server listens on every address of this computer, its port: any number of an address is then answered too. A name that
        leads elsewhere is not among them.
    history, profiles
        The user's data; both lie in one folder.
    token
        Made anew for every run; whoever changes something must send it. Only pages of this server know it.
    key
        What a browser must have brought once to be answered at all; None where only this computer can connect.
    most_upload_bytes
        A larger film is refused.
    """

    hosts: frozenset[str]
    every_address_at: int | None = None
    history: History = field(default_factory=History)
    profiles: ProfileStore = field(default_factory=ProfileStore)
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    key: str | None = None
    most_upload_bytes: int = MOST_UPLOAD_BYTES

    def is_ours(self, host: str) -> bool:
        """Whether a Host header means this server."""
        if host.lower() in self.hosts:
            return True
        number, _, port = host.rpartition(":")
        if self.every_address_at is None or port != str(self.every_address_at):
            return False
        try:
            ipaddress.ip_address(number.removeprefix("[").removesuffix("]"))
        except ValueError:
            return False
        return True

    @property
    def folder(self) -> Path:
        """The user's data folder."""
        return self.history.folder

    @property
    def results(self) -> Path:
        """Where the results of uploaded films are, a folder each."""
        return self.folder / "web" / "results"

    @property
    def uploads(self) -> Path:
        """Where films lie until they are analysed."""
        return self.folder / "web" / "uploads"

    @property
    def exercises(self) -> Path:
        """Where a person's own exercise files are."""
        return self.folder / "exercises"

    @property
    def own_exercises(self) -> OwnExercises:
        """The person's own exercises."""
        return OwnExercises(self.exercises)
