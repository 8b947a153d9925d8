"""What may be uploaded for a model: formats and bytes, and what can be said about a picture before anything is sent."""

from __future__ import annotations

from topazdesk.domain.catalogue import Model
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.domain.services import SERVICES
from topazdesk.errors import InputError


def accepted(model: Model) -> tuple[frozenset[FileFormat], int]:
    """Formats that may be uploaded for `model`, and the most bytes."""
    traits = model.service.traits
    is_png_only = model.endpoint.strip("/").split("/")[0] in traits.png_only
    return frozenset({FileFormat.PNG}) if is_png_only else traits.upload_formats, traits.upload_bytes


def upload_problem(info: ImageInfo, model: Model) -> InputError | None:
    """Why the file as it stands cannot be sent, where it would be sent as it stands; None also where a copy is made of it."""
    formats, most = accepted(model)
    copied = (
        info.format not in formats
        or info.orientation != 1
        or info.pages > 1
        or (info.has_alpha and not model.keeps_alpha)
    )
    if copied or info.bytes_on_disk <= most:
        return None
    roomier = next(
        (f", or use {name.label}" for name in SERVICES if info.bytes_on_disk <= name.traits.upload_bytes), ""
    )
    return InputError(
        f"The file is too large for {model.service.label}.",
        f"It takes files up to {_mib(most)}; this one has {_mib(info.bytes_on_disk)}. "
        f"Save the picture smaller or as JPEG{roomier}.",
        code="use.over_limit",
    )


def _mib(size: int) -> str:
    return f"{size / 1_048_576:,.1f}".removesuffix(".0") + " MiB"


def upload_kind(info: ImageInfo, model: Model) -> str:
    """What is made of a picture before it is uploaded for `model`: models of one kind can share one upload."""
    formats, _ = accepted(model)
    alpha = "alpha" if info.has_alpha and model.keeps_alpha else ""
    as_it_is = info.format in formats and info.orientation == 1 and info.pages == 1
    return f"{alpha}{'' if as_it_is else '+'.join(sorted(formats))}"
