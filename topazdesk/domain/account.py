"""An account at a service: whose key is used, and whose money is spent. Several may be kept by name."""

from __future__ import annotations

from typing import NamedTuple

from topazdesk.domain.services import ServiceName

#: The account of a service that was never given a name; also that of every job made before there were several.
DEFAULT_ACCOUNT = "default"
_LONGEST_ID = 40


class Account(NamedTuple):
    """An account. `id` never changes, whatever the user calls it: books, jobs and key rings know it by this.

    A job keeps the account that it was admitted with. Its key alone is ever used for it.
    """

    service: ServiceName
    id: str = DEFAULT_ACCOUNT

    @property
    def is_default(self) -> bool:
        """Whether it is the account that a service has without any name."""
        return self.id == DEFAULT_ACCOUNT

    def __str__(self) -> str:
        """Return service and id in one word, "topaz/studio"; only the service for the account without a name."""
        return self.service.value if self.is_default else f"{self.service.value}/{self.id}"

    @classmethod
    def parse(cls, word: str) -> Account:
        """Return the account that `str` wrote. Raises ValueError."""
        service, mark, name = word.partition("/")
        if mark and not is_account_id(name):
            raise ValueError(f"{name[:100]!r} is no account")
        return cls(ServiceName(service), name if mark else DEFAULT_ACCOUNT)


def is_account_id(word: object) -> bool:
    """Tell whether a word can be the id of an account: short, of small letters, digits and hyphens."""
    return (
        isinstance(word, str)
        and 0 < len(word) <= _LONGEST_ID
        and word.isascii()
        and all(each.isdigit() or each.islower() or each == "-" for each in word)
    )
