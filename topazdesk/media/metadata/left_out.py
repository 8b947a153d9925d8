"""What of an original's metadata its result does not carry, and the sentence for each."""

from __future__ import annotations

from topazdesk.domain.kept import Remark, RemarkKind
from topazdesk.language import say

_TEXTS = {
    "maker_notes": say("Maker notes of the camera left out: other programs could no longer read them"),
    "gain_map": say("HDR gain map left out: it only fits the original's pixels"),
    "motion": say("Motion clip left out: it stays with the original"),
    "multi_picture": say("Further pictures inside the original left out"),
    "frames": say("Further frames of the original left out"),
    "lost_pages": say("Further pages of the original left out: its list of them is broken"),
    "behind": say("What follows the picture in the original's file left out: a clip, sound or another picture"),
    "blocks": say("Data that the camera or a program stored beside the picture left out"),
    "credentials": say("Content credentials of the original left out: they vouch for the original's pixels only"),
    "measured": say("Measuring data of the original left out (OME, ImageJ): its sizes no longer hold"),
    "geo_scale": say("Map coordinates of the original left out (GeoTIFF): their scale no longer holds"),
    "develop": say("Develop settings left out: an editor would apply them a second time"),
    "thumbnails": say("Previews stored in the metadata left out: they show the original"),
    "focus": say("Focus area left out: it is given in the original's pixels"),
    "regions": say("Face and subject areas left out: the picture was turned or cropped"),
    "file_tags": say("EXIF about the original's file, its sensor or its printing left out"),
    "iptc_file": say("IPTC about the original's file left out: its format and its pixels"),
    "private": say("Private tags of the original's program left out"),
    "depth": say("Depth map and sound left out: they stay with the original"),
    "location": say("Location left out, as set"),
    "people": say("Names of people left out, as set"),
    "serials": say("Serial numbers left out, as set"),
    "large": say(
        "Properties of more than 200,000 characters left out: they hold pictures and lists of programs, not words"
    ),
    "many": say("More than 5,000 XMP properties: some left out"),
    "watermark": say("Mark of a digital watermark left out: the watermark itself may not be in the new pixels"),
    "address": say("Web address of the owner of the rights left out: it has more than 8,000 bytes"),
    "addresses": say("Web addresses of slices left out: they hold for parts of the original"),
    "paths": say("Paths drawn in Photoshop left out: they stay with the original"),
}


class LeftOut:
    """Collects the kinds of what is left out, each once, in the order of their finding."""

    def __init__(self) -> None:
        self._kinds: dict[str, str] = {}

    def add(self, kind: str, names: str = "") -> None:
        """Note a kind, one of those that have a sentence; `names` say more."""
        self._kinds[kind] = names

    def __contains__(self, kind: str) -> bool:
        return kind in self._kinds

    @property
    def remarks(self) -> list[Remark]:
        """Return one remark for each kind."""
        return [
            Remark(RemarkKind.LEFT_OUT, f"{_TEXTS[kind]}: {names}" if names else _TEXTS[kind])
            for kind, names in self._kinds.items()
        ]
