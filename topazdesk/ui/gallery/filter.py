"""Decides which models the gallery shows, and in which order. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from topazdesk.domain.catalogue import Model, ModelStatus, Tier
from topazdesk.domain.text_search import searchable
from topazdesk.ui.models.tasks import TASKS
from topazdesk.ui.texts import translated

ALL, FAVOURITES, RECENT = "all", "favourites", "recent"
SUGGESTED, BY_NAME, BY_PRICE = "suggested", "name", "price"

#: Words that people may type for a task, beyond those in the window.
_ALSO = {
    "enlarge": "upscale upscaling bigger larger poster",
    "sharpen": "blurry blurred blur unsharp deblur unblur focus",
    "denoise": "noise grain iso night",
    "restore": "old photo scan repair dust",
    "faces": "people skin",
    "light": "exposure color white balance bright colorize colourise black and white",
    "cutout": "mask transparent cutout",
}

#: The same for single models, by slug: what they are made for, where their names do not say it.
_ALSO_FOR = {
    "low-resolution-2": "jpeg artifacts artefacts compression blocks web",
}

TIERS = (Tier.PRECISE, Tier.GENERATIVE, Tier.CREATIVE)


@dataclass(frozen=True, slots=True)
class GalleryFilter:
    """What the user is looking for.

    `section` is ALL, FAVOURITES, RECENT or a task. `favourites` and `recent` are slugs, `good` is the slug of the model
    that fits the picture in the viewer, `in_use` that of the recipe's model. `outdated` and `older` include retiring
    and superseded models. `hay` caches the searched text of each model by slug.
    """

    section: str = ALL
    words: str = ""
    tiers: frozenset[Tier] = frozenset(TIERS)
    outdated: bool = True
    older: bool = False
    in_use: str = ""
    order: str = SUGGESTED
    favourites: tuple[str, ...] = ()
    recent: tuple[str, ...] = ()
    good: str = ""
    hay: dict[str, str] = field(default_factory=dict, compare=False)


def tasks_of(models: Iterable[Model]) -> list[str]:
    """Return the tasks of all models: known ones first, in the order of the window."""
    found = {task for model in models for task in model.tasks}
    return [*(task for task in TASKS if task in found), *sorted(found - set(TASKS))]


def tiers_of(models: Iterable[Model]) -> list[Tier]:
    """Return the tiers of all models, mildest first."""
    found = {model.tier for model in models}
    return [tier for tier in TIERS if tier in found]


def matches(model: Model, wish: GalleryFilter) -> bool:
    """Return whether the gallery shows the model."""
    return _is_in(model, wish, wish.section) and _is_wanted(model, wish)


def counts(models: Iterable[Model], wish: GalleryFilter, sections: Iterable[str]) -> dict[str, int]:
    """Return how many models each section would show for the same wish."""
    wanted = [model for model in models if _is_wanted(model, wish)]
    return {section: sum(_is_in(model, wish, section) for model in wanted) for section in sections}


def _is_in(model: Model, wish: GalleryFilter, section: str) -> bool:
    if section == FAVOURITES:
        return model.slug in wish.favourites
    if section == RECENT:
        return model.slug in wish.recent
    return section == ALL or section in model.tasks


def _is_wanted(model: Model, wish: GalleryFilter) -> bool:
    """Return whether the model is what is looked for, whichever the section."""
    if model.tier not in wish.tiers:
        return False
    if model.standing is ModelStatus.DEPRECATED and not wish.outdated:
        return False
    if model.standing is ModelStatus.LEGACY and not wish.older and model.slug != wish.in_use:
        return False
    return _says(model, wish)


def arrange(models: Sequence[Model], wish: GalleryFilter, price_of: Callable[[Model], float]) -> list[Model]:
    """Return the matching models in the wished order. `price_of` gives what the current pictures would cost."""
    found = [model for model in models if matches(model, wish)]
    if wish.order == BY_NAME:
        return sorted(found, key=lambda m: m.name.casefold())
    if wish.order == BY_PRICE:
        return sorted(found, key=lambda m: (price_of(m), m.name.casefold()))
    if wish.section == RECENT:
        return sorted(found, key=lambda m: wish.recent.index(m.slug))
    if wish.section == FAVOURITES:
        return sorted(found, key=lambda m: wish.favourites.index(m.slug))

    def suggested(model: Model) -> tuple[int, bool, bool, int, int]:
        # First models whose name has the typed words, then those made for them; then the one that fits the picture;
        # outdated ones last; then those made mainly for the section's task; then those most faithful to the picture.
        place = model.tasks.index(wish.section) if wish.section in model.tasks else 0
        tier = TIERS.index(model.tier) if wish.section in model.tasks else 0
        said = 0 if _all_in(wish.words, model.name) else 1 if _all_in(wish.words, _made_for(model)) else 2
        return (
            said,
            model.slug != wish.good,
            model.standing in (ModelStatus.DEPRECATED, ModelStatus.LEGACY),
            place,
            tier,
        )

    return sorted(found, key=suggested)


def _made_for(model: Model) -> str:
    """Return a model's name and the words for its main task."""
    first = [part for task in model.tasks[:1] for part in _words_of(task)]
    return " ".join((model.name, _ALSO_FOR.get(model.slug, ""), *first))


def _words_of(task: str) -> tuple[str, ...]:
    return (task, *TASKS.get(task, ())[1:], _ALSO.get(task, ""))


def _all_in(words: str, text: str) -> bool:
    text = searchable(text)
    return all(word in text for word in searchable(words).split())


def _says(model: Model, wish: GalleryFilter) -> bool:
    if not wish.words.strip():
        return True
    hay = wish.hay.get(model.slug)
    if hay is None:
        tasks = [part for task in model.tasks for part in _words_of(task)]
        # Without the cautions: one that says "look at faces" does not make a model one for faces.
        also = _ALSO_FOR.get(model.slug, "")
        texts = (
            model.name,
            also,
            *model.api_models,
            *model.aliases,
            translated(model.purpose),
            model.category,
            *tasks,
            model.tier.value,
        )
        hay = wish.hay[model.slug] = searchable(" ".join(texts))
    return _all_in(wish.words, hay)
