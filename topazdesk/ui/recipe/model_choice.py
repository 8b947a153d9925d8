"""Lets the user choose a model in the gallery, for the recipe or for a trial."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from topazdesk.domain.catalogue import Model, ModelStatus
from topazdesk.domain.pricing import Estimate
from topazdesk.errors import TopazdeskError
from topazdesk.ui.controls.sheet import is_open
from topazdesk.ui.host.feature import Feature
from topazdesk.ui.texts import translated

if TYPE_CHECKING:
    from topazdesk.domain.services import ServiceName
    from topazdesk.ui.gallery.gallery import Gallery
    from topazdesk.ui.gallery.previews import Previews
    from topazdesk.ui.host.host import Host
    from topazdesk.ui.models.quotes import TriedOn
    from topazdesk.ui.recipe.suggestions import Suggestions

#: How many models the gallery remembers as recently used.
_RECENT = 6


class ModelChoice(Feature):
    """Opens the gallery, whose code is imported only then."""

    def __init__(self, host: Host, suggestions: Suggestions) -> None:
        super().__init__(host.widget)
        self._host = host
        self._suggestions = suggestions
        session = host.session
        self._context = session.context
        self._library = session.library
        self._spawn = session.spawn
        self._recipe = session.pricing.recipe
        self._offers = session.pricing.offers
        self.previews: Previews | None = None  # set by who knows both features
        host.commands.provide("gallery", lambda: host.dialogs.run("gallery", self._gallery))

    async def _save(self, **changes: object) -> None:
        await self._context.save_settings(self._context.settings.with_(**changes))

    def pick_model(self, take: Callable[[Model], None], tried_on: TriedOn | None) -> None:
        """Let the user choose a model for a trial and pass it to `take`; prices are shown for `tried_on`."""
        self._host.dialogs.run("gallery", lambda: self._gallery(take, tried_on))

    async def _gallery(self, take: Callable[[Model], None] | None = None, tried_on: TriedOn | None = None) -> None:
        from topazdesk.ui.gallery.gallery import Gallery
        from topazdesk.ui.models.quotes import QuoteGroup, groups_of, quotes_for, speed_questions

        await asyncio.sleep(0)  # the first import takes a turn of the loop; build the cards in the next one
        recipe, settings = self._recipe.recipe, self._context.settings
        # All that is selected may be finished: the prices are those of doing it again.
        pictures = list(self._library.selection().pictures) or self._library.of(self._library.chosen)
        pictures = pictures or list(self._library.everything().pictures)
        models, groups = self._recipe.catalogue.of(recipe.service, with_legacy=True), groups_of(pictures)
        if tried_on is not None:
            recipe, groups = tried_on.recipe, (QuoteGroup(tried_on.info, tried_on.info.size, 1),)
        gallery = Gallery(
            self._host.widget,
            models,
            recipe,
            groups,
            favourites=settings.favourites,
            recent=settings.recent_models,
            good=self._good_choice(),
            tried_on=tried_on,
            previews=self.previews if take is None else None,
        )
        gallery.favourites_changed.connect(lambda slugs: self._spawn("settings", self._save(favourites=tuple(slugs))))

        offers = self._offers
        unverified = [model for model in models if model.needs_check]

        def show_offers() -> None:
            if self._host.dialogs.is_current("gallery"):
                told = {m.slug: offers.note(recipe.service, m)[0] for m in unverified}
                can = {m.slug: offers.problem(recipe.service, m) is None for m in unverified}
                gallery.show_offers({slug: (words, can[slug]) for slug, words in told.items()})

        async def fill() -> None:
            quotes = await asyncio.to_thread(quotes_for, models, recipe, groups)
            if self._host.dialogs.is_current("gallery") and gallery.isVisible():
                gallery.set_quotes(quotes)

        async def ask_speed() -> None:
            questions = speed_questions(models, recipe, groups)
            try:
                answers = await self._context.estimator.estimate_many(recipe.service, list(questions.values()))
            except TopazdeskError:
                return  # speeds are optional; if the trouble matters, the user hears of it when enhancing
            told = zip(questions, answers, strict=True)
            known = {s: a.duration_s for s, a in told if isinstance(a, Estimate) and a.duration_s is not None}
            if is_open(gallery):
                gallery.set_speeds(known)

        if gallery.is_waiting:
            self._spawn("prices of the gallery", fill())
        self._spawn("speed of the models", ask_speed())
        self._spawn("examples of the models", self._show_examples(gallery, recipe.service))
        if unverified:
            offers.settled.connect(show_offers)
            offers.want(recipe.service, [m for m in unverified if m.standing is not ModelStatus.LEGACY])
            gallery.older_wanted.connect(lambda: offers.want(recipe.service, unverified))
            gallery.older_wanted.connect(show_offers)
            show_offers()
        await asyncio.sleep(0)  # building the cards took a turn of the loop; the first paint takes the next one
        accepted = await gallery.answered()
        model, previewed = gallery.chosen, gallery.previewed
        if unverified:
            offers.settled.disconnect(show_offers)
        gallery.deleteLater()
        self._host.dialogs.closed("gallery")
        if not accepted:
            return
        if previewed is not None and self.previews is not None:
            used = list(previewed[0])
            self.previews.start(*previewed)
        elif model is not None:
            used = [model]
            (take or self._recipe.set_model)(model)
        else:
            return
        slugs = [each.slug for each in used]
        others = [slug for slug in self._context.settings.recent_models if slug not in slugs]
        await self._save(recent_models=(*slugs, *others)[:_RECENT])

    async def _show_examples(self, gallery: Gallery, service: ServiceName) -> None:
        """Show on the cards what the models made of the user's own pictures."""
        examples = self._context.examples
        found = await asyncio.to_thread(examples.read, service)

        def remove(slug: str) -> None:
            self._spawn("example", asyncio.to_thread(examples.remove, service, slug))

        if is_open(gallery):
            gallery.show_examples(found)
            gallery.example_removed.connect(remove)

    def _good_choice(self) -> tuple[str, str]:
        """Return slug and reason of the model suggested for the picture in the viewer; empty if there is none."""
        found = self._suggestions.suggestion
        return (found.model.slug, translated(found.reason)) if found is not None else ("", "")
