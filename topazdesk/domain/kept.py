"""What becomes of a delivered result before it gets its name: metadata that comes back, and what is said about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from topazdesk.language import one_of, say


class MetadataMode(StrEnum):
    """Where the original's metadata goes: into the result, into an XMP file beside it, or nowhere."""

    EMBED = "embed"
    SIDECAR = "sidecar"
    OFF = "off"


class CredentialsMode(StrEnum):
    """What to do with a result that carries content credentials, which any change of the file breaks.

    Leave the delivered bytes as they are and write an XMP file; or take the credentials out and embed the metadata.
    """

    KEEP = "keep"
    REPLACE = "replace"


class ResolutionMode(StrEnum):
    """Which resolution a result states: one for the same size in print, or the original's number."""

    PRINT_SIZE = "print-size"
    SAME_DPI = "same-dpi"


@dataclass(frozen=True, slots=True)
class MetadataChoice:
    """How results get their metadata, and what stays out of them."""

    mode: MetadataMode = MetadataMode.EMBED
    credentials: CredentialsMode = CredentialsMode.KEEP
    resolution: ResolutionMode = ResolutionMode.PRINT_SIZE
    keeps_location: bool = True
    keeps_people: bool = True
    keeps_serials: bool = True

    @property
    def sentence(self) -> str:
        """The choice in words, without a full stop."""
        match self.mode:
            case MetadataMode.EMBED:
                where = say("Metadata of the original comes back in the result")
            case MetadataMode.SIDECAR:
                where = say("Metadata of the original goes into an XMP file beside the result")
            case MetadataMode.OFF:
                return say("Metadata of the original is left out of results")
        kinds = (
            (self.keeps_location, say("location")),
            (self.keeps_people, say("people")),
            (self.keeps_serials, say("serial numbers")),
        )
        out = [name for is_kept, name in kinds if not is_kept]
        return say("{where:text}, without {out:text}", where=where, out=one_of(out)) if out else where


class RemarkKind(StrEnum):
    """What a remark is about; the value is the word in the database and in `--json`."""

    LEFT_OUT = "left_out"
    UNREADABLE = "unreadable"
    DIFFERENCE = "difference"
    FAILED = "failed"
    CREDENTIALS = "credentials"


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing to say about a finished file, in a sentence without a full stop."""

    kind: RemarkKind
    text: str


@dataclass(frozen=True, slots=True)
class KeptReport:
    """How the kept file was made of the delivered one. `mode`: where the metadata went.

    `fields` counts what came over from the original. `signed_by` names who signed the delivered file ("" for nobody).
    `has_packet`: an XMP file belongs beside the result.
    """

    mode: MetadataMode = MetadataMode.OFF
    fields: int = 0
    remarks: tuple[Remark, ...] = ()
    signed_by: str = ""
    has_packet: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {
            "mode": self.mode.value,
            "fields": self.fields,
            "remarks": [[remark.kind.value, remark.text] for remark in self.remarks],
            "signed_by": self.signed_by,
            "has_packet": self.has_packet,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> KeptReport:
        """Return the report that `to_json` wrote. Raises ValueError, KeyError or TypeError for anything else."""
        return cls(
            MetadataMode(data["mode"]),
            int(data["fields"]),
            tuple(Remark(RemarkKind(kind), str(text)) for kind, text in data["remarks"]),
            str(data["signed_by"]),
            bool(data["has_packet"]),
        )

    @property
    def lines(self) -> tuple[str, ...]:
        """The remarks as they are shown."""
        return tuple(remark.text for remark in self.remarks)


@dataclass(frozen=True, slots=True)
class Kept:
    """The file to keep. `is_new`: it was written beside the delivered one, which is as it was; else that one is kept.

    `size_bytes` and `digest` (SHA-256, hex) are those of the new file. `packet` is the text of the XMP file that
    belongs beside the result, "" for none.
    """

    report: KeptReport = field(default_factory=KeptReport)
    is_new: bool = False
    size_bytes: int = 0
    digest: str = ""
    packet: str = ""
