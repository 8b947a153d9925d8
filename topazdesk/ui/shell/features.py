"""Puts the dialogs and the queue behind the actions of a window whose desk is open. Each is loaded when it is wanted."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QWidget

from topazdesk.app.keys import KeySource
from topazdesk.app.settings import Settings
from topazdesk.domain.catalogue import Model, ServiceName, Standing
from topazdesk.domain.intake import Refusal
from topazdesk.domain.job import Job
from topazdesk.domain.ports import Balance
from topazdesk.domain.pricing import Estimate
from topazdesk.errors import AccountError, BudgetError, TopazdeskError
from topazdesk.ui.account.controller import MoneyDesk
from topazdesk.ui.controls.sheet import is_open
from topazdesk.ui.queue.attention import Doubts
from topazdesk.ui.queue.controller import QueueDesk
from topazdesk.ui.queue.settings_report import Echoes
from topazdesk.ui.texts import size_text, tr

if TYPE_CHECKING:
    from topazdesk.app.desk import Desk
    from topazdesk.engine.events import Event
    from topazdesk.ui.account.confirm_spending import Spending
    from topazdesk.ui.account.settings_sheet import SettingsDialog
    from topazdesk.ui.models.quotes import TriedOn
    from topazdesk.ui.models.recipe import RecipeState
    from topazdesk.ui.shell.window import Window

#: The settings of the user's own limits.
_CAPS = ("run_cap", "day_cap", "run_cap_usd", "day_cap_usd")
#: How many models the gallery remembers as recently used.
_RECENT = 6


class Dialogs(QObject):
    """The dialogs of one window. Only one is open at a time; a second wish for one is ignored."""

    def __init__(self, window: Window, desk: Desk, recipe: RecipeState) -> None:
        super().__init__(window)
        self._window, self._desk, self._recipe = window, desk, recipe
        self._session = window.session
        self._current = ""
        self._stopped_by_account = self._stopped_by_limit = False
        self._last_batch: tuple[int, int] = (0, 0)
        give = window.commands.provide
        give("gallery", lambda: self._open("gallery"))
        give("key", lambda: self._open("key"))
        give("settings", lambda: self._open("settings"))
        give("limits", lambda: self._one("settings", lambda: self._settings(limits=True)))
        give("refused", lambda: self._open("refused")).setEnabled(False)
        window.session.intake.finished.connect(self._batch_finished)
        window.session.service_changed.connect(self._name_key_action)
        self._name_key_action()
        window.confirm = self.confirms
        desk.events.subscribe(self._on_event)
        self.money = MoneyDesk(window, desk, self._one)
        self.queue = QueueDesk(window, desk)
        self.queue.details_wanted.connect(lambda job: self._session.spawn("details", self._details(job)))
        self.doubts = Doubts(
            window,
            desk,
            self.queue.act,
            lambda service: self._one("key", lambda: self.ask_key(window, service, switch=False)),
        )
        self.echoes = Echoes(window, desk, self.queue, window.recipe.form)
        window.pictures.acted.connect(self.queue.act)
        window.set_queue_panel(self.queue.panel)
        self.queue.panel.fold_wanted.connect(lambda: window.commands.run("queue"))

    def _open(self, name: str) -> None:
        work = {"gallery": self._gallery, "key": self._key, "settings": self._settings, "refused": self._refused}
        self._one(name, work[name])

    def _one(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Nothing while a dialog is open or about to be."""
        if not self._current:
            self._current = name
            self._session.spawn(name, self._closing(name, work()))

    async def _closing(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        finally:
            self._closed(name)

    def _closed(self, name: str) -> None:
        """Another one may open, even while the answer of this one is still being saved."""
        if self._current == name:
            self._current = ""

    def _on_event(self, event: Event) -> None:
        from topazdesk.engine.events import QueuePaused

        if isinstance(event, QueuePaused):
            self._stopped_by_account = event.paused and isinstance(event.reason, AccountError)
            self._stopped_by_limit = event.paused and isinstance(event.reason, BudgetError)

    async def _save(self, **changes: object) -> None:
        await self._desk.save_settings(self._desk.settings.with_(**changes))

    # models

    def pick_model(self, take: Callable[[Model], None], tried_on: TriedOn | None) -> None:
        """Have a model chosen in the gallery for a trial of `tried_on`, which the prices are for."""
        self._one("gallery", lambda: self._gallery(take, tried_on))

    async def _gallery(self, take: Callable[[Model], None] | None = None, tried_on: TriedOn | None = None) -> None:
        from topazdesk.ui.gallery.gallery import Gallery
        from topazdesk.ui.models.quotes import Group, groups_of, quotes_for, speed_questions

        await asyncio.sleep(0)  # the first time, loading took a turn of the loop; the cards take the next one
        recipe, settings = self._recipe.recipe, self._desk.settings
        pictures, _narrowed = self._session.targets()
        if not pictures:  # all are finished: those that are looked at
            chosen = (self._session.pictures.picture(each) for each in self._session.chosen)
            pictures = [picture for picture in chosen if picture is not None]
        models, groups = self._recipe.catalogue.of(recipe.service, with_legacy=True), groups_of(pictures)
        if tried_on is not None:
            recipe, groups = tried_on.recipe, (Group(tried_on.info, tried_on.info.size, 1),)
        gallery = Gallery(
            self._window,
            models,
            recipe,
            groups,
            favourites=settings.favourites,
            recent=settings.recent_models,
            good=self._good_choice(),
            tried_on=tried_on,
        )
        gallery.favourites_changed.connect(
            lambda slugs: self._session.spawn("settings", self._save(favourites=tuple(slugs)))
        )

        offers = self._session.offers
        unverified = [model for model in models if model.needs_check]

        def show_offers() -> None:
            if offers is not None and self._current == "gallery":
                told = {m.slug: offers.note(recipe.service, m)[0] for m in unverified}
                can = {m.slug: offers.problem(recipe.service, m) is None for m in unverified}
                gallery.show_offers({slug: (words, can[slug]) for slug, words in told.items()})

        async def fill() -> None:
            quotes = await asyncio.to_thread(quotes_for, models, recipe, groups)
            if self._current == "gallery" and gallery.isVisible():
                gallery.set_quotes(quotes)

        async def ask_speed() -> None:
            questions = speed_questions(models, recipe, groups)
            try:
                answers = await self._desk.estimator.estimate_many(recipe.service, list(questions.values()))
            except TopazdeskError:
                return  # a decoration: whoever wants to spend hears of the trouble
            told = zip(questions, answers, strict=True)
            known = {s: a.duration_s for s, a in told if isinstance(a, Estimate) and a.duration_s is not None}
            if is_open(gallery):
                gallery.set_speeds(known)

        if gallery.is_waiting:
            self._session.spawn("prices of the gallery", fill())
        self._session.spawn("speed of the models", ask_speed())
        if offers is not None and unverified:
            offers.settled.connect(show_offers)
            offers.want(recipe.service, [m for m in unverified if m.standing is not Standing.LEGACY])
            gallery.older_wanted.connect(lambda: offers.want(recipe.service, unverified))
            gallery.older_wanted.connect(show_offers)
            show_offers()
        accepted = await gallery.answered()
        model = gallery.chosen
        if offers is not None and unverified:
            offers.settled.disconnect(show_offers)
        gallery.deleteLater()
        self._closed("gallery")
        if accepted and model is not None:
            (take or self._recipe.set_model)(model)
            others = (slug for slug in self._desk.settings.recent_models if slug != model.slug)
            await self._save(recent_models=(model.slug, *others)[:_RECENT])

    def _good_choice(self) -> tuple[str, str]:
        """The model that fits the picture in the viewer, by its slug, and why."""
        found = self._window.suggestions.suggestion
        return (found.model.slug, tr(found.reason)) if found is not None else ("", "")

    # key

    @property
    def _service(self) -> ServiceName:
        """Whose key is meant: that of the service in use; in the sandbox, that of Topaz."""
        used = self._recipe.recipe.service
        return ServiceName.TOPAZ if used is ServiceName.SANDBOX else used

    def _name_key_action(self) -> None:
        text = tr("Add your {service} key…").format(service=self._service.label)
        self._window.commands["key"].setText(text)

    async def _key(self) -> None:
        await self.ask_key(self._window, self._service, switch=True)

    async def ask_key(self, parent: QWidget, service: ServiceName, *, switch: bool) -> None:
        """Open the dialog for a key and keep what it gives; `switch` also makes the service the one in use."""
        from topazdesk.ui.account.key_sheet import KeyDialog

        keys = self._desk.keys
        named = f"{service.upper()}_API_KEY"
        note = tr("{name} is set in the environment and wins over a key that is added here.").format(name=named)
        dialog = KeyDialog(
            parent,
            lambda key: self._check_key(service, key),
            self._session.spawn,
            service=service,
            recipient=self._recipient(service),
            note=note if named in os.environ else "",
        )

        async def look_for_ring() -> None:
            there = await asyncio.to_thread(keys.has_ring)
            if is_open(dialog):
                dialog.set_ring(there)

        self._session.spawn("key ring", look_for_ring())
        accepted = await dialog.answered()
        key, keep, stay = dialog.key, dialog.keep_in_ring, dialog.sandbox_wanted
        dialog.field.clear()
        dialog.deleteLater()
        self._closed("key")
        if stay:
            self._session.set_service(ServiceName.SANDBOX)
        if not accepted or not key:
            return
        if keep:
            kept = await asyncio.to_thread(keys.keep, service, key)
            if not kept:
                self._window.notices.tell(
                    "warn", tr("The key ring did not take the key"), tr("It is used until you close the window.")
                )
        else:
            keys.remember(service, key)
        if self._stopped_by_account:
            await self._desk.engine.resume()
        if switch:
            self._session.set_service(service)
        elif self._recipe.recipe.service is service:
            self._session.ask_balance()

    def _recipient(self, service: ServiceName) -> str:
        """The service's name, or the address where the user has set another one."""
        from topazdesk.app.settings import DEFAULT_URLS

        address = self._desk.settings.url_of(service)
        return service.label if address == DEFAULT_URLS.get(service) else address

    async def _check_key(self, service: ServiceName, key: str) -> Balance:
        client = await self._desk.services.with_key(service, key)
        try:
            return await client.balance()
        finally:
            await client.close()

    # settings

    async def _settings(self, *, limits: bool = False) -> None:
        from topazdesk.ui.account.settings_sheet import SettingsDialog

        services = tuple(s for s in (ServiceName.TOPAZ, ServiceName.RUNFLOW) if self._recipe.catalogue.of(s))
        fixed = {service: os.environ.get(f"TOPAZDESK_{service.upper()}_URL", "") for service in services}
        dialog = SettingsDialog(self._window, self._desk.settings, services, fixed_urls=fixed)
        dialog.changed.connect(lambda new: self._session.spawn("settings", self._apply(new)))
        dialog.key_wanted.connect(lambda service: self._session.spawn("key", self._change_key(dialog, service)))
        dialog.forget_wanted.connect(
            lambda service: self._session.spawn("forget key", self._forget_key(dialog, service))
        )
        for service in dialog.keys:
            self._session.spawn("key state", self._show_key(dialog, service))
        if limits:
            dialog.show_limits()
        await dialog.answered()
        dialog.deleteLater()

    async def _apply(self, new: Settings) -> None:
        """Only what the dialog changes; the rest may have changed meanwhile."""
        from topazdesk.ui.theme import Theme, theme

        old = self._desk.settings
        names = ("theme", "topaz_url", "runflow_url", "output_folder", "sandbox_speed", "sidecars")
        changes = {name: getattr(new, name) for name in (*names, *_CAPS) if getattr(new, name) != getattr(old, name)}
        if not changes:
            return
        app = QApplication.instance()
        if "theme" in changes and isinstance(app, QApplication):
            Theme.apply(app, changes["theme"], reduced_motion=theme().reduced_motion)
        if "output_folder" in changes:
            self._recipe.set_output(replace(self._recipe.recipe.output, folder=new.output_folder))
        await self._save(**changes)
        if any(name in changes for name in _CAPS):
            if self._session.limits is not None:
                self._session.limits.settings_changed()
            if self._stopped_by_limit:
                await self._desk.engine.resume()
        if "sandbox_speed" in changes:
            await self._desk.sandbox.set_speed(new.sandbox_speed)
        if f"{self._recipe.recipe.service.value}_url" in changes:
            self._session.ask_balance()

    async def _show_key(self, dialog: SettingsDialog, service: ServiceName) -> KeySource:
        source = await asyncio.to_thread(self._desk.keys.source, service)
        if is_open(dialog):
            dialog.show_key(service, source)
        return source

    async def _change_key(self, dialog: SettingsDialog, service: ServiceName) -> None:
        await self.ask_key(dialog, service, switch=False)
        await self._show_key(dialog, service)

    async def _forget_key(self, dialog: SettingsDialog, service: ServiceName) -> None:
        await asyncio.to_thread(self._desk.keys.forget, service)
        source = await self._show_key(dialog, service)
        if source is KeySource.NONE and self._recipe.recipe.service is service:
            self._session.set_service(ServiceName.SANDBOX)

    # files

    def _batch_finished(self, found: int, refused: list[Refusal], restored: bool) -> None:
        if refused and not restored:
            self._last_batch = (found, len(refused))
        self._window.commands["refused"].setEnabled(bool(self._session.intake.refused))

    async def _refused(self) -> None:
        from topazdesk.ui.pictures.refused_files import RefusedFiles

        refused = self._session.intake.refused
        found, count = self._last_batch
        dialog = RefusedFiles(self._window, refused, found if count == len(refused) else 0)
        await dialog.answered()
        dialog.deleteLater()

    # spending

    def confirms(self) -> bool:
        """Whether the press of the button is asked about first; if so the answer starts the work."""
        from topazdesk.ui.account.confirm_spending import asks

        count = len(self._session.plan.startable)
        if not asks(self._recipe.recipe.service, self._recipe.model, count, self._session.plan.unknown):
            return False
        self._one("confirm", self._confirm)
        return True

    async def _confirm(self) -> None:
        from topazdesk.ui.account.confirm_spending import ConfirmSpending

        spending = self._spending()
        if spending is None:
            return
        dialog = ConfirmSpending(self._window, spending)

        def news() -> None:
            now = self._spending()
            if now is None:
                dialog.reject()
            elif now != dialog.spending:
                dialog.show_spending(now)

        self._session.plan_changed.connect(news)
        try:
            accepted = await dialog.answered()
        finally:
            self._session.plan_changed.disconnect(news)
        one = dialog.one_first
        dialog.deleteLater()
        if accepted:
            self._session.enhance(most=1 if one else None)

    def _spending(self) -> Spending | None:
        """What the button would spend now, or None when it cannot be pressed."""
        from topazdesk.ui.account.confirm_spending import Spending
        from topazdesk.ui.models.plan_texts import hint_text
        from topazdesk.ui.models.spending_limits import Limits
        from topazdesk.ui.texts import format_text

        session, plan = self._session, self._session.plan
        pictures = [p for p in (session.pictures.picture(i) for i in plan.startable) if p is not None]
        prices = [session.price_of(picture) for picture in pictures]
        credits = [price.credits for price in prices if price is not None]
        if not credits or plan.fault is not None:
            return None
        targets = {price.target for price in prices if price is not None and price.target is not None}
        one_size = size_text(next(iter(targets))) if len(targets) == 1 else tr("different sizes")
        output = self._recipe.recipe.output
        kind = format_text(output.format) if output.format is not None else tr("Same format as the original")
        place = output.folder or tr("next to the originals")
        return Spending(
            count=len(credits),
            credits=sum(credits),
            first=credits[0],
            each=credits[0] if len(set(credits)) == 1 else None,
            available=session.available,
            model=self._recipe.model,
            size=tr("{size} each").format(size=one_size) if len(targets) == 1 else one_size,
            saved=f"{kind}, {place}",
            thumbnails=tuple(p.thumbnail for p in pictures[:6]),
            unknown=plan.unknown,
            limits=session.limits.limits(self._recipe.recipe.service) if session.limits is not None else Limits(),
            left_out=hint_text(plan, problem="", held=session.held)[0] if len(plan.startable) < len(plan.ids) else "",
        )

    # jobs

    async def _details(self, job: Job) -> None:
        from topazdesk.ui.queue.job_details import JobDetails

        history = await self._desk.engine.history(job.id)
        model = self._desk.catalogue.by_slug(job.recipe.service, job.recipe.model)
        name = model.name if model is not None else job.recipe.model
        dialog = JobDetails(self._window, job, name, history, self.echoes.echo(job))
        await dialog.answered()
        dialog.deleteLater()
