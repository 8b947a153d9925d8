"""Which models the gallery shows, and in which order. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from topazdesk.domain.catalogue import Model, Standing, Tier
from topazdesk.ui.panels.tasks import TASKS

ALL, FAVOURITES, RECENT = "all", "favourites", "recent"
SUGGESTED, BY_NAME, BY_PRICE = "suggested", "name", "price"

TIERS = (Tier.PRECISE, Tier.GENERATIVE, Tier.CREATIVE)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user looks for. `section` is ALL, FAVOURITES, RECENT or a task; `favourites` and `recent` are slugs,
    `good` is that of the model that fits the picture in the viewer, `in_use` that of the recipe's. `older`: superseded ones too.
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

    def within(self, section: str) -> Wish:
        """The same in another section."""
        return replace(self, section=section)


def tasks_of(models: Iterable[Model]) -> list[str]:
    """The tasks that some model does, known ones first and in the order of the window."""
    found = {task for model in models for task in model.tasks}
    return [*(task for task in TASKS if task in found), *sorted(found - set(TASKS))]


def tiers_of(models: Iterable[Model]) -> list[Tier]:
    """The tiers that there are, mildest first."""
    found = {model.tier for model in models}
    return [tier for tier in TIERS if tier in found]


def matches(model: Model, wish: Wish) -> bool:
    """Whether the gallery shows it."""
    if model.tier not in wish.tiers:
        return False
    if model.standing is Standing.DEPRECATED and not wish.outdated:
        return False
    if model.standing is Standing.LEGACY and not wish.older and model.slug != wish.in_use:
        return False
    if wish.section == FAVOURITES:
        inside = model.slug in wish.favourites
    elif wish.section == RECENT:
        inside = model.slug in wish.recent
    else:
        inside = wish.section == ALL or wish.section in model.tasks
    return inside and _says(model, wish)


def arrange(models: Sequence[Model], wish: Wish, price_of: Callable[[Model], float]) -> list[Model]:
    """The models that match, in the wished order. `price_of` gives what the pictures at hand would cost."""
    found = [model for model in models if matches(model, wish)]
    if wish.order == BY_NAME:
        return sorted(found, key=lambda m: m.name.casefold())
    if wish.order == BY_PRICE:
        return sorted(found, key=lambda m: (price_of(m), m.name.casefold()))
    if wish.section == RECENT:
        return sorted(found, key=lambda m: wish.recent.index(m.slug))
    if wish.section == FAVOURITES:
        return sorted(found, key=lambda m: wish.favourites.index(m.slug))

    def suggested(model: Model) -> tuple[bool, bool, int, int]:
        # What fits the picture; then made for the task first of all, then as true to the picture as there is; outdated ones at the end.
        place = model.tasks.index(wish.section) if wish.section in model.tasks else 0
        tier = TIERS.index(model.tier) if wish.section in model.tasks else 0
        return model.slug != wish.good, model.standing in (Standing.DEPRECATED, Standing.LEGACY), place, tier

    return sorted(found, key=suggested)


def _says(model: Model, wish: Wish) -> bool:
    words = wish.words.casefold().split()
    if not words:
        return True
    hay = wish.hay.get(model.slug)
    if hay is None:
        tasks = [part for task in model.tasks for part in (task, *TASKS.get(task, ())[1:])]
        texts = (model.name, *model.api_models, *model.aliases, model.purpose, model.caution, model.category, *tasks)
        hay = wish.hay[model.slug] = " ".join((*texts, model.tier.value)).casefold()
    return all(word in hay for word in words)
