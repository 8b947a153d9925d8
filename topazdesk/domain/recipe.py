"""A recipe: all that determines a result. Frozen, versioned, with a digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from topazdesk.domain.geometry import OutputSize, SizeMode
from topazdesk.domain.image import SERVICE_FORMATS, FileFormat
from topazdesk.domain.params import Value, Values
from topazdesk.domain.services import ServiceName

RECIPE_VERSION = 1

DEFAULT_TEMPLATE = "{name}_{model}_{scale}"


class OnConflict(StrEnum):
    """What happens when the result's name is taken. No choice ever touches a source."""

    UNIQUE = "unique"
    SKIP = "skip"
    OVERWRITE = "overwrite"


@dataclass(frozen=True, slots=True)
class Output:
    """Where and how a result is saved.

    `format` None means: as the source where the service can write it, else PNG. `folder` "" means next to the source.
    """

    size: OutputSize = field(default_factory=OutputSize.keep)
    format: FileFormat | None = None
    crop_to_fill: bool = False
    folder: str = ""
    template: str = DEFAULT_TEMPLATE
    on_conflict: OnConflict = OnConflict.UNIQUE

    def format_for(self, source: FileFormat, allowed: tuple[FileFormat, ...]) -> FileFormat:
        """Format of the result for a source in format `source`; `allowed` are the model's output formats."""
        wanted = self.format or (source if source in SERVICE_FORMATS else FileFormat.PNG)
        return wanted if wanted in allowed else allowed[0]


@dataclass(frozen=True, slots=True)
class Recipe:
    """Service + model + parameter values + output. `values` holds only what the user set, sorted by name."""

    service: ServiceName
    model: str  # slug
    values: tuple[tuple[str, Value], ...] = ()
    output: Output = field(default_factory=Output)

    @classmethod
    def of(cls, service: ServiceName, model: str, values: Values, output: Output) -> Recipe:
        """A recipe from a mapping of values."""
        return cls(service, model, tuple(sorted(values.items())), output)

    @property
    def settings(self) -> dict[str, Value]:
        """The values as a dict."""
        return dict(self.values)

    def to_json(self) -> dict[str, Any]:
        """Stable JSON object, with version."""
        out = self.output
        return {
            "version": RECIPE_VERSION,
            "service": self.service.value,
            "model": self.model,
            "values": dict(self.values),
            "output": {
                "size": {"mode": out.size.mode.value, "value": out.size.value, "height_px": out.size.height_px},
                "format": out.format.value if out.format else "same",
                "crop_to_fill": out.crop_to_fill,
                "folder": out.folder,
                "template": out.template,
                "on_conflict": out.on_conflict.value,
            },
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Recipe:
        """The recipe of a JSON object. Raises ValueError when it is not one, or from a newer version."""
        try:
            if data["version"] > RECIPE_VERSION:
                raise ValueError(f"recipe version {data['version']} is newer than this program")
            out = data["output"]
            size = OutputSize(SizeMode(out["size"]["mode"]), float(out["size"]["value"]), int(out["size"]["height_px"]))
            output = Output(
                size=size,
                format=None if out["format"] == "same" else FileFormat(out["format"]),
                crop_to_fill=bool(out["crop_to_fill"]),
                folder=str(out["folder"]),
                template=str(out["template"]),
                on_conflict=OnConflict(out["on_conflict"]),
            )
            return cls.of(ServiceName(data["service"]), str(data["model"]), dict(data["values"]), output)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a recipe: {error}") from error

    @property
    def digest(self) -> str:
        """16 hex digits over what determines the pixels (not folder, name or conflict rule)."""
        data = self.to_json()
        for key in ("folder", "template", "on_conflict"):
            del data["output"][key]
        text = json.dumps(data, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]
