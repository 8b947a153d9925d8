"""What a picture file says about itself beside its pixels: what it states, and which kinds of data it holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from topazdesk.language import say


class Written(StrEnum):
    """A kind of data in a file that is about people, places and things; the value is the word in `--json`."""

    LOCATION = "location"
    TIMES = "times"
    NAMES = "names"
    SERIALS = "serials"
    CAMERA = "camera"
    MAKER_NOTES = "maker_notes"
    TEXTS = "texts"
    THUMBNAILS = "thumbnails"
    CREDENTIALS = "credentials"
    EXTRAS = "extras"  # clips, further pictures and anything behind the picture's end

    @property
    def text(self) -> str:
        """The kind in words, as they follow "without"."""
        return _WORDS[self]


_WORDS = {
    Written.LOCATION: say("location"),
    Written.TIMES: say("times"),
    Written.NAMES: say("names"),
    Written.SERIALS: say("serial numbers"),
    Written.CAMERA: say("camera settings"),
    Written.MAKER_NOTES: say("maker notes"),
    Written.TEXTS: say("texts, keywords"),
    Written.THUMBNAILS: say("thumbnails"),
    Written.CREDENTIALS: say("content credentials"),
    Written.EXTRAS: say("clips, further pictures"),
}


class CredentialState(StrEnum):
    """What content credentials (C2PA) are worth; the value is the word in `--json`."""

    NONE = "none"
    TRUSTED = "trusted"
    VALID = "valid"  # unbroken, but nobody here vouches for the signer
    BROKEN = "broken"
    UNCHECKED = "unchecked"  # c2pa-python is not installed, or cannot read them

    def sentence(self, signer: str) -> str:
        """Return the state in words. `signer` is a name from outside, or ""."""
        match self:
            case CredentialState.NONE:
                return ""
            case CredentialState.TRUSTED:
                return say("Valid, signed by {signer}", signer=signer)
            case CredentialState.VALID:
                return say("Unchanged since {signer} signed it; who that is, nobody here vouches for", signer=signer)
            case CredentialState.BROKEN:
                return say("Broken: the file was changed after {signer} signed it", signer=signer)
            case CredentialState.UNCHECKED:
                return say("Present, not checked")


@dataclass(frozen=True, slots=True)
class FileMetadata:
    """`stated` are names and values, in the order in which they are shown; values may be of any text, by strangers.

    `written` are the kinds of data that the file or the XMP file beside it holds. `trouble` says what cannot be read.
    """

    stated: tuple[tuple[str, str], ...] = ()
    written: tuple[Written, ...] = ()
    credentials: CredentialState = CredentialState.NONE
    signer: str = ""
    trouble: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {
            "stated": dict(self.stated),
            "written": [kind.value for kind in self.written],
            "credentials": self.credentials.value,
            "signed_by": self.signer,
            "trouble": list(self.trouble),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> FileMetadata:
        """Return what `to_json` wrote."""
        return cls(
            tuple((str(name), str(value)) for name, value in data["stated"].items()),
            tuple(Written(kind) for kind in data["written"]),
            CredentialState(data["credentials"]),
            str(data["signed_by"]),
            tuple(str(text) for text in data["trouble"]),
        )


def written_in(found: Iterable[FileMetadata]) -> tuple[Written, ...]:
    """Return the kinds that any of the files holds, each once, in their own order."""
    return in_order(kind for facts in found for kind in facts.written)


def in_order(kinds: Iterable[Written]) -> tuple[Written, ...]:
    """Return each kind once, in the order in which they are told."""
    held = set(kinds)
    return tuple(kind for kind in Written if kind in held)
