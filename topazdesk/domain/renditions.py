"""Renditions: several sizes and formats of one picture in one run.

Each size is a recipe of its own, which is paid for. Of several formats one is bought (`domain.copies`). What makes the
same pixels is made once.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from dataclasses import replace

from topazdesk.domain.geometry import OutputSize, SizeMode
from topazdesk.domain.image import FileFormat
from topazdesk.domain.naming import uses
from topazdesk.domain.ports import Draft
from topazdesk.domain.recipe import Recipe
from topazdesk.errors import Code, UseError
from topazdesk.language import say

#: So many results of a picture with one model, in one run: more is rather a mistake than a wish.
MOST_RENDITIONS = 12

#: The fields of a name that tell sizes apart.
_SIZE_FIELDS = ("scale", "width", "height", "long_edge", "megapixels")
_FIELD_OF = {
    SizeMode.SCALE: "{scale}",
    SizeMode.WIDTH: "{width}",
    SizeMode.HEIGHT: "{height}",
    SizeMode.LONG_EDGE: "{long_edge}",
    SizeMode.MEGAPIXELS: "{megapixels}MP",
}


def renditions(
    recipe: Recipe, sizes: Sequence[OutputSize], formats: Sequence[FileFormat | None] = ()
) -> tuple[Recipe, ...]:
    """Return the recipe in every size, each with all the formats, without doubles; empty means what the recipe has.

    Where there are several sizes and the template tells none, the size is put behind the name, so that no number has to
    tell the results apart; formats have their endings. Raises UseError for more than `MOST_RENDITIONS`.
    """
    # By their numbers: 2 and 2.0 are one size.
    all_sizes = list(dict.fromkeys(sizes)) or [recipe.output.size]
    all_formats = list(dict.fromkeys(formats)) or list(recipe.output.told_formats)
    count = len(all_sizes) * len(all_formats)
    if count > MOST_RENDITIONS:
        raise UseError(
            say("Too many results of each picture for one run: {count:,}.", count=count),
            say(
                "Sizes times formats: at most {most} results of a picture with one model. Make several runs.",
                most=MOST_RENDITIONS,
            ),
            code=Code.USE_OPTIONS,
        )
    template = _telling(recipe.output.template, all_sizes)
    first, copies = all_formats[0], tuple(all_formats[1:])
    return tuple(
        replace(recipe, output=replace(recipe.output, size=size, format=first, copies=copies, template=template))
        for size in all_sizes
    )


def told_by_model(recipe: Recipe) -> Recipe:
    """Return the recipe with the model in the names of results, for a run with several models."""
    template = recipe.output.template
    if uses(template, "model"):
        return recipe
    return replace(recipe, output=replace(recipe.output, template=f"{template}_{{model}}"))


def doubles(drafts: Sequence[Draft], made: Collection[int] = ()) -> set[int]:
    """Return the numbers of the drafts that would make again what another one of the same picture makes.

    That is so for one model and its settings, one format and one size in pixels: a width of 3000 is twice 1500. `made`
    are the numbers of drafts whose result is there or on its way: these stay, and their likes are doubles; else the
    first one stays.
    """
    first: dict[Hashable, int] = {}
    for number in sorted(range(len(drafts)), key=lambda number: (number not in made, number)):
        first.setdefault(_same(drafts[number]), number)
    return {number for number in range(len(drafts)) if number not in made and first[_same(drafts[number])] != number}


def _same(draft: Draft) -> Hashable:
    recipe = draft.recipe
    format_ = recipe.output.format_for(draft.info.format, draft.model.formats)
    crop = recipe.output.crop_to_fill
    return draft.info.key, recipe.service, recipe.model, recipe.values, draft.target, format_, crop, draft.trial


def _telling(template: str, sizes: Sequence[OutputSize]) -> str:
    """Return the template so that it tells these sizes apart."""
    if len(sizes) < 2 or any(uses(template, field) for field in _SIZE_FIELDS):
        return template
    modes = {size.mode for size in sizes}
    field = _FIELD_OF.get(sizes[0].mode) if len(modes) == 1 else None
    return f"{template}_{field or '{width}x{height}'}"
