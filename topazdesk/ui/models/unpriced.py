"""Drafts for questions that no price answers: names, folders, and whether a result is there already."""

from __future__ import annotations

from topazdesk.domain.catalogue import Model
from topazdesk.domain.draft import draft
from topazdesk.domain.image import ImageInfo
from topazdesk.domain.ports import Draft
from topazdesk.domain.pricing import Estimate, EstimateSource
from topazdesk.domain.recipe import Recipe
from topazdesk.errors import InputError, UseError

#: How long to wait for further changes before the engine is asked about such drafts.
SOON_MS = 200

_NO_PRICE = Estimate(0, EstimateSource.UNKNOWN)


def unpriced_draft(info: ImageInfo, model: Model, recipe: Recipe) -> Draft | None:
    """Return the draft, or None for a picture that cannot be started for a reason that is shown elsewhere."""
    try:
        return draft(info, model, recipe, confirmed=_NO_PRICE)
    except (InputError, UseError):
        return None
