"""The file that was sent for a picture: proof of what left this computer, byte for byte."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from topazdesk.domain.image import FileFormat


@dataclass(frozen=True, slots=True)
class SentFile:
    """`name` is the one that the service was told, `digest` the SHA-256 of its bytes in hex."""

    name: str
    format: FileFormat
    size_bytes: int
    digest: str

    def to_json(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {"name": self.name, "format": self.format.value, "bytes": self.size_bytes, "sha256": self.digest}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> SentFile:
        """Return what `to_json` wrote. Raises ValueError, KeyError or TypeError for anything else."""
        return cls(str(data["name"]), FileFormat(data["format"]), int(data["bytes"]), str(data["sha256"]))
