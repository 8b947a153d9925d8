"""What is changed on the way from a user's file to what is sent: one list, from the facts of its header alone.

The same function decides what `prepare` does, so what is said before a run is what happens. Row, plan, `--json`, the
line of a finished picture and the sidecar show it.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass
from enum import StrEnum

from topazdesk.domain.image import (
    ColourSpace,
    Companion,
    DeclaredColour,
    FileFormat,
    ImageInfo,
    ProfileFault,
    SampleKind,
)


class AlterationKind(StrEnum):
    """What an alteration is about; the value is the word in `--json` and in sidecars."""

    COPY = "copy"  # another file format
    TURNED = "turned"
    PAGE = "page"
    CHANNELS = "channels"
    TRANSPARENCY = "transparency"
    COLOUR = "colour"
    PROFILE = "profile"
    VALUES = "values"
    END_MARK = "end_mark"
    BESIDE = "beside"  # what the file holds beside the picture


@dataclass(frozen=True, slots=True)
class Alteration:
    """One change, in a few words that begin small, and what to do about it ("" where nothing is to be done)."""

    kind: AlterationKind
    text: str
    hint: str = ""

    @property
    def sentence(self) -> str:
        """The change and the hint as one text, such as "Transparency laid on white. Cutout keeps transparency."."""
        return f"{self.text[:1].upper()}{self.text[1:]}. {self.hint}".strip()

    @property
    def is_visible(self) -> bool:
        """Whether another picture is sent than the file has, and not only the same picture in another form."""
        return self.kind not in _SAME_PICTURE

    def to_json(self) -> dict[str, str]:
        """Return it as a JSON object; `hint` is left out where there is none."""
        return {"kind": self.kind.value, "text": self.text} | ({"hint": self.hint} if self.hint else {})


_SAME_PICTURE = frozenset((AlterationKind.COPY, AlterationKind.TURNED, AlterationKind.END_MARK, AlterationKind.BESIDE))


def alterations_text(changes: Iterable[Alteration]) -> str:
    """Return the changes in one line, "" for none: "page 1 of 3 taken · transparency laid on white"."""
    return " · ".join(change.text for change in changes)


_READABLE = frozenset({FileFormat.JPEG, FileFormat.PNG})


def alterations(
    info: ImageInfo, accepts: Set[FileFormat], *, keep_alpha: bool, keeper: str = ""
) -> tuple[Alteration, ...]:
    """Return all changes of the picture, the most important first.

    `accepts` are the formats that the service takes, `keep_alpha` whether the model keeps transparency; `keeper` names
    a model that does, for the hint.
    """
    found = _of_pixels(info, accepts, keep_alpha=keep_alpha, keeper=keeper)
    return (*found, *_of_companions(info))


def _of_pixels(info: ImageInfo, accepts: Set[FileFormat], *, keep_alpha: bool, keeper: str) -> list[Alteration]:
    """Return those for which the pixels are written anew."""
    found = [*_of_pages(info), *_of_channels(info, keep_alpha, keeper), *_of_colours(info)]
    if info.orientation != 1:
        found.append(Alteration(AlterationKind.TURNED, "turned upright"))
    if info.lacks_end_mark:
        found.append(Alteration(AlterationKind.END_MARK, "its missing end mark added"))
    if info.format not in accepts:
        found.append(Alteration(AlterationKind.COPY, f"{_NAMES.get(info.format, info.format.value.upper())} converted"))
    return found


def needs_copy(info: ImageInfo, accepts: Set[FileFormat], *, keep_alpha: bool) -> bool:
    """Return whether the pixels have to be written anew before they are sent.

    A TIFF always is: what was written into it lies anywhere between its pixels.
    """
    if _of_pixels(info, accepts, keep_alpha=keep_alpha, keeper="") or not info.is_streamed:
        return True
    return info.format not in _READABLE


_NAMES = {
    FileFormat.WEBP: "WebP",
    FileFormat.RAW: "RAW file",
}


def _of_pages(info: ImageInfo) -> list[Alteration]:
    if info.pages <= 1:
        return []
    kind = info.page_kind.value
    text = f"{kind} {info.page + 1} of {info.pages} taken"
    hint = "" if info.is_page_chosen else f"The other {kind}s are not sent."
    return [Alteration(AlterationKind.PAGE, text, hint)]


def _of_channels(info: ImageInfo, keep_alpha: bool, keeper: str) -> list[Alteration]:
    found = []
    if info.extra_bands:
        channels = "1 extra channel" if info.extra_bands == 1 else f"{info.extra_bands} extra channels"
        text = f"{channels} left out (infrared or a saved selection)"
        found.append(Alteration(AlterationKind.CHANNELS, text))
    if info.has_alpha and not keep_alpha:
        hint = f"{keeper} keeps transparency." if keeper else ""
        found.append(Alteration(AlterationKind.TRANSPARENCY, "transparency laid on white", hint))
    return found


def _of_colours(info: ImageInfo) -> list[Alteration]:
    found = []
    if info.space in _CONVERTED:
        found.append(Alteration(AlterationKind.COLOUR, f"{_CONVERTED[info.space]} converted to sRGB"))
    if info.colour.is_hdr:
        hint = "What is brighter than white paper loses some of its brightness."
        found.append(Alteration(AlterationKind.COLOUR, "high dynamic range converted to a normal one", hint))
    elif info.colour is not DeclaredColour.NONE:
        found.append(Alteration(AlterationKind.COLOUR, f"{_DECLARED[info.colour]} profile added"))
    if info.profile_fault is not ProfileFault.NONE:
        found.append(Alteration(AlterationKind.PROFILE, _PROFILES[info.profile_fault]))
    if info.samples is not SampleKind.PLAIN:
        found.append(Alteration(AlterationKind.VALUES, f"{_VALUES[info.samples]} scaled to 16 bits"))
    elif info.bits > 8 and info.bits != 16:
        found.append(Alteration(AlterationKind.VALUES, f"{info.bits} bits a channel written as 16"))
    return found


def _of_companions(info: ImageInfo) -> list[Alteration]:
    """Return what stays with the original. Further pages are told of as such."""
    return [
        Alteration(AlterationKind.BESIDE, *_COMPANIONS[each])
        for each in info.beside
        if each is not Companion.PICTURES or info.pages == 1
    ]


_COMPANIONS = {
    Companion.GAIN_MAP: ("HDR gain map left out", "It only fits the original's pixels."),
    Companion.MOTION: ("motion clip left out", "It stays with the original."),
    Companion.DEPTH: ("depth map left out", "It stays with the original."),
    Companion.MASKS: ("masks that the camera made left out", "They stay with the original."),
    Companion.PICTURES: ("further pictures inside the file left out", "They stay with the original."),
    Companion.BEHIND: ("what follows the picture in the file left out", "It stays with the original."),
}


_CONVERTED = {ColourSpace.CMYK: "CMYK", ColourSpace.LAB: "Lab", ColourSpace.OTHER: "its colours"}
_DECLARED = {
    DeclaredColour.ADOBE_RGB: "Adobe RGB",
    DeclaredColour.DISPLAY_P3: "Display P3",
    DeclaredColour.BT2020: "BT.2020",
    DeclaredColour.OWN: "its colours' own",
}
_PROFILES = {
    ProfileFault.PADDED: "colour profile trimmed: something else followed it",
    ProfileFault.CUT: "colour profile left out: it is cut off",
    ProfileFault.WRONG_KIND: "colour profile left out: it does not fit the picture",
    ProfileFault.NO_PROFILE: "colour profile left out: it cannot be read",
}
_VALUES = {
    SampleKind.WIDE: "numbers of more than 16 bits",
    SampleKind.SIGNED: "numbers with a sign",
    SampleKind.FLOAT: "floating-point numbers",
}
