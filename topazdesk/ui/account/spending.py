"""The press of the button: starts the work, after a question where much would be spent on what changes pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from topazdesk.ui.controls.sheet import is_open
from topazdesk.ui.host.feature import Feature
from topazdesk.ui.host.picture_menu import Part, Subject
from topazdesk.ui.models.plan import Plan
from topazdesk.ui.models.plan_texts import button_text, only_text
from topazdesk.ui.models.scope import ScopeKind
from topazdesk.ui.models.wanted import Wanted
from topazdesk.ui.texts import size_text, tr
from topazdesk.ui.theme.icons import icon

if TYPE_CHECKING:
    from topazdesk.ui.account.confirm_spending import Spending
    from topazdesk.ui.host.host import Host


class SpendingController(Feature):
    """Starts the work. Call its methods from what shows the price, and from nowhere else."""

    def __init__(self, host: Host) -> None:
        super().__init__(host.widget)
        self._host = host
        self._session = host.session
        self._pricing = host.session.pricing
        host.menus.add(Part.WORK, self.offer)

    def enhance(self) -> None:
        """Start what the main button says, or first ask for a confirmation that starts it."""
        self.start(Wanted(lambda: self._pricing.held))

    def enhance_all(self) -> None:
        """Start what the button beside it says: all that wait."""
        self.start(Wanted(lambda: self._pricing.held_all))

    def offer(self, menu: QMenu, subject: Subject) -> None:
        """Offer in the context menu of the selected pictures to start these alone, with the price."""
        said = self._pricing.plan
        if said.scope.kind is not ScopeKind.SELECTED or not said.startable or said.fault is not None:
            return
        if {picture.id for picture in subject.pictures} != set(self._session.library.chosen):
            return  # the plan is for others
        first = menu.actions()[0] if menu.actions() else None
        is_free = self._pricing.recipe.recipe.service.traits.is_free
        entry = QAction(icon("running" if is_free else "price"), only_text(said), menu)
        entry.setEnabled(not (self._session.starting or self._pricing.form_problem or self._pricing.lacks_key))
        entry.triggered.connect(lambda: self._enhance_said(said))
        menu.insertAction(first, entry) if first is not None else menu.addAction(entry)

    def _enhance_said(self, said: Plan) -> None:
        """Start what an open menu offered; if price or pictures have changed since, say so and start nothing."""
        now = self._pricing.plan
        if (now.startable, now.bill) != (said.startable, said.bill):
            text = button_text(now, ready=True, problem="")[0]
            self._host.notices.tell(
                "info", tr("The price has changed. Nothing was sent."), tr("It is now: {what}").format(what=text)
            )
            return
        self.enhance()

    def start(self, wanted: Wanted) -> None:
        """Start what is wanted, or first ask for a confirmation that starts it."""
        from topazdesk.ui.account.confirm_spending import asks

        if self._pricing.lacks_key:
            wanted.done()
            return
        recipe, plan = self._pricing.recipe, wanted.held().plan
        confirmed = self._session.context.settings.confirmed.get(self._batch, 0)
        count = len(plan.startable)
        if asks(recipe.recipe.service, recipe.model, count, plan.unknown, plan.reserved, confirmed=confirmed):
            self._host.dialogs.run("confirm", lambda: self._confirm(wanted))
        else:
            self._session.enhance(plan, results_of=wanted.results_of)
            wanted.done()

    @property
    def _batch(self) -> str:
        """The service and the model in use, as the settings know what was confirmed."""
        recipe = self._pricing.recipe
        return f"{recipe.recipe.service}/{recipe.model.slug}"

    def _remember(self, count: int) -> None:
        """Keep how many pictures were confirmed: the same is not asked each time."""
        context, batch = self._session.context, self._batch
        known = context.settings.confirmed
        if count > max(1, known.get(batch, 0)):
            saving = context.save_settings(context.settings.with_(confirmed={**known, batch: count}))
            self._session.spawn("confirmed", saving)

    async def _confirm(self, wanted: Wanted) -> None:
        try:
            await self._ask(wanted)
        finally:
            wanted.done()

    async def _ask(self, wanted: Wanted) -> None:
        from topazdesk.ui.account.confirm_spending import ConfirmSpending

        spending = self._spending(wanted)
        if spending is None:
            return
        dialog = ConfirmSpending(self._host.widget, spending)

        def start() -> None:
            """Start what the sheet said when its button was pressed: a moment later a price may be another one."""
            plan = wanted.held().plan
            if not dialog.one_first:
                self._remember(len(plan.startable))
            self._session.enhance(plan, 1 if dialog.one_first else None, wanted.results_of)

        def news() -> None:
            if not is_open(dialog):
                return
            now = self._spending(wanted)
            if now is None:
                dialog.reject()
            elif now != dialog.spending:
                dialog.show_spending(now)

        self._pricing.plan_changed.connect(news)
        dialog.accepted.connect(start)
        try:
            await dialog.answered()
        finally:
            self._pricing.plan_changed.disconnect(news)
        dialog.deleteLater()

    def _spending(self, wanted: Wanted) -> Spending | None:
        """Return what a button would spend that shows this plan, or None when it cannot be pressed."""
        from topazdesk.ui.account.confirm_spending import Spending
        from topazdesk.ui.models.plan_texts import hint_text, rights_text
        from topazdesk.ui.texts import format_text

        pricing, held = self._pricing, wanted.held()
        plan = held.plan
        pictures = (wanted.results_of or self._session.library.of)(plan.startable)
        prices = [pricing.price_of(picture) for picture in pictures]
        credits = [price.credits for price in prices if price is not None]
        if not credits or plan.fault is not None:
            return None
        targets = {price.target for price in prices if price is not None and price.target is not None}
        one_size = size_text(next(iter(targets))) if len(targets) == 1 else tr("different sizes")
        output = pricing.recipe.recipe.output
        formats = {pricing.own.of(picture).output.format for picture in pictures}
        only = next(iter(formats)) if len(formats) == 1 else None
        kind = format_text(only) if only is not None else tr("Same format as the original")
        if len(formats) > 1:
            kind = tr("Different formats")
        of_each = len({picture.key for picture in pictures})
        place = output.folder or tr("next to the originals")
        return Spending(
            count=len(credits),
            credits=sum(credits),
            first=credits[0],
            each=credits[0] if len(set(credits)) == 1 else None,
            available=pricing.available,
            account=pricing.account_name,
            model=pricing.recipe.model,
            size=tr("{size} each").format(size=one_size) if len(targets) == 1 < len(credits) else one_size,
            saved=f"{kind}, {place}",
            thumbnails=tuple(p.thumbnail for p in pictures[:6]),
            unknown=plan.unknown,
            limits=pricing.limits.limits(pricing.recipe.recipe.service),
            left_out=hint_text(plan, problem="", held=held)[0] if len(plan.startable) < len(plan.ids) else "",
            rights=rights_text(plan),
            pictures=of_each,
        )
