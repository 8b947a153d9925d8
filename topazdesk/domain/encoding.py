"""How a picture file is encoded where this program writes it: JPEG quality and TIFF compression.

A service that writes its results itself has no such choice in its contract: it holds for the results of a service on
this computer, for copies in other formats, and for copies with a caption.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from topazdesk.domain.image import FileFormat
from topazdesk.language import say

LEAST_QUALITY, MOST_QUALITY = 1, 100
#: JPEG quality unless the user chose another: without colour subsampling, no difference is seen.
JPEG_QUALITY = 95


class TiffCompression(StrEnum):
    """A lossless compression of TIFF, by the name that people know. Some programs read only the first two."""

    NONE = "none"
    LZW = "lzw"
    DEFLATE = "deflate"


@dataclass(frozen=True, slots=True)
class Encoding:
    """JPEG quality from 1 to 100 on the scale of libjpeg, and TIFF compression. Raises ValueError for others."""

    jpeg_quality: int = JPEG_QUALITY
    tiff_compression: TiffCompression = TiffCompression.DEFLATE

    def __post_init__(self) -> None:
        if type(self.jpeg_quality) is not int or not LEAST_QUALITY <= self.jpeg_quality <= MOST_QUALITY:
            raise ValueError(f"JPEG quality {self.jpeg_quality!r}")

    def only_for(self, formats: Collection[FileFormat]) -> Encoding:
        """Return what of it holds for files in these formats, the rest as usual: equal for files encoded alike."""
        quality = self.jpeg_quality if FileFormat.JPEG in formats else USUAL.jpeg_quality
        return Encoding(quality, self.tiff_compression if FileFormat.TIFF in formats else USUAL.tiff_compression)

    def words_for(self, format_: FileFormat) -> str:
        """Return how a file in this format is encoded, "" for as usual: the English words."""
        own = self.only_for((format_,))
        if own.jpeg_quality != USUAL.jpeg_quality:
            return say("JPEG quality {quality}", quality=own.jpeg_quality)
        match own.tiff_compression:
            case TiffCompression.NONE:
                return say("TIFF without compression")
            case TiffCompression.LZW:
                return say("TIFF with LZW")
            case TiffCompression.DEFLATE:
                return ""

    def to_json(self) -> dict[str, Any]:
        """Return what is not as usual, by name: nothing for files as they always were."""
        found: dict[str, Any] = {}
        if self.jpeg_quality != USUAL.jpeg_quality:
            found["jpeg_quality"] = self.jpeg_quality
        if self.tiff_compression is not USUAL.tiff_compression:
            found["tiff_compression"] = self.tiff_compression.value
        return found

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Encoding:
        """Return what `to_json` wrote, alone or among other names. Raises ValueError for anything else."""
        compression = data.get("tiff_compression", USUAL.tiff_compression)
        return cls(data.get("jpeg_quality", USUAL.jpeg_quality), TiffCompression(compression))


#: As long as the user chose nothing.
USUAL = Encoding()
