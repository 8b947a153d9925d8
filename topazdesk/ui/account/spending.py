"""The press of the button: starts the work, after a question where much would be spent on what changes pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topazdesk.ui.host.feature import Feature
from topazdesk.ui.texts import size_text, tr

if TYPE_CHECKING:
    from topazdesk.ui.account.confirm_spending import Spending
    from topazdesk.ui.host.host import Host


class SpendingController(Feature):
    """Starts the work. Call `enhance` from the button that shows the price, and from nowhere else."""

    def __init__(self, host: Host) -> None:
        super().__init__(host.widget)
        self._host = host
        self._session = host.session
        self._pricing = host.session.pricing

    def close(self) -> None:
        """Do nothing; every feature has this method, and here there is nothing to end."""

    def enhance(self) -> None:
        """Start what the button says, or first ask for a confirmation that starts it."""
        from topazdesk.ui.account.confirm_spending import asks

        recipe, plan = self._pricing.recipe, self._pricing.plan
        if asks(recipe.recipe.service, recipe.model, len(plan.startable), plan.unknown):
            self._host.dialogs.run("confirm", self._confirm)
        else:
            self._session.enhance()

    async def _confirm(self) -> None:
        from topazdesk.ui.account.confirm_spending import ConfirmSpending

        spending = self._spending()
        if spending is None:
            return
        dialog = ConfirmSpending(self._host.widget, spending)

        def news() -> None:
            now = self._spending()
            if now is None:
                dialog.reject()
            elif now != dialog.spending:
                dialog.show_spending(now)

        self._pricing.plan_changed.connect(news)
        try:
            accepted = await dialog.answered()
        finally:
            self._pricing.plan_changed.disconnect(news)
        one = dialog.one_first
        dialog.deleteLater()
        if accepted:
            self._session.enhance(most=1 if one else None)

    def _spending(self) -> Spending | None:
        """Return what the button would spend now, or None when it cannot be pressed."""
        from topazdesk.ui.account.confirm_spending import Spending
        from topazdesk.ui.models.plan_texts import hint_text, rights_text
        from topazdesk.ui.texts import format_text

        pricing, plan = self._pricing, self._pricing.plan
        pictures = self._session.library.of(plan.startable)
        prices = [pricing.price_of(picture) for picture in pictures]
        credits = [price.credits for price in prices if price is not None]
        if not credits or plan.fault is not None:
            return None
        targets = {price.target for price in prices if price is not None and price.target is not None}
        one_size = size_text(next(iter(targets))) if len(targets) == 1 else tr("different sizes")
        output = pricing.recipe.recipe.output
        kind = format_text(output.format) if output.format is not None else tr("Same format as the original")
        place = output.folder or tr("next to the originals")
        return Spending(
            count=len(credits),
            credits=sum(credits),
            first=credits[0],
            each=credits[0] if len(set(credits)) == 1 else None,
            available=pricing.available,
            model=pricing.recipe.model,
            size=tr("{size} each").format(size=one_size) if len(targets) == 1 else one_size,
            saved=f"{kind}, {place}",
            thumbnails=tuple(p.thumbnail for p in pictures[:6]),
            unknown=plan.unknown,
            limits=pricing.limits.limits(pricing.recipe.recipe.service),
            left_out=hint_text(plan, problem="", held=pricing.held)[0] if len(plan.startable) < len(plan.ids) else "",
            rights=rights_text(plan),
        )
