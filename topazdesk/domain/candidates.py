"""The priced candidates of a trial: what each recipe costs on the patch, and would cost on the whole picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from topazdesk.domain.catalogue import Catalogue, Model
from topazdesk.domain.draft import draft, for_page
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.domain.money import Unit
from topazdesk.domain.ports import Draft
from topazdesk.domain.pricing import Bill, Estimate
from topazdesk.domain.recipe import DEFAULT_TEMPLATE, OnConflict, Recipe
from topazdesk.domain.trial import MOST_CANDIDATES, Patch, TrialOf, is_whole, on_patch
from topazdesk.errors import Code, TopazdeskError, UseError
from topazdesk.language import say


@dataclass(frozen=True, slots=True)
class Candidate:
    """One recipe of a trial. Exactly one of `draft` (what the trial starts) and `problem` (why it cannot) is set.

    `whole` is the price of the whole picture with this recipe, None if that is not possible (`whole_problem`).
    """

    recipe: Recipe
    model: Model | None
    draft: Draft | None
    problem: TopazdeskError | None
    whole: Estimate | None
    whole_problem: TopazdeskError | None


def candidates(
    picture: ImageInfo, patch: Patch | None, recipes: Sequence[Recipe], catalogue: Catalogue, *, folder: str
) -> tuple[Candidate, ...]:
    """Return the priced candidates in the order of `recipes`. Fast enough to be called while the patch is dragged.

    The drafts describe the patch as it will be cut: a PNG of that size, not on disk yet. `folder` is where results of
    trials go. Raises UseError for more than four recipes.
    """
    if is_whole(patch, picture.size):
        patch = None
    if len(recipes) > MOST_CANDIDATES:
        raise UseError(
            say("A trial compares {most} versions at most", most=MOST_CANDIDATES),
            "Remove one first.",
            code=Code.USE_TOO_MANY_CANDIDATES,
        )
    return tuple(_found(picture, patch, recipe, catalogue, folder) for recipe in recipes)


def bill_of(found: Iterable[Candidate], unit: Unit) -> Bill:
    """Return what all candidates that have a draft cost together; all are in `unit`."""
    return Bill.of((c.draft.estimate for c in found if c.draft is not None), unit)


def patch_info(picture: ImageInfo, patch: Patch | None) -> ImageInfo:
    """Return the facts of a patch before it is cut; those of the picture if the patch is None or covers it."""
    if patch is None or is_whole(patch, picture.size):
        return picture
    return replace(
        picture,
        format=FileFormat.PNG,
        stored_size=patch.size,
        orientation=1,
        pages=1,
        page=0,
        is_page_chosen=False,
        bytes_on_disk=0,
        mtime_ns=0,
    )


def candidate(
    picture: ImageInfo,
    patch: Patch | None,
    recipe: Recipe,
    model: Model,
    folder: str,
    *,
    confirmed: Estimate | None = None,
    whole: Estimate | None = None,
) -> Candidate:
    """Return one candidate. `confirmed` and `whole` are the service's prices of patch and picture, if it was asked."""
    recipe = for_page(recipe, picture)
    made: Draft | None = None
    problem: TopazdeskError | None = None
    whole_problem: TopazdeskError | None = None
    try:
        whole = draft(picture, model, recipe, confirmed=whole).estimate
    except TopazdeskError as error:
        whole, whole_problem = None, error
    try:
        tried = recipe if is_whole(patch, picture.size) else on_patch(recipe, picture.size)
        # Each candidate keeps a file of its own, whatever the recipe says about names that are taken.
        output = replace(tried.output, folder=folder, template=DEFAULT_TEMPLATE, on_conflict=OnConflict.UNIQUE)
        tried = replace(tried, output=output)
        made = draft(patch_info(picture, patch), model, tried, confirmed=confirmed)
        made = replace(made, trial=TrialOf(picture.path, patch, recipe))
    except TopazdeskError as error:
        problem = error
    except ValueError as error:  # from `on_patch`: the output size is not a positive number
        problem = UseError("The output size must be a number above 0", "For example 2.", details=str(error))
    return Candidate(recipe, model, made, problem, whole, whole_problem)


def _found(picture: ImageInfo, patch: Patch | None, recipe: Recipe, catalogue: Catalogue, folder: str) -> Candidate:
    model = catalogue.by_slug(recipe.service, recipe.model)
    if model is not None:
        return candidate(picture, patch, recipe, model, folder)
    gone = UseError("This model is not in the catalogue any more", "Choose another one.", code=Code.USE_MODEL_GONE)
    return Candidate(recipe, None, None, gone, None, gone)
