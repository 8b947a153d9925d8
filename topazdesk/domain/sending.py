"""What leaves this computer for a picture: to which host, under which name, how many bytes, and which parts of it.

The same facts decide what `media.prepare` writes, so that what is said before a run is what is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from typing import Any

from topazdesk.domain.alterations import needs_copy
from topazdesk.domain.catalogue import Model
from topazdesk.domain.file_metadata import Written
from topazdesk.domain.image import ColourSpace, DeclaredColour, FileFormat, ImageInfo, SampleKind
from topazdesk.domain.uploads import accepted, upload_kind
from topazdesk.language import all_of, one_of, say

#: Above this size a copy is a TIFF, if the service accepts TIFF, because it compresses several times faster than PNG.
_LARGE_PIXELS = 50_000_000
#: What a file has beside its pixels, other than the profile: heads, tables, checksums.
_AROUND_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Sending:
    """What is sent of one picture. `host` is "" where nothing leaves this computer.

    `has_storage`: the service names a storage of its own, at another host, for the picture. `most_bytes`: no more than
    this is sent; a copy is usually much smaller. `blocks` are the parts of the file that are sent, and all there are.
    `kept` says how long copies stay there.
    """

    host: str
    has_storage: bool
    format: FileFormat
    most_bytes: int
    blocks: tuple[str, ...]
    kept: str = ""

    @property
    def name(self) -> str:
        """The file name that is sent: `…` stands for random digits."""
        return f"td-…{self.format.suffix}"

    def to_json(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {
            "host": self.host or None,
            "has_storage": self.has_storage,
            "name": self.name,
            "format": self.format.value,
            "most_bytes": self.most_bytes,
            "blocks": list(self.blocks),
        }


def sending(info: ImageInfo, model: Model, host: str) -> Sending:
    """Return what is sent of a picture for `model` to `host`."""
    accepts, limit = accepted(model)
    is_copied = needs_copy(info, accepts, keep_alpha=model.keeps_alpha)
    return Sending(
        host,
        bool(host) and model.service.traits.has_storage,
        copy_format(info, accepts) if is_copied else info.format,
        min(limit, _most_bytes_of_copy(info) if is_copied else info.bytes_on_disk),
        _blocks(info, is_copied),
        model.service.traits.keeps_copies if host else "",
    )


def _blocks(info: ImageInfo, is_copied: bool) -> tuple[str, ...]:
    """Return the parts of the file that is sent. A copy has the profile that says what was declared otherwise."""
    has_profile = info.has_profile and not (is_copied and info.profile_fault.is_dropped)
    if is_copied:
        has_profile = has_profile or info.space is ColourSpace.CMYK
        has_profile = has_profile or info.colour is not DeclaredColour.NONE
    return (
        "pixels",
        *(("profile",) if has_profile else ()),
        *(("resolution",) if info.dpi or not info.grid.is_square else ()),
    )


_PARTS = {"pixels": say("pixels"), "profile": say("colour profile"), "resolution": say("resolution")}


@dataclass(frozen=True, slots=True)
class SendingWords:
    """What leaves this computer for some pictures of one service, in words; `to` is "" where nothing does.

    `left_out` are the kinds of data in the files that stay here, as far as the files were read.
    """

    to: str
    parts: str = ""
    size: str = ""
    name: str = ""
    kept: str = ""
    left_out: tuple[Written, ...] = ()

    @property
    def sentence(self) -> str:
        """All of it, for the command line."""
        if not self.to:
            return NOTHING_LEAVES
        rest = say("Left out: {kinds:text}.", kinds=self.left_out_text) if self.left_out else say("No other metadata.")
        said = say(
            "Sent to {to:text}: {parts:text}, {size:text}, named {name:text}. {rest:text}",
            to=self.to,
            parts=self.parts,
            size=self.size,
            name=self.name,
            rest=rest,
        )
        return f"{said} {self.kept}".rstrip()

    @property
    def line(self) -> str:
        """The shortest words, for the window; what is named last is left out of every upload."""
        if not self.to:
            return NOTHING_LEAVES
        return say(
            "Sent to {to:text} · {size:text} · without location, names, serial numbers", to=self.to, size=self.size
        )

    @property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """Name and value of each fact, for the window."""
        if not self.to:
            return ()
        return (
            (say("To"), self.to),
            (say("What"), self.parts),
            (say("Size"), self.size),
            (say("File name"), self.name),
            (say("Copies there"), self.kept),
        )

    @property
    def left_out_text(self) -> str:
        """The kinds that stay here: "location, times and maker notes"."""
        return all_of([kind.text for kind in self.left_out])


NOTHING_LEAVES = say("Nothing leaves this computer.")


def sending_words(sent: Sequence[Sending], most_bytes: int, left_out: tuple[Written, ...] = ()) -> SendingWords:
    """Return what leaves this computer for some pictures of one service (at least one), at most so many bytes."""
    if not sent[0].host:
        return SendingWords("")
    names = one_of(sorted({each.name for each in sent}))
    host = sent[0].host
    return SendingWords(
        say("{host} and its storage", host=host) if sent[0].has_storage else host,
        all_of([words for block, words in _PARTS.items() if any(block in each.blocks for each in sent)]),
        at_most_text(most_bytes),
        say("{names:text} (random)", names=names),
        sent[0].kept,
        left_out,
    )


def at_most_text(count: int) -> str:
    """Return an upper limit of bytes in words: "at most 0.4 MB", "at most 12 MB".

    The number stands in this sentence itself: of "at most {size:text}" another one is found that fits, too.
    """
    megabytes = count / 1_000_000
    if megabytes < 10:
        return say("at most {mb:,.1f} MB", mb=max(0.1, megabytes))
    return say("at most {mb:,.0f} MB", mb=megabytes)


def copy_format(info: ImageInfo, accepts: Set[FileFormat]) -> FileFormat:
    """Return the format of a lossless copy, PNG or TIFF, of which `accepts` must have one."""
    takes_tiff = FileFormat.TIFF in accepts
    if takes_tiff and info.format is FileFormat.TIFF:
        return FileFormat.TIFF
    if takes_tiff and (info.bits > 8 or info.stored_size.pixels > _LARGE_PIXELS or FileFormat.PNG not in accepts):
        return FileFormat.TIFF
    if FileFormat.PNG not in accepts:
        raise ValueError("a service that accepts neither PNG nor TIFF cannot get a lossless copy")
    return FileFormat.PNG


def all_bytes(sent: Iterable[tuple[ImageInfo, Model, Sending]]) -> int:
    """Return the most bytes of all together; a picture that several models share is sent once."""
    each = {(info.path, model.service, upload_kind(info, model)): one.most_bytes for info, model, one in sent}
    return sum(each.values())


def _most_bytes_of_copy(info: ImageInfo) -> int:
    """Return the bytes of the pixels as numbers; compression adds a hundredth to them at worst."""
    deep = 2 if info.bits > 8 or info.samples is not SampleKind.PLAIN or info.colour.is_hdr else 1
    raw = info.size.pixels * max(info.bands, 3) * deep
    # The profile is at most as large as the file that it is in.
    return raw + raw // 100 + _AROUND_BYTES + (info.bytes_on_disk if info.has_profile else 0)
