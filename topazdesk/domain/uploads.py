"""What may be uploaded for a model (formats and size), and whether a picture can be, before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable

from topazdesk.domain.alterations import Alteration, alterations, needs_copy
from topazdesk.domain.catalogue import Model
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.domain.services import SERVICES
from topazdesk.errors import Code, InputError
from topazdesk.language import say


def accepted(model: Model) -> tuple[frozenset[FileFormat], int]:
    """Return the formats that may be uploaded for `model`, and the most bytes."""
    traits = model.service.traits
    is_png_only = model.endpoint.strip("/").split("/")[0] in traits.png_only
    return frozenset({FileFormat.PNG}) if is_png_only else traits.upload_formats, traits.upload_bytes


def upload_problem(info: ImageInfo, model: Model) -> InputError | None:
    """Return why a file that would be sent unchanged is too large, or None.

    None also if a copy would be sent: its size is not known yet.
    """
    formats, most = accepted(model)
    if needs_copy(info, formats, keep_alpha=model.keeps_alpha) or info.bytes_on_disk <= most:
        return None
    roomier = next((name.label for name in SERVICES if info.bytes_on_disk <= name.traits.upload_bytes), "")
    advice = say("Save the picture smaller or as JPEG.")
    if roomier:
        advice = say("Save the picture smaller or as JPEG, or use {service:text}.", service=roomier)
    return InputError(
        say("The file is too large for {service:text}", service=model.service.label),
        say(
            "It takes files up to {most} MiB; this one has {size} MiB. {advice:text}",
            most=_mib(most),
            size=_mib(info.bytes_on_disk),
            advice=advice,
        ),
        code=Code.USE_OVER_LIMIT,
    )


def _mib(size: int) -> str:
    return f"{size / 1_048_576:,.1f}".removesuffix(".0")


def alterations_for(info: ImageInfo, model: Model, others: Iterable[Model] = ()) -> tuple[Alteration, ...]:
    """Return what is changed of a picture on its way to `model`.

    `others` are models of which one may be named that keeps transparency.
    """
    formats, _ = accepted(model)
    keeper = ""
    if info.has_alpha and not model.keeps_alpha:
        same = (each for each in others if each.service is model.service and not each.needs_check)
        keeper = next((each.name for each in same if each.keeps_alpha), "")
    return alterations(info, formats, keep_alpha=model.keeps_alpha, keeper=keeper)


def upload_kind(info: ImageInfo, model: Model) -> str:
    """Return a key for how a picture is prepared for `model`; models with equal keys can share one upload."""
    formats, _ = accepted(model)
    alpha = "alpha" if info.has_alpha and model.keeps_alpha else ""
    is_copied = needs_copy(info, formats, keep_alpha=bool(alpha))
    return f"{alpha}{'' if not is_copied else '+'.join(sorted(formats))}"
