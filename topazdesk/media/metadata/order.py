"""What the worker process needs to complete a delivered file, as one record that goes through the pipe as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.domain.kept import CredentialsMode, Kept, KeptReport, MetadataChoice, MetadataMode, ResolutionMode
from topazdesk.media.metadata.provenance import Provenance


@dataclass(frozen=True, slots=True)
class Order:
    """One delivered file and the original that it was made from.

    `source` None: the original is not known here. Its length and time say whether it is still the same. `source_size`
    is upright, `page` the page of it that was chosen, from 0. `wanted` is the size that was promised (None if nobody
    knows), `promised` the format; `asks_same`: the recipe asked for the source's. `print_dpi`: the resolution for which
    the result was made, if it was made for a print, `print_page` the paper in pixels. `is_cropped`: a result of another
    shape than the source's was cut to it; else bars were added.
    """

    source: Path | None
    source_bytes: int
    source_mtime_ns: int
    source_size: Size
    delivered: Path
    kept: Path
    promised: FileFormat
    wanted: Size | None
    keeps_alpha: bool
    asks_same: bool
    choice: MetadataChoice
    facts: Provenance
    print_dpi: float | None = None
    print_page: Size | None = None
    is_cropped: bool = False
    page: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {
            "source": None if self.source is None else str(self.source),
            "source_bytes": self.source_bytes,
            "source_mtime_ns": self.source_mtime_ns,
            "source_size": [self.source_size.width, self.source_size.height],
            "delivered": str(self.delivered),
            "kept": str(self.kept),
            "promised": self.promised.value,
            "wanted": None if self.wanted is None else [self.wanted.width, self.wanted.height],
            "keeps_alpha": self.keeps_alpha,
            "asks_same": self.asks_same,
            "choice": asdict(self.choice),
            "facts": asdict(self.facts),
            "print_dpi": self.print_dpi,
            "print_page": None if self.print_page is None else [self.print_page.width, self.print_page.height],
            "is_cropped": self.is_cropped,
            "page": self.page,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Order:
        """Return the order that `to_json` wrote."""
        choice = dict(data["choice"])
        choice["mode"] = MetadataMode(choice["mode"])
        choice["credentials"] = CredentialsMode(choice["credentials"])
        choice["resolution"] = ResolutionMode(choice["resolution"])
        return cls(
            source=None if data["source"] is None else Path(data["source"]),
            source_bytes=data["source_bytes"],
            source_mtime_ns=data["source_mtime_ns"],
            source_size=Size(*data["source_size"]),
            delivered=Path(data["delivered"]),
            kept=Path(data["kept"]),
            promised=FileFormat(data["promised"]),
            wanted=None if data["wanted"] is None else Size(*data["wanted"]),
            keeps_alpha=data["keeps_alpha"],
            asks_same=data["asks_same"],
            choice=MetadataChoice(**choice),
            facts=Provenance(**data["facts"]),
            print_dpi=data["print_dpi"],
            print_page=None if data["print_page"] is None else Size(*data["print_page"]),
            is_cropped=data["is_cropped"],
            page=data["page"],
        )


def kept_to_json(kept: Kept) -> dict[str, Any]:
    """Return what the worker answers as a JSON object."""
    return {
        "report": kept.report.to_json(),
        "is_new": kept.is_new,
        "size_bytes": kept.size_bytes,
        "digest": kept.digest,
        "packet": kept.packet,
    }


def kept_from_json(data: Mapping[str, Any]) -> Kept:
    """Return the answer that `kept_to_json` wrote."""
    report = KeptReport.from_json(data["report"])
    return Kept(report, bool(data["is_new"]), int(data["size_bytes"]), str(data["digest"]), str(data["packet"]))
