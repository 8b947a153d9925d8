"""A key ring that a test can look into."""

from __future__ import annotations

from collections.abc import Iterator

import keyring
import pytest
from keyring.backend import KeyringBackend


class RingInMemory(KeyringBackend):
    """A key ring that a test can look into."""

    priority = 5  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self.kept.pop((service, username), None)


@pytest.fixture
def ring() -> Iterator[RingInMemory]:
    """A ring that takes the place of the computer's."""
    before, made = keyring.get_keyring(), RingInMemory()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)
