"""The price ruler: words, one click to the cheaper size, keys, and what a screen reader hears."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.support.catalogue import catalogue_texts, packaged_model
from topazdesk.domain.catalogue import Model
from topazdesk.domain.catalogue_file import parse_catalogue
from topazdesk.domain.geometry import OutputSize, Size, SizeMode
from topazdesk.ui.recipe.price_ruler import PriceSteps
from topazdesk.ui.texts import megapixels_text
from topazdesk.ui.theme import Theme

SOURCE = Size(3000, 2000)


@pytest.fixture
def price_steps(qtbot: QtBot, themed: Theme) -> PriceSteps:
    widget = PriceSteps()
    qtbot.addWidget(widget)
    widget.resize(320, 60)
    widget.show()
    return widget


def _runflow() -> Model:
    models, _ = parse_catalogue(catalogue_texts("runflow"))
    return next(model for model in models if model.takes_size)


def test_just_over_a_step_one_click_takes_the_cheaper_size(qtbot: QtBot, price_steps: PriceSteps) -> None:
    model = packaged_model("Standard 2")
    price_steps.show_size(model, SOURCE, SOURCE.scaled(2.01))
    assert price_steps.line.text() == "24.2 MP costs 2, 24.0 MP (99\N{NARROW NO-BREAK SPACE}%) costs 1"
    with qtbot.waitSignal(price_steps.edited) as taken:
        price_steps.take.click()
    size = taken.args[0].resolve(SOURCE)
    assert size == Size(6000, 4000)
    price_steps.show_size(model, SOURCE, size)
    assert price_steps.line.text() == "Same price up to 24.0 MP"
    assert not price_steps.take.isVisible(), "there is nothing left to take"


def test_sizes_that_look_alike_are_told_apart(price_steps: PriceSteps) -> None:
    price_steps.show_size(packaged_model("Standard 2"), SOURCE, Size(6001, 4001))
    assert price_steps.line.text().startswith("24.01 MP costs 2, 24.00 MP (99")


def test_the_rest_of_a_paid_step_is_offered(qtbot: QtBot, price_steps: PriceSteps) -> None:
    price_steps.show_size(packaged_model("Standard 2"), SOURCE, Size(7000, 4667))
    assert price_steps.line.text() == "Same price up to 48.0 MP"
    price_steps.set_many(True)
    assert price_steps.line.text() == "This picture: same price up to 48.0 MP", "the others may cost more at that size"
    with qtbot.waitSignal(price_steps.edited) as taken:
        price_steps.take.click()
    assert taken.args[0].resolve(SOURCE).pixels <= 48_000_000
    assert "8485 × 5657" in price_steps.take.accessibleDescription()


@pytest.mark.parametrize("target", [Size(12290, 5856), Size(10391, 6927), Size(10392, 6928)])
def test_a_hair_more_for_the_same_price_is_not_offered(price_steps: PriceSteps, target: Size) -> None:
    """What is offered must be more than what there is, also as it is written: not 71.9 MP at 71.97 MP."""
    price_steps.show_size(packaged_model("Standard 2"), SOURCE, target)
    assert price_steps.line.text() == "Same price up to 72.0 MP"
    assert not price_steps.take.isVisible()


@pytest.mark.parametrize("edge", range(8600, 10300, 37))
def test_what_is_offered_is_a_size_that_is_said_alike_everywhere(price_steps: PriceSteps, edge: int) -> None:
    model, present = packaged_model("Standard 2"), OutputSize(SizeMode.LONG_EDGE, float(edge)).resolve(SOURCE)
    price_steps.show_size(model, SOURCE, present)
    offers: list[OutputSize] = []
    price_steps.edited.connect(offers.append)
    price_steps.take.click()
    (offered,) = (offer.resolve(SOURCE) for offer in offers)
    said = megapixels_text(offered, exact=True)
    assert price_steps.take.label() == f"Use {said}"
    assert model.price.credits_for(offered) <= model.price.credits_for(present)
    is_larger = offered.pixels > present.pixels
    assert is_larger is (_megapixels(said) > _megapixels(megapixels_text(present, exact=True)))


def _megapixels(text: str) -> float:
    return float(text.removesuffix(" MP"))


def test_keys_and_clicks_take_steps(qtbot: QtBot, price_steps: PriceSteps) -> None:
    model = packaged_model("Recover 3")
    price_steps.show_size(model, Size(1500, 1000), Size(4700, 3133))  # 14.7 MP: the fourth step
    ruler = price_steps.ruler
    assert (ruler.value(), ruler.minimum(), ruler.maximum()) == (4, 1, 8)
    assert "4 credits up to" in ruler.accessibleDescription()
    sizes: list[OutputSize] = []
    price_steps.edited.connect(sizes.append)
    ruler.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Home, Qt.Key.Key_End):
        qtbot.keyClick(ruler, key)
    qtbot.mouseClick(ruler, Qt.MouseButton.LeftButton, pos=QPoint(180, 10))
    paid = [model.price.credits_for(size.resolve(Size(1500, 1000))) for size in sizes]
    assert paid == [5, 3, 1, 8, 5]


def test_far_up_the_ruler_moves_along(price_steps: PriceSteps) -> None:
    price_steps.show_size(packaged_model("Recover 3"), Size(1500, 1000), Size(9000, 6000))  # 54 MP: the 14th step
    assert [step.number for step in price_steps.ruler.steps] == list(range(9, 17))


def test_in_dollars_the_size_without_a_price_is_said(price_steps: PriceSteps) -> None:
    price_steps.show_size(_runflow(), SOURCE, SOURCE.scaled(2.005))
    assert price_steps.line.text().startswith("No price is published for 24.1 MP, 23.99 MP (99")
    assert price_steps.line.text().endswith("costs $0.08")


def test_nothing_is_shown_where_nothing_can_be_said(price_steps: PriceSteps) -> None:
    price_steps.show_size(packaged_model("Standard 2"), None, None)
    assert not price_steps.isVisible()


def test_the_height_stays_whatever_is_said(qtbot: QtBot, price_steps: PriceSteps) -> None:
    model = packaged_model("Standard 2")
    heights = set()
    for factor in (1.5, 2.0, 2.01, 2.7):
        price_steps.show_size(model, SOURCE, SOURCE.scaled(factor))
        heights.add(QWidget.sizeHint(price_steps).height())
    assert len(heights) == 1
