"""The models of the service as a short menu."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from topazdesk.domain.geometry import Size
from topazdesk.ui.controls import Menu
from topazdesk.ui.models.recipe import RecipeState
from topazdesk.ui.texts import money_text, plain_tip, tr
from topazdesk.ui.theme.icons import icon


def model_menu(parent: QWidget, state: RecipeState) -> QMenu:
    """One entry a model, with its tier and lowest price; choosing one changes the recipe."""
    menu = Menu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.setToolTipsVisible(True)
    group = QActionGroup(menu)
    for model in state.catalogue.of(state.recipe.service):
        price = money_text(model.price.credits_for(Size(1, 1)), model.price.unit)
        text = tr("{model} · {tier} · from {price}").format(model=model.name, tier=model.tier.value, price=price)
        entry = menu.addAction(icon(model.tier.value), text.replace("&", "&&"))
        entry.setToolTip(plain_tip(model.purpose))
        entry.setCheckable(True)
        entry.setChecked(model is state.model)
        group.addAction(entry)
        entry.triggered.connect(lambda _checked=False, wanted=model: state.set_model(wanted))
    return menu
