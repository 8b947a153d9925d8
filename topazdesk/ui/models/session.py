"""What the window is about: pictures, recipe, prices and the engine, kept in step. The panels only show it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QImage

from topazdesk.domain.catalogue import ServiceName
from topazdesk.domain.draft import draft
from topazdesk.domain.image import ImageInfo
from topazdesk.domain.job import Job
from topazdesk.domain.shown import one_line
from topazdesk.errors import TopazdeskError, UseError, told
from topazdesk.ui.models.intake import Intake
from topazdesk.ui.models.job_tracker import QueueWatch
from topazdesk.ui.models.offer_watch import OfferWatch
from topazdesk.ui.models.own_recipes import OwnRecipes
from topazdesk.ui.models.picture import THUMB_WIDTH, Picture, Section
from topazdesk.ui.models.picture_list import PictureModel, finished_note
from topazdesk.ui.models.plan import Plan, make_plan
from topazdesk.ui.models.previous_results import Earlier
from topazdesk.ui.models.price_watch import PriceWatch
from topazdesk.ui.models.prices import Price, Prices
from topazdesk.ui.models.reading import Header, Reader
from topazdesk.ui.models.recipe import RecipeState
from topazdesk.ui.models.spending_limits import Held, under
from topazdesk.ui.models.spending_watch import LimitsWatch
from topazdesk.ui.runtime.inbox import Inbox
from topazdesk.ui.texts import bill_text, money_text, tr
from topazdesk.ui.theme import px

if TYPE_CHECKING:
    from topazdesk.app.desk import Desk
    from topazdesk.engine.events import Event

#: Bytes of thumbnails kept in memory, some 1,000 of them. The others are on the disk.
_THUMBNAIL_BYTES = 48_000_000
#: Lists of up to so many pictures get all their thumbnails at once; longer ones those that are looked at.
_ALL_THUMBNAILS = 200
#: While headers are read, sums follow this much later.
_SOON_MS = 60

Spawn = Callable[[str, Coroutine[Any, Any, Any]], object]


class WindowSession(QObject):
    """`opened` once the desk is there; `plan_changed` when button or prices say something else; `current_changed` when the
    viewer should show another pair; `trouble` has a TopazdeskError for the notice bar; `edited` when the session on disk
    is behind.
    """

    opened = Signal()
    plan_changed = Signal()
    current_changed = Signal()
    service_changed = Signal()
    trouble = Signal(object)
    edited = Signal()

    def __init__(self, parent: QObject | None = None, *, cache: Path | None = None) -> None:
        super().__init__(parent)
        self._spawner: Spawn | None = None
        self._early: list[tuple[str, Coroutine[Any, Any, Any]]] = []
        self.desk: Desk | None = None
        self.recipe: RecipeState | None = None
        self.prices: Prices | None = None
        self.plan = Plan()
        self.form_problem = ""
        self.starting = False
        self.chosen: list[int] = []
        self.current = 0
        self.balances: dict[ServiceName, int] = {}
        self.inbox = Inbox(self)
        self.pictures = PictureModel(self)
        self.pictures.tooltip = self.tooltip
        self.queue = QueueWatch(self.pictures, self._add_source, self)
        self.queue.result_there.connect(self._result_there)
        self.earlier = Earlier(self.queue.attach, self.spawn, self)
        self.earlier.found.connect(self._found_earlier)
        self.reader = Reader(
            self.inbox,
            self._headers_read,
            self._thumbnail_read,
            self._worker_failed,
            thumbnail_px=_thumbnail_px(),
            cache=cache,
        )
        self.intake = Intake(self.pictures, self.reader.read_headers, self)
        self._thumbnails: OrderedDict[int, int] = OrderedDict()
        self._thumbnail_bytes = 0
        self._watch: PriceWatch | None = None
        self.offers: OfferWatch | None = None
        self.limits: LimitsWatch | None = None
        self.held = Held(self.plan)
        self.own: OwnRecipes | None = None
        self._unsubscribe: Callable[[], None] = lambda: None
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SOON_MS)
        self._soon.timeout.connect(self._refresh_sums)
        self.pictures.counted.connect(self.refresh)

    # life

    def set_spawn(self, spawn: Spawn) -> None:
        """The event loop runs: what the user already asked for begins."""
        self._spawner = spawn
        early, self._early = self._early, []
        for name, work in early:
            spawn(name, work)

    def spawn(self, name: str, work: Coroutine[Any, Any, Any]) -> None:
        """Run something of the window's on the loop; its failure becomes a notice."""
        self._spawn(name, work)

    def _spawn(self, name: str, work: Coroutine[Any, Any, Any]) -> None:
        if self._spawner is None:
            self._early.append((name, work))
        else:
            self._spawner(name, work)

    def attach(self, desk: Desk) -> None:
        """The desk is open: show its catalogue and listen to its engine."""
        self.desk = desk
        self.recipe = RecipeState(desk.catalogue, desk.settings.service_name, self)
        if desk.settings.output_folder:
            self.recipe.set_output(replace(self.recipe.recipe.output, folder=desk.settings.output_folder))
        self.recipe.changed.connect(self._recipe_changed)
        self._watch = PriceWatch(desk.estimator.estimate_many, self._spawn, self)
        self._watch.confirmed.connect(self._confirmed)
        self.offers = OfferWatch(desk.offers, self._spawn, self)
        self.offers.settled.connect(self.refresh)
        self.limits = LimitsWatch(desk, self._spawn, self)
        self.limits.changed.connect(self.refresh)
        self.own = OwnRecipes(self.recipe, self.pictures, self.offers.problem, self)
        self._unsubscribe = desk.events.subscribe(self._on_event)
        self.refresh()
        self.opened.emit()

    def detach(self) -> None:
        """Nothing more is read, asked or heard; returns when the worker threads have ended."""
        self._unsubscribe()
        if self.limits is not None:
            self.limits.stop()
        self._soon.stop()
        if self._watch is not None:
            self._watch.stop()
        self.intake.stop()
        self.inbox.close()
        self.reader.close()

    # pictures

    def add(self, paths: Iterable[Path]) -> None:
        """Add files and folders; the rows appear at once."""
        self._spawn("intake", self.intake.add(tuple(paths)))

    def remove(self, ids: Iterable[int]) -> int:
        """Take pictures off the list; those that are being enhanced stay. Returns how many stayed."""
        wanted = [p for p in (self.pictures.picture(i) for i in ids) if p is not None]
        free = [p.id for p in wanted if p.section is not Section.PROGRESS]
        for picture_id in free:
            self.reader.forget(picture_id)
            self._thumbnail_bytes -= self._thumbnails.pop(picture_id, 0)
        self.pictures.remove(free)
        self.edited.emit()
        return len(wanted) - len(free)

    def again(self, ids: Iterable[int]) -> None:
        """Put finished pictures back under "To enhance"; their results stay in the viewer."""
        for picture_id in ids:
            picture = self.pictures.picture(picture_id)
            if picture is not None and picture.section is Section.FINISHED:
                picture.again = picture.again_by_hand = True
        self.pictures.arrange()

    def wish_thumbnails(self, ids: list[int]) -> None:
        """What the list shows without a thumbnail, most wanted first; what was wished before is no longer."""
        pictures = [p for p in (self.pictures.picture(i) for i in ids) if p is not None]
        self.reader.hurry([p.id for p in reversed(pictures) if p.info is None])
        self.reader.wish([(p.id, p.path) for p in pictures if p.info is not None])

    def want_thumbnails(self, ids: list[int]) -> None:
        """Thumbnails for other places than the list."""
        for picture_id in ids:
            picture = self.pictures.picture(picture_id)
            if picture is not None and picture.info is not None:
                self.reader.want_thumbnail(picture_id, picture.path, soon=True)

    def choose(self, ids: list[int], current: int) -> None:
        """The selection in the list is another one."""
        before, self.current = self.current, current or (ids[0] if ids else 0)
        self.chosen = ids
        if self.own is not None and self.current != before:
            self.own.show_for(self.picture)
        self.refresh()
        if self.current != before:
            self.current_changed.emit()
        self.edited.emit()

    @property
    def picture(self) -> Picture | None:
        """The picture in the viewer."""
        return self.pictures.picture(self.current)

    def price_of(self, picture: Picture) -> Price | None:
        """The price of a picture with the present recipe, or None while it is not known."""
        if self.prices is None or picture.info is None:
            return None
        if picture.recipe is not None and self.own is not None:
            return self.own.price(picture)
        return self.prices.of(picture.info, picture.size)

    def tooltip(self, picture: Picture) -> str:
        """What a row does not have room for."""
        parts = [one_line(str(picture.path), 4_000)]
        price = self.price_of(picture)
        job = picture.job
        if job is not None and picture.section is not Section.TODO and job.trouble is not None:
            parts.append(told(job.trouble.title, job.trouble.hint))
        elif job is not None and picture.section is Section.FINISHED and job.charged is not None:
            parts.append(tr("{price} charged").format(price=money_text(job.charged, job.recipe.service.unit)))
        elif picture.section is Section.TODO and price is not None and price.refusal is not None:
            parts.append(price.refusal.hint)
        return "\n".join(parts)

    def _add_source(self, job: Job) -> Picture | None:
        """An unfinished job without a row gets one: what is being paid for must be seen."""
        new = self.pictures.add([job.source])
        self.reader.read_headers([(picture.id, picture.path) for picture in new])
        return new[0] if new else None

    def _headers_read(self, found: list[Header]) -> None:
        self.intake.headers_read(found)
        self.earlier.look([p for p in (self.pictures.picture(i) for i, _ in found) if p is not None])
        for picture_id, what in found:
            picture = self.pictures.picture(picture_id)
            if picture is None or not isinstance(what, ImageInfo):
                continue
            if len(self.pictures) <= _ALL_THUMBNAILS:
                self.reader.want_thumbnail(picture_id, picture.path)
            if picture_id == self.current:
                self.current_changed.emit()
        self.refresh_soon()

    def _thumbnail_read(self, picture_id: int, image: QImage) -> None:
        picture = self.pictures.picture(picture_id)
        if picture is None:
            return
        picture.thumbnail = image
        self._thumbnails[picture_id] = image.sizeInBytes()
        self._thumbnail_bytes += image.sizeInBytes()
        while self._thumbnail_bytes > _THUMBNAIL_BYTES and len(self._thumbnails) > 1:
            oldest, size = self._thumbnails.popitem(last=False)
            self._thumbnail_bytes -= size
            old = self.pictures.picture(oldest)
            if old is not None:
                old.thumbnail = None
        self.pictures.touched(picture)

    def _worker_failed(self, error: BaseException) -> None:
        raise error  # in the window's thread now: the loop's hook reports it

    # prices

    def targets(self) -> tuple[list[Picture], bool]:
        """The pictures that the button means: all that wait, or the selected ones when two or more of them are selected."""
        chosen = [p for p in (self.pictures.picture(i) for i in self.chosen) if p and p.section is Section.TODO]
        if len(chosen) >= 2:
            return chosen, True
        return self.pictures.in_section(Section.TODO), False

    def refresh_soon(self) -> None:
        """As `refresh`, once for the many headers that are read in a moment. What the user does is never put off."""
        if not self._soon.isActive():
            self._soon.start(_SOON_MS + len(self.pictures) // 100)

    def refresh(self) -> None:
        """Work out prices and plan anew: at once, from what is known here."""
        self._soon.stop()
        if self.recipe is None or self.own is None:
            return
        common = self.own.common
        if self.prices is None or self.prices.recipe != common:
            self.prices = Prices(self.own.model_of(common), common, self.prices)
        targets, narrowed = self.targets()
        self.plan = make_plan(
            targets, self.prices, available=self.available, narrowed=narrowed, own=self.own.price
        )  # fmt: skip
        refused = self._offer_problem(self.recipe)
        if refused is not None and self.plan.fault is None and not self.recipe.subject:
            self.plan = replace(self.plan, fault=refused)
        if self.limits is not None:
            self.held = under(self.plan, self.limits.limits(self.recipe.recipe.service), self._price_of_id)
            self.plan = self.held.plan
        self._watch_prices()
        self._notes()
        if not self._rows_are_told:
            self.pictures.touched_all()
        self.plan_changed.emit()

    _rows_are_told = False

    def _refresh_sums(self) -> None:
        """As `refresh`; the rows whose headers came have been painted one by one already."""
        self._rows_are_told = True
        try:
            self.refresh()
        finally:
            self._rows_are_told = False

    def _offer_problem(self, state: RecipeState) -> UseError | None:
        """Why the model cannot be used yet: its name is not verified, and the service did not accept it (so far)."""
        if self.offers is None or not state.model.needs_check:
            self._offer_wanted = None
            return None
        wanted = (state.recipe.service, state.model.slug)
        if wanted != self._offer_wanted:  # once each time that it is picked
            self._offer_wanted = wanted
            self.offers.want(state.recipe.service, [state.model])
        return self.offers.problem(state.recipe.service, state.model)

    _offer_wanted: tuple[ServiceName, str] | None = None

    def offer_note(self) -> tuple[str, str]:
        """What is known of an unverified model in use, and its colour; ("", "") for the others."""
        if self.offers is None or self.recipe is None:
            return "", ""
        return self.offers.note(self.recipe.recipe.service, self.recipe.model)

    @property
    def available(self) -> int | None:
        """Credits that can be spent at the present service, None while unknown."""
        return self.balances.get(self.recipe.recipe.service) if self.recipe is not None else None

    def set_form_problem(self, sentence: str) -> None:
        """The form holds something that cannot be sent; "" when it no longer does."""
        if sentence != self.form_problem:
            self.form_problem = sentence
            self.plan_changed.emit()

    def _price_of_id(self, picture_id: int) -> int:
        picture = self.pictures.picture(picture_id)
        price = self.price_of(picture) if picture is not None else None
        return price.estimate.credits if price is not None and price.estimate is not None else 0

    def _watch_prices(self) -> None:
        if self._watch is None or self.prices is None:
            return
        own = self.own.samples(self.plan.own_ids) if self.own is not None else []
        self._watch.watch(self.prices, list(self.plan.samples), own)

    def _confirmed(self) -> None:
        self.refresh()

    def _notes(self) -> None:
        todo = tr("{n} selected").format(n=len(self.plan.ids)) + " · " if self.plan.narrowed else ""
        plan = self.plan
        price = bill_text(plan.credits, plan.unknown, plan.unit) if plan.ids else ""
        self.pictures.set_note(Section.TODO, f"{todo}{price}" if price else "")
        if self.pictures.head(Section.FINISHED).total:
            self.pictures.set_note(Section.FINISHED, finished_note(self.pictures.in_section(Section.FINISHED)))

    def _recipe_changed(self, by_user: bool) -> None:
        if by_user and self.own is not None:
            chosen = [p for p in (self.pictures.picture(i) for i in self.chosen) if p is not None]
            self.own.follow(chosen)
            self.want_again(chosen)
        self.refresh()
        self.edited.emit()

    def want_again(self, pictures: Iterable[Picture]) -> None:
        """Finished pictures whose recipe is another one now wait to be enhanced again; and the other way round."""
        moved = False
        for picture in pictures:
            if self.own is None or picture.job is None or picture.again_by_hand or not picture.job.state.is_final:
                continue
            again = picture.job.recipe.digest != self.own.of(picture).digest
            moved = moved or again is not picture.again
            picture.again = again
        if moved:
            self.pictures.arrange()

    # service

    def set_service(self, service: ServiceName) -> None:
        """Work with another service from now on; it is remembered in the settings."""
        if self.recipe is None or self.desk is None:
            return
        if self.own is not None:
            self.own.change_service(service)
        self.recipe.set_service(service)
        if self.own is not None:
            self.own.show_for(self.picture)
        self.service_changed.emit()
        self._spawn("settings", self.desk.save_settings(self.desk.settings.with_(service=service.value)))
        self.ask_balance()

    def ask_balance(self) -> None:
        """Have the service say how many credits are left."""
        if self.recipe is not None and self.desk is not None:
            self._offer_wanted = None  # a new key or service may answer what the last one did not
            self._spawn("balance", self._ask_balance(self.recipe.recipe.service))

    async def _ask_balance(self, service: ServiceName) -> None:
        assert self.desk is not None  # noqa: S101 - asked only while it is there
        balance = await self.desk.engine.refresh_balance(service)
        self._balance(service, balance.available)

    def _balance(self, service: ServiceName, available: int) -> None:
        if self.balances.get(service) != available:
            self.balances[service] = available
            self.refresh()

    # work

    def enhance(self, most: int | None = None) -> None:
        """Start what the button says, or the first `most` of it. Nothing happens when it could not be pressed."""
        if self.starting or self.form_problem or self.desk is None or self.recipe is None or self.prices is None:
            return
        ids = self.plan.startable[:most]
        if not ids or self.plan.fault is not None:
            return
        self.starting = True
        self.plan_changed.emit()
        # Taken now: what is started is what the button said, whatever is changed a moment later.
        pictures = [p for p in (self.pictures.picture(i) for i in ids) if p is not None and p.info is not None]
        priced = [(p.info, self._prices_of(p)) for p in pictures if p.info is not None]
        self._spawn("enqueue", self._enqueue(priced))

    def _prices_of(self, picture: Picture) -> Prices:
        assert self.prices is not None  # noqa: S101
        if picture.recipe is None or self.own is None:
            return self.prices
        return self.own.prices(picture.recipe)

    async def _enqueue(self, priced: list[tuple[ImageInfo, Prices]]) -> None:
        assert self.desk is not None  # noqa: S101
        try:
            drafts = await asyncio.to_thread(_drafts, priced)
            await self.desk.engine.enqueue(drafts)
        finally:
            self.starting = False
            self.refresh()

    def pause(self, wanted: bool) -> None:
        """Stop sending, or go on."""
        if self.desk is not None:
            engine = self.desk.engine
            self._spawn("pause", engine.pause() if wanted else engine.resume())

    def _found_earlier(self, pictures: list[Picture]) -> None:
        if any(picture.id == self.current for picture in pictures):
            self.current_changed.emit()
        self.edited.emit()

    def _result_there(self, picture_id: int) -> None:
        if picture_id == self.current:
            self.current_changed.emit()

    def _on_event(self, event: Event) -> None:
        from topazdesk.engine.events import BalanceChanged, JobAdded, JobChanged, JobProgress, QueuePaused, Trouble

        if isinstance(event, JobProgress):
            self.queue.progress(event.job_id, event.percent)
        elif isinstance(event, JobAdded | JobChanged):
            self.queue.job_news(event.job)
            self.edited.emit()
        elif isinstance(event, BalanceChanged):
            self._balance(event.service, event.balance.available)
        elif isinstance(event, QueuePaused):
            self.queue.set_paused(event.paused)
            if event.reason is not None:
                self.trouble.emit(event.reason)
        elif isinstance(event, Trouble):
            error: TopazdeskError = event.error
            self.trouble.emit(error)


def _drafts(priced: list[tuple[ImageInfo, Prices]]) -> list[Any]:
    """Drafts with the estimate that was on the button; the service's own where it had answered."""
    made = []
    for info, prices in priced:
        estimate = prices.of(info).estimate
        made.append(draft(info, prices.model, prices.recipe, confirmed=estimate))
    return made


def _thumbnail_px() -> int:
    """What a row's picture needs on the sharpest screen there is."""
    app = QGuiApplication.instance()
    sharpest = app.devicePixelRatio() if isinstance(app, QGuiApplication) else 1.0
    return round(px(THUMB_WIDTH) * sharpest)
