"""What the service in use is asked for, and what that costs: recipe, prices, balance, limits, the button's plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from topazdesk.domain.alterations import Alteration
from topazdesk.domain.catalogue import Model
from topazdesk.domain.image import ImageInfo
from topazdesk.domain.money import Unit
from topazdesk.domain.questions import Questions
from topazdesk.domain.recipe import Recipe
from topazdesk.domain.services import ServiceName
from topazdesk.domain.uploads import alterations_for
from topazdesk.errors import Code, TopazdeskError, UseError
from topazdesk.ui.models.library import Library
from topazdesk.ui.models.names_watch import MOST, NamesWatch, ResultName
from topazdesk.ui.models.offer_watch import OfferWatch
from topazdesk.ui.models.own_recipes import OwnRecipes
from topazdesk.ui.models.picture import Picture, Section
from topazdesk.ui.models.picture_list import finished_note
from topazdesk.ui.models.plan import Plan, make_plan
from topazdesk.ui.models.price_watch import PriceWatch
from topazdesk.ui.models.prices import Price, Prices
from topazdesk.ui.models.recipe import RecipeState
from topazdesk.ui.models.scope import Scope, ScopeKind
from topazdesk.ui.models.send_watch import SendWatch, Sifted
from topazdesk.ui.models.spending_limits import Held, under
from topazdesk.ui.models.spending_watch import LimitsWatch
from topazdesk.ui.runtime.debounce import Debounce
from topazdesk.ui.runtime.work import Spawn
from topazdesk.ui.texts import bill_text, ntr, number

if TYPE_CHECKING:
    from topazdesk.app.app_context import AppContext
    from topazdesk.app.settings import Settings

#: How long the sums lag behind while headers are being read.
_SOON_MS = 60
#: Pictures whose changes are kept: several pages of rows.
_MOST_CHANGES = 500


class Pricing(QObject):
    """The recipe and its prices; made when a profile has been opened.

    `plan_changed` is emitted when the button or prices may say something else, `edited` when a recipe has changed.
    `plan` is what the button would do, and `held` how the user's own limits affect that; `held_all` is the same for
    the button beside it, which means all that wait. `form_problem` says what in the form cannot be sent.
    `reached` is emitted when the service in use has answered, so that what kept it from that is over.
    `service_asked` has a ServiceMove that the user has to decide on, `service_moved` one that was made.
    """

    plan_changed = Signal()
    service_changed = Signal()
    reached = Signal()
    service_asked = Signal(object)
    service_moved = Signal(object)
    edited = Signal()

    def __init__(self, context: AppContext, library: Library, spawn: Spawn, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._library = library
        self._spawn = spawn
        self.form_problem = ""
        self.balances: dict[ServiceName, int] = {}
        self._also: Sequence[Picture] = ()
        self._kept_changes: dict[int, tuple[ImageInfo, Recipe, Sequence[Alteration]]] = {}
        self.recipe = RecipeState(context.catalogue, context.service_in_use, self)
        if context.settings.output_folder:
            self.recipe.set_output(replace(self.recipe.recipe.output, folder=context.settings.output_folder))
        self.offers = OfferWatch(context.offers, spawn, self)
        self.limits = LimitsWatch(context, spawn, self)
        self.own = OwnRecipes(self.recipe, library.pictures, self.offers.problem, self)
        self.prices = Prices(self.recipe.model, self.recipe.recipe)
        self.plan = Plan()
        self.held = self.held_all = Held(self.plan)
        self._refused: UseError | None = None
        self._without_key: set[ServiceName] = set()
        self._balance_questions: Questions[ServiceName] = Questions()
        self._offer_wanted: tuple[ServiceName, str] | None = None
        self._watch = PriceWatch(context.estimator.estimate_many, spawn, self)
        self._soon = Debounce(_SOON_MS, self._work_out, self)
        self.sending = SendWatch(context.engine.preview, self.placed, spawn, self, by_source=context.is_team)
        self.names = NamesWatch(context.engine.preview, spawn, self)
        for told in (
            self.sending.changed,
            self._watch.confirmed,
            self.offers.settled,
            self.limits.changed,
            library.pictures.counted,
        ):
            told.connect(self.refresh)
        self.recipe.changed.connect(self._recipe_changed)
        library.selected.connect(self._selected)
        library.view_taken.connect(lambda: self._selected(is_another=False))
        library.headers_read.connect(self.refresh_soon)
        library.pictures.show_prices(self.price_of)
        library.pictures.show_changes(self._changes_of)
        self.refresh()

    def _changes_of(self, picture: Picture) -> Sequence[Alteration]:
        """Return what `changes_of` does. Rows of pictures that are not started ask for it whenever they are painted."""
        if picture.section is not Section.TODO:
            return self.changes_of(picture)
        if picture.info is None:
            return ()
        recipe = self.own.of(picture)
        kept = self._kept_changes.get(picture.id)
        if kept is None or kept[0] is not picture.info or kept[1] is not recipe:
            if len(self._kept_changes) >= _MOST_CHANGES:
                self._kept_changes.clear()
            kept = self._kept_changes[picture.id] = (picture.info, recipe, self.changes_of(picture))
        return kept[2]

    def changes_of(self, picture: Picture) -> Sequence[Alteration]:
        """Return what is changed of a picture before it is sent with its recipe, or was before its newest job.

        Nothing while that is not known, or no longer: of a picture that was edited since, or a model that is gone.
        """
        if picture.info is None or picture.is_stale:
            return ()
        job = picture.outcome if picture.section is not Section.TODO else None
        catalogue = self.recipe.catalogue
        if job is None:
            model: Model | None = self.own.model_of(self.own.of(picture))
        else:
            model = catalogue.by_slug(job.recipe.service, job.recipe.model)
        return alterations_for(picture.info, model, catalogue.of(model.service)) if model is not None else ()

    def close(self) -> None:
        """Stop asking and working things out."""
        self.limits.stop()
        self._soon.stop()
        self._watch.stop()
        self.sending.stop()
        self.names.stop()

    # prices

    def price_of(self, picture: Picture) -> Price | None:
        """Return the price of a picture with its recipe, or None while that is not known."""
        if picture.info is None:
            return None
        reason = self.sending.reason(picture, self.own.common) if picture.section is Section.TODO else None
        if reason is not None:
            return Price(None, None, reason)
        if picture.recipe is not None:
            return self.own.price(picture.recipe, picture.info, picture.size)
        return self.prices.of(picture.info, picture.size)

    def prices_for(self, picture: Picture) -> Prices:
        """Return the prices of the recipe that a picture would be started with."""
        return self.prices if picture.recipe is None else self.own.prices(picture.recipe)

    @property
    def settings(self) -> Settings:
        """The settings as they are now."""
        return self._context.settings

    def placed(self, path: Path, recipe: Recipe) -> Recipe:
        """Return a picture's recipe with the folder in which its result belongs: sub-folders are mirrored."""
        return self._library.intake.mirror.recipe_for(path, recipe)

    def watch_also(self, pictures: Sequence[Picture]) -> None:
        """Have the service confirm the prices of these, too, which are not in the list; each has its own recipe."""
        if self._also or pictures:
            self._also = pictures
            self.refresh()

    def refresh_soon(self) -> None:
        """Refresh plan and sums soon, once for the many headers that are read in a moment.

        What the user does calls `refresh` and is never delayed.
        """
        self._soon.soon(_SOON_MS + len(self._library.pictures) // 100)

    def refresh(self) -> None:
        """Work out prices and plan again from what is known here, and repaint all rows."""
        self._work_out(rows=True)

    def _work_out(self, *, rows: bool = False) -> None:
        """Work out prices and plan. `rows`: repaint all; after headers were read, those rows are painted already."""
        self._soon.stop()
        common = self.own.common
        if self.prices.recipe != common:
            self.prices = Prices(self.own.model_of(common), common, self.prices)
        self._refused = self._offer_problem()
        self.held_all = self._held(self._library.everything(), ask=True)
        self._plan_selection()
        watched = self.held_all.plan
        others = [*self.own.samples(watched.own_ids), *self.own.samples_of(self._also)]
        self._watch.watch(self.prices, list(watched.samples), others)
        self._notes()
        self._foretell_names()
        if rows:
            self._library.pictures.touched_all()
        self.plan_changed.emit()

    def _plan_selection(self) -> None:
        """Make the plan of what is selected. Where that is everything, it is not worked out a second time."""
        everything, selection = self.held_all.plan.scope, self._library.selection()
        if not selection.pictures or len(selection.pictures) != len(everything.pictures):
            self.held = self._held(selection)
        elif selection.kind is ScopeKind.SELECTED:
            self.held = replace(self.held_all, plan=replace(self.held_all.plan, scope=selection))
        else:
            self.held = self.held_all
        self.plan = self.held.plan

    def _held(self, scope: Scope, *, ask: bool = False) -> Held:
        """Return the plan for a scope under the user's own limits. `ask`: it has all pictures whose state matters."""
        sifted = self.sending.sift(scope.pictures, self.own.common, self.own.model_of, ask=ask)
        return self.held_for(sifted, scope, self._price_of_id)

    def held_for(self, sifted: Sifted, scope: Scope, price_of: Callable[[int], int]) -> Held:
        """Return the plan for pictures as they were sifted, under the user's own limits.

        `price_of` returns the price of one of them by its id.
        """
        plan = make_plan(
            sifted.pictures,
            self.prices,
            available=self.available,
            account=self.account_name,
            scope=scope,
            own=self.own.price,
        )
        plan = sifted.told(plan)
        if self._refused is not None and plan.fault is None and not self.recipe.subject:
            plan = replace(plan, fault=self._refused)
        return under(plan, self.limits.limits(self.recipe.recipe.service), price_of)

    def _price_of_id(self, picture_id: int) -> int:
        picture = self._library.pictures.picture(picture_id)
        price = self.price_of(picture) if picture is not None else None
        return price.credits if price is not None else 0

    def _notes(self) -> None:
        plan, pictures = self.plan, self._library.pictures
        if len(plan.ids) < 2:
            plan = self.held_all.plan
        is_part = plan.scope.kind is ScopeKind.SELECTED
        todo = (
            f"{ntr('{n} selected', '{n} selected', len(plan.ids)).format(n=number(len(plan.ids)))} · "
            if is_part
            else ""
        )
        price = bill_text(plan.credits, plan.unknown, plan.unit) if plan.ids else ""
        pictures.set_note(Section.TODO, f"{todo}{price}" if price else "")
        if pictures.head(Section.FINISHED).total:
            pictures.set_note(Section.FINISHED, finished_note(pictures.in_section(Section.FINISHED)))

    def _foretell_names(self) -> None:
        """Have the first names of the next run foretold, as the settings that are shown make them.

        With finished pictures selected it is their next names that belong there: their settings and size are shown. Of
        pictures in progress the names are fixed.
        """
        jobs = [each.job for each in self.plan.scope.running if each.job is not None]
        if jobs and not self.recipe.subject:
            self.names.settle([ResultName(job.picture, job.target) for job in jobs if job.target is not None])
            return
        meant = (self.recipe.subject,) if self.recipe.subject else self.plan.scope.again
        shown = self._library.of(meant[:MOST])
        plan = self.plan if self.plan.ids else self.held_all.plan
        first = shown or self._library.of(plan.ids[:MOST])
        wanted = [
            (each.info, self.own.model_of(recipe), self.placed(each.path, recipe))
            for each in first
            if each.info is not None and (recipe := self.own.of(each))
        ]
        if wanted or not plan.reading:  # else it is about to be known, and the last names stay until then
            self.names.watch(wanted, len(meant) or len(plan.ids))

    # recipe

    def _selected(self, is_another: bool) -> None:
        if is_another:
            self.own.show_for(self._library.picture)
        # What all that wait would cost does not depend on what is selected.
        self._plan_selection()
        self._notes()
        self._foretell_names()
        self.plan_changed.emit()

    def _recipe_changed(self, by_user: bool) -> None:
        if by_user:
            self.own.follow(self._library.of(self._library.chosen))
        if self.own.common.output.folder != self._context.settings.output_folder:
            self._spawn("settings", self._keep_folder())
        self.refresh()
        self.edited.emit()

    async def _keep_folder(self) -> None:
        """Keep the common folder in the settings: for new lists, and for the command line. It is shown only here."""
        settings, folder = self._context.settings, self.own.common.output.folder
        if folder != settings.output_folder:
            await self._context.save_settings(settings.with_(output_folder=folder))

    def recipes_given(self) -> None:
        """Take in that pictures were given recipes of their own, or the common one again."""
        self.own.show_for(self._library.picture)
        self.refresh()
        self.edited.emit()

    def set_form_problem(self, sentence: str) -> None:
        """Set what in the form cannot be sent; "" if nothing."""
        if sentence != self.form_problem:
            self.form_problem = sentence
            self.plan_changed.emit()

    # models that are not verified

    def _offer_problem(self) -> UseError | None:
        """Return why the model cannot be used yet: it is not verified, and the service has not accepted it so far."""
        service, model = self.recipe.recipe.service, self.recipe.model
        if not model.needs_check:
            self._offer_wanted = None
            return None
        if self._offer_wanted != (service, model.slug):  # once each time it is chosen
            self._offer_wanted = service, model.slug
            self.offers.want(service, [model])
        return self.offers.problem(service, model)

    def offer_note(self) -> tuple[str, str]:
        """Return what is known of the model in use if it is unverified, and its colour; ("", "") for any other."""
        return self.offers.note(self.recipe.recipe.service, self.recipe.model)

    # service

    def want_service(self, service: ServiceName) -> None:
        """Use another service, if the models in use are offered there; else `service_asked` asks the user.

        One that is not offered is not used: a team has not all of them.
        """
        if service not in self._context.services_offered:
            return
        move = self.own.service_move(service)
        if move.asks:
            self.service_asked.emit(move)
        else:
            self.set_service(service)

    def set_service(self, service: ServiceName, *, for_now: bool = False) -> None:
        """Use another service from now on, and remember it in the settings.

        `for_now`: only until whoever asked for it takes it back, so it is neither remembered nor told as news.
        """
        move = self.own.service_move(service)
        self.own.move(move, self._library.picture)
        self.service_changed.emit()
        if not for_now:
            self.service_moved.emit(move)
            self._spawn("settings", self._context.save_settings(self._context.settings.with_(service=service.value)))
        self.ask_balance()

    @property
    def available(self) -> int | None:
        """The credits that can be spent at the present service; None while unknown, and where nothing ever costs."""
        service = self.recipe.recipe.service
        return None if service.traits.unit is Unit.NONE else self.balances.get(service)

    def ask_balance(self) -> None:
        """Ask the service how many credits are left."""
        self._offer_wanted = None  # with a new key or service there may be an answer now
        service = self.recipe.recipe.service
        self._spawn("balance", self._ask_balance(service, self._balance_questions.ask(service)))

    async def _ask_balance(self, service: ServiceName, question: int) -> None:
        account = self._context.account(service)
        try:
            balance = await self._context.engine.refresh_balance(account)
        except TopazdeskError as error:
            if not self._balance_questions.is_latest(service, question):
                return  # it may be about another account or key: what is so now, the later one tells
            if error.code == Code.ACCOUNT_NO_KEY and service not in self._without_key:
                self._without_key.add(service)
                self.plan_changed.emit()
            raise
        if not self._balance_questions.is_latest(service, question) or account != self._context.account(service):
            return
        if service in self._without_key:
            self._without_key.remove(service)
            self.plan_changed.emit()
        self.set_balance(service, balance.available)
        if service is self.recipe.recipe.service:
            self.reached.emit()

    @property
    def lacks_key(self) -> bool:
        """Whether the service in use has said at the last look that it has no key: nothing can be sent there."""
        return self.recipe.recipe.service in self._without_key

    def has_key(self, service: ServiceName) -> bool:
        """Return whether a service is known to have a key: it told its balance, or has several accounts."""
        account = self._context.account(service)
        return service in self.balances or bool(self._context.account_name(account))

    @property
    def account_name(self) -> str:
        """The name of the account that would pay, where the service has several; else ""."""
        return self._context.account_name(self._context.account(self.recipe.recipe.service))

    def account_changed(self) -> None:
        """Take in that another account pays, or that it has another name."""
        service = self.recipe.recipe.service
        self.balances.pop(service, None)
        self._without_key.discard(service)
        self.refresh()
        self.ask_balance()

    def set_balance(self, service: ServiceName, available: int) -> None:
        """Take in how many credits an account has."""
        if self.balances.get(service) != available:
            self.balances[service] = available
            self.refresh()
