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
    PageKind,
    ProfileFault,
    SampleKind,
)
from topazdesk.language import nsay, say


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
        found.append(Alteration(AlterationKind.TURNED, say("turned upright")))
    if info.lacks_end_mark:
        found.append(Alteration(AlterationKind.END_MARK, say("its missing end mark added")))
    if info.is_arithmetic:
        found.append(
            Alteration(
                AlterationKind.COPY,
                say("JPEG in arithmetic coding converted"),
                say("Few programs read that coding."),
            )
        )
    elif info.format not in accepts:
        found.append(
            Alteration(
                AlterationKind.COPY,
                say("{kind:text} converted", kind=_NAMES.get(info.format, info.format.value.upper())),
            )
        )
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
    FileFormat.RAW: say("RAW file"),
}


def _of_pages(info: ImageInfo) -> list[Alteration]:
    if info.pages <= 1:
        return []
    text, hint = _PAGES[info.page_kind]
    text = say(text, page=info.page + 1, pages=info.pages)
    return [Alteration(AlterationKind.PAGE, text, "" if info.is_page_chosen else hint)]


_PAGES = {
    PageKind.PAGE: (say("page {page} of {pages} taken"), say("The other pages are not sent.")),
    PageKind.FRAME: (say("frame {page} of {pages} taken"), say("The other frames are not sent.")),
    PageKind.PICTURE: (say("picture {page} of {pages} taken"), say("The other pictures are not sent.")),
}


def _of_channels(info: ImageInfo, keep_alpha: bool, keeper: str) -> list[Alteration]:
    found = []
    if info.extra_bands:
        text = nsay(
            "1 extra channel left out (infrared or a saved selection)",
            "{n} extra channels left out (infrared or a saved selection)",
            info.extra_bands,
        )
        found.append(Alteration(AlterationKind.CHANNELS, text))
    if info.has_alpha and not keep_alpha:
        hint = say("{keeper} keeps transparency.", keeper=keeper) if keeper else ""
        found.append(Alteration(AlterationKind.TRANSPARENCY, say("transparency laid on white"), hint))
    return found


def _of_colours(info: ImageInfo) -> list[Alteration]:
    found = []
    if info.space in _CONVERTED:
        found.append(
            Alteration(
                AlterationKind.COLOUR, say("{converted:text} converted to sRGB", converted=_CONVERTED[info.space])
            )
        )
    if info.colour.is_hdr:
        hint = say("What is brighter than white paper loses some of its brightness.")
        found.append(Alteration(AlterationKind.COLOUR, say("high dynamic range converted to a normal one"), hint))
    elif info.colour is not DeclaredColour.NONE:
        found.append(
            Alteration(AlterationKind.COLOUR, say("{declared:text} profile added", declared=_DECLARED[info.colour]))
        )
    if info.profile_fault is not ProfileFault.NONE:
        found.append(Alteration(AlterationKind.PROFILE, _PROFILES[info.profile_fault]))
    if info.samples is not SampleKind.PLAIN:
        is_light = info.samples is SampleKind.FLOAT and not info.has_profile and info.space in _LIGHT
        hint = say("Without a profile, numbers from 0 to 1 are taken for linear light.") if is_light else ""
        text = say("{values:text} scaled to 16 bits", values=_VALUES[info.samples])
        found.append(Alteration(AlterationKind.VALUES, text, hint))
    elif info.bits > 8 and info.bits != 16:
        found.append(Alteration(AlterationKind.VALUES, say("{bits} bits a channel written as 16", bits=info.bits)))
    return found


def _of_companions(info: ImageInfo) -> list[Alteration]:
    """Return what stays with the original. Further pages are told of as such."""
    return [
        Alteration(AlterationKind.BESIDE, *_COMPANIONS[each])
        for each in info.beside
        if each is not Companion.PICTURES or info.pages == 1
    ]


_COMPANIONS = {
    Companion.GAIN_MAP: (say("HDR gain map left out"), say("It only fits the original's pixels.")),
    Companion.MOTION: (say("motion clip left out"), say("It stays with the original.")),
    Companion.DEPTH: (say("depth map left out"), say("It stays with the original.")),
    Companion.MASKS: (say("masks beside the picture left out"), say("They stay with the original.")),
    Companion.PICTURES: (say("further pictures inside the file left out"), say("They stay with the original.")),
    Companion.FRAMES: (say("further frames left out"), say("The other frames are not sent.")),
    Companion.LOST_PAGES: (
        say("further pages left out: they cannot be found"),
        say("The file's list of its pages is broken."),
    ),
    Companion.BEHIND: (say("what follows the picture in the file left out"), say("It stays with the original.")),
}


_CONVERTED = {ColourSpace.CMYK: "CMYK", ColourSpace.LAB: "Lab", ColourSpace.OTHER: say("its colours")}
_DECLARED = {
    DeclaredColour.ADOBE_RGB: "Adobe RGB",
    DeclaredColour.DISPLAY_P3: "Display P3",
    DeclaredColour.BT2020: "BT.2020",
    DeclaredColour.OWN: say("its colours' own"),
}
_LIGHT = frozenset({ColourSpace.GREY, ColourSpace.RGB})
_PROFILES = {
    ProfileFault.PADDED: say("colour profile trimmed: something else followed it"),
    ProfileFault.CUT: say("colour profile left out: it is cut off"),
    ProfileFault.WRONG_KIND: say("colour profile left out: it does not fit the picture"),
    ProfileFault.NO_PROFILE: say("colour profile left out: it cannot be read"),
}
_VALUES = {
    SampleKind.WIDE: say("numbers of more than 16 bits"),
    SampleKind.SIGNED: say("numbers with a sign"),
    SampleKind.FLOAT: say("floating-point numbers"),
}
