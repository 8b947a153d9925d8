"""The recipe of a result: service, model, parameter values and output settings. Frozen, versioned, with a digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from topazdesk.domain.encoding import USUAL, Encoding
from topazdesk.domain.geometry import OutputSize, Paper, PaperUnit, SizeMode
from topazdesk.domain.image import SERVICE_FORMATS, FileFormat
from topazdesk.domain.params import Value, Values
from topazdesk.domain.services import ServiceName

RECIPE_VERSION = 2
#: The version of a recipe without a page. Programs that know no pages refuse others, rather than send the first page.
_WITHOUT_PAGE = 1

#: What of the output settings has no say in the pixels.
_NOT_PIXELS = (
    *("folder", "flat", "label", "copies", "template", "on_conflict", "file_time"),
    *("jpeg_quality", "tiff_compression"),
)

DEFAULT_TEMPLATE = "{name}_{model}_{scale}"


class OnConflict(StrEnum):
    """What to do with the result that this picture has with this recipe. None of the choices ever touches a source.

    A file of the same name that is anything else is always kept, and the new result gets another name.
    """

    UNIQUE = "unique"
    SKIP = "skip"
    OVERWRITE = "overwrite"


class FileTime(StrEnum):
    """The time that a result's file gets."""

    NOW = "now"
    SOURCE = "source"
    TAKEN = "taken"  # when the picture was taken, as its own data says; the source's time if they do not


@dataclass(frozen=True, slots=True)
class OutputOptions:
    """Where and how a result is saved.

    `format` None means the format of the source if the service can write it, else PNG. `folder` "" means next to the
    source. `copies` are formats in which copies are made here of the result, for free; None means as in `format`.
    `flat`: the sub-folders of the originals are not mirrored in `folder`. `file_time` is the time that the file
    gets. `encoding` holds for what this program writes, not for files that a service makes.
    """

    size: OutputSize = field(default_factory=OutputSize.keep)
    format: FileFormat | None = None
    crop_to_fill: bool = False
    folder: str = ""
    template: str = DEFAULT_TEMPLATE
    on_conflict: OnConflict = OnConflict.UNIQUE
    file_time: FileTime = FileTime.NOW
    flat: bool = False
    label: bool = False  # a copy with a caption is saved beside the result
    copies: tuple[FileFormat | None, ...] = ()
    encoding: Encoding = USUAL

    def format_for(self, source: FileFormat, allowed: tuple[FileFormat, ...]) -> FileFormat:
        """Return the result's format for a source in format `source`; `allowed` are the model's output formats.

        Where the model does not write the wanted one, it is a lossless one if there is any: never a silent JPEG.
        """
        return self.format_of(self.format, source, allowed)

    @property
    def told_formats(self) -> tuple[FileFormat | None, ...]:
        """The formats of the result and of its copies, as they were told."""
        return (self.format, *self.copies)

    def formats_for(self, source: FileFormat, allowed: tuple[FileFormat, ...]) -> tuple[FileFormat, ...]:
        """Return the formats of the result and of its copies for a source in format `source`, each once."""
        return tuple(dict.fromkeys(self.format_of(told, source, allowed) for told in self.told_formats))

    @staticmethod
    def format_of(told: FileFormat | None, source: FileFormat, allowed: tuple[FileFormat, ...]) -> FileFormat:
        """Return the same for a format that was told; None is that of the source."""
        wanted = told or (source if source in SERVICE_FORMATS else FileFormat.PNG)
        for choice in (wanted, FileFormat.PNG, FileFormat.TIFF):
            if choice in allowed:
                return choice
        return allowed[0]


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that determines a result. `model` is a slug; `values` holds only what the user set, sorted by name.

    `page` is the page of the source, from 0, where the user chose one of several; `domain.draft.draft` puts it there.
    """

    service: ServiceName
    model: str
    values: tuple[tuple[str, Value], ...] = ()
    output: OutputOptions = field(default_factory=OutputOptions)
    page: int | None = None

    @classmethod
    def of(cls, service: ServiceName, model: str, values: Values, output: OutputOptions) -> Recipe:
        """Return the recipe with these parameter values."""
        return cls(service, model, tuple(sorted(values.items())), output)

    @property
    def settings(self) -> dict[str, Value]:
        """The parameter values as a dict."""
        return dict(self.values)

    def to_json(self) -> dict[str, Any]:
        """Return the recipe as a JSON object with a version; equal recipes give equal objects."""
        out = self.output
        return {
            "version": _WITHOUT_PAGE if self.page is None else RECIPE_VERSION,
            **({} if self.page is None else {"page": self.page}),
            "service": self.service.value,
            "model": self.model,
            "values": dict(self.values),
            "output": {
                "size": _size_to_json(out.size),
                "format": _format_word(out.format),
                "crop_to_fill": out.crop_to_fill,
                "folder": out.folder,
                "template": out.template,
                "on_conflict": out.on_conflict.value,
                "file_time": out.file_time.value,
                "flat": out.flat,
                "label": out.label,
                # Only then: recipes without copies are as they always were.
                **({"copies": [_format_word(each) for each in out.copies]} if out.copies else {}),
                **out.encoding.to_json(),
            },
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Recipe:
        """Return the recipe that `to_json` wrote. Raises ValueError for anything else and for a newer version."""
        try:
            if data["version"] > RECIPE_VERSION:
                raise ValueError(f"recipe version {data['version']} is newer than this program")
            out = data["output"]
            output = OutputOptions(
                size=_size_from_json(out["size"]),
                format=_format_from(out["format"]),
                crop_to_fill=bool(out["crop_to_fill"]),
                folder=str(out["folder"]),
                template=str(out["template"]),
                on_conflict=OnConflict(out["on_conflict"]),
                file_time=FileTime(out.get("file_time", FileTime.NOW)),  # not in recipes of older programs
                flat=bool(out.get("flat", False)),
                label=bool(out.get("label", False)),
                copies=tuple(_format_from(each) for each in out.get("copies", ())),
                encoding=Encoding.from_json(out),
            )
            page = data.get("page")
            if page is not None and (type(page) is not int or page < 0):
                raise ValueError(f"page {page!r}")
            found = cls.of(ServiceName(data["service"]), str(data["model"]), dict(data["values"]), output)
            return found if page is None else replace(found, page=page)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a recipe: {error}") from error

    @property
    def digest(self) -> str:
        """16 hex digits over everything that determines the pixels: not folder, file name, time and conflict rule.

        The copies that are made of the result, and how files are encoded here, do not count either: no change of these
        is a reason to pay again.
        """
        return self._digest_without(*_NOT_PIXELS)

    @property
    def digest_of_any_format(self) -> str:
        """The same without the format: equal for recipes whose results differ in the format alone."""
        return self._digest_without(*_NOT_PIXELS, "format")

    def encoding_of(self, format_: FileFormat) -> Encoding | None:
        """Return how a result in this format is encoded; None where the service writes it, as it likes."""
        return self.output.encoding.only_for((format_,)) if self.service.traits.writes_here else None

    def _digest_without(self, *keys: str) -> str:
        data = replace(self, page=self.page or None).to_json()  # the first page is the one that is taken anyway
        for key in keys:
            data["output"].pop(key, None)
        # 2 and 2.0 are one number: a control, the command line and a stored job may each write it in their own way.
        data["output"]["size"]["value"] = float(data["output"]["size"]["value"])
        data["values"] = {name: float(v) if type(v) is int else v for name, v in data["values"].items()}
        text = json.dumps(data, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def _format_word(format_: FileFormat | None) -> str:
    return format_.value if format_ else "same"


def _format_from(word: Any) -> FileFormat | None:
    return None if word == "same" else FileFormat(word)


def _size_to_json(size: OutputSize) -> dict[str, Any]:
    data: dict[str, Any] = {"mode": size.mode.value, "value": size.value, "height_px": size.height_px}
    if size.paper is not None:  # only then: recipes of older programs keep their digests
        paper = size.paper
        data["paper"] = {"width": float(paper.width), "height": float(paper.height), "unit": paper.unit.value}
    return data


def _size_from_json(data: Mapping[str, Any]) -> OutputSize:
    """Return the size that `_size_to_json` wrote. Raises ValueError, KeyError or TypeError for anything else."""
    mode, paper = SizeMode(data["mode"]), None
    if mode is SizeMode.PRINT:
        said = data["paper"]
        paper = Paper(float(said["width"]), float(said["height"]), PaperUnit(said["unit"]))
    return OutputSize(mode, float(data["value"]), int(data["height_px"]), paper)
