"""The gallery: what is found, what it costs, and that it can be used without a pointer."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from tests.support.catalogue import packaged_catalogue, packaged_model
from tests.support.gallery import group, recipe_for
from topazdesk.domain.catalogue import Model, ModelLimits, ModelStatus, Tier
from topazdesk.domain.geometry import OutputSize
from topazdesk.domain.services import ServiceName
from topazdesk.ui.controls import Sheet, Surface, Text
from topazdesk.ui.gallery.filter import (
    ALL,
    BY_NAME,
    BY_PRICE,
    FAVOURITES,
    RECENT,
    GalleryFilter,
    arrange,
    matches,
    tasks_of,
)
from topazdesk.ui.gallery.gallery import Gallery
from topazdesk.ui.gallery.model_tile import fitting_limits, remarks
from topazdesk.ui.models.quotes import TriedOn, basis_text, limits_text, price_text, quote, quotes_for, too_large_text
from topazdesk.ui.theme import font

pytestmark = pytest.mark.usefixtures("themed")


@pytest.fixture
def window(qtbot: QtBot) -> Surface:
    made = Surface("window")
    qtbot.addWidget(made)
    made.resize(1440, 900)
    made.show()
    return made


def _models() -> list[Model]:
    return packaged_catalogue().of(ServiceName.TOPAZ)


def _gallery(window: Surface, qtbot: QtBot, model: str = "Recover 3", **more: tuple[str, ...]) -> Gallery:
    made = Gallery(window, _models(), recipe_for(packaged_model(model)), (group(1500, 1000, 3),), **more)
    made.open()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    return made


# finding


@pytest.mark.parametrize("words", ["recover 3", "Natural Enhance", "generative RECOVER 3", "compressed photos small"])
def test_a_model_is_found_by_name_purpose_tier_and_api_name(words: str) -> None:
    assert matches(packaged_model("Recover 3"), GalleryFilter(words=words))
    assert not matches(packaged_model("Standard 2"), GalleryFilter(words=words))


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("face", "Detail Faces"),
        ("blurry", "Sharpen Standard"),
        ("blur", "Lens Blur 2"),
        ("old scan", "Dust & Scratch 2"),
        ("old photo", "Dust & Scratch 2"),
        ("deblur", "Sharpen Standard"),
        ("anime", "Art & CGI"),
        ("jpeg artifacts", "Low Resolution 2"),
    ],
)
def test_the_first_hit_is_made_for_what_is_typed(words: str, first: str) -> None:
    """ "face" found every model that warns of faces, with the enlargers first, and "blurry" found none."""
    found = arrange(_models(), GalleryFilter(words=words), lambda _: 0.0)
    assert found[0].name == first
    assert len(found) < len(_models()) / 2


def test_tiers_sections_and_standing_narrow_the_choice() -> None:
    model = packaged_model("Recover 3")
    assert not matches(model, GalleryFilter(tiers=frozenset({Tier.PRECISE})))
    assert matches(model, GalleryFilter(section="enlarge"))
    assert not matches(model, GalleryFilter(section="cutout"))
    assert matches(model, GalleryFilter(section=FAVOURITES, favourites=("recover-3",)))
    assert not matches(model, GalleryFilter(section=RECENT, recent=("standard-2",)))
    old = replace(model, standing=ModelStatus.DEPRECATED)
    assert matches(old, GalleryFilter())
    assert not matches(old, GalleryFilter(outdated=False))


def test_only_tasks_with_models_are_offered() -> None:
    assert tasks_of([packaged_model("Lens Blur 2")]) == ["sharpen"]


def test_suggestions_begin_with_what_is_made_for_the_task_and_end_with_what_is_outdated() -> None:
    models = _models()
    old = replace(models[0], name="Ancient", standing=ModelStatus.DEPRECATED)
    found = arrange([old, *models], GalleryFilter(section="enlarge"), lambda _m: 1)
    assert found[0].tier is Tier.PRECISE
    assert found[-1] is old
    by_name = arrange(models, GalleryFilter(order=BY_NAME), lambda _m: 1)
    assert [m.name for m in by_name] == sorted((m.name for m in models), key=str.casefold)
    by_price = arrange(models, GalleryFilter(order=BY_PRICE), lambda m: m.name == "Recover 3")
    assert by_price[-1].name == "Recover 3"
    recent = arrange(models, GalleryFilter(section=RECENT, recent=("recover-3", "standard-2")), lambda _m: 1)
    assert [m.slug for m in recent] == ["recover-3", "standard-2"]


# prices


def test_the_price_is_for_the_pictures_at_hand_at_the_present_size() -> None:
    model = packaged_model("Recover 3")
    found = quote(model, recipe_for(model), (group(1500, 1000, 3),))
    assert price_text(model, found) == "18 credits"
    assert too_large_text(found) == ""
    assert price_text(model, quote(model, recipe_for(model), ())) == "from 1 credit"


def test_pictures_over_a_limit_are_told_and_not_priced() -> None:
    model = packaged_model("Recover 3")
    found = quote(model, recipe_for(model), (group(1500, 1000, 1), group(7000, 5000, 2)))
    assert price_text(model, found) == "6 credits"
    assert too_large_text(found) == "Too large for 2 of 3 pictures"
    none = quote(model, recipe_for(model), (group(7000, 5000, 1),))
    assert price_text(model, none) == ""
    assert too_large_text(none) == "Too large for this picture"


def test_a_model_that_keeps_the_size_is_priced_at_the_size_of_the_pictures() -> None:
    model = packaged_model("Lens Blur 2")
    assert quote(model, recipe_for(packaged_model("Recover 3")), (group(6000, 4000, 2),)).credits == 2


def test_a_price_from_no_table_is_called_about() -> None:
    model = packaged_model("Standard 2")
    guess = replace(model, price=replace(model.price, is_published=False))
    assert price_text(guess, quote(guess, recipe_for(guess), (group(1500, 1000, 1),))) == "about 1 credit"


def test_limits_and_basis_are_words() -> None:
    assert limits_text(packaged_model("Recover 3")) == "24 MP in, 384 MP out"
    assert limits_text(replace(packaged_model("Recover 3"), limits=ModelLimits(None, None))) == "limits not published"
    assert basis_text(OutputSize.scale(4), (group(1500, 1000, 3),)) == (
        "3 pictures at 4×",
        "(6000 × 4000 · 24 MP each)",
    )
    assert basis_text(OutputSize.scale(4), (group(1500, 1000), group(900, 600))) == ("2 pictures at 4×", "")
    assert basis_text(OutputSize.keep(), ()) == ("", "")


# the sheet


def test_the_model_in_use_is_chosen_and_arrows_move(window: Surface, qtbot: QtBot) -> None:
    gallery = _gallery(window, qtbot)
    assert gallery.focusWidget() is gallery.search
    assert gallery.chosen is not None
    assert gallery.chosen.name == "Recover 3"
    assert gallery.use.label() == "Use Recover 3"
    gallery.side.rows["enlarge"].click()
    gallery.grid.choose(gallery.grid.tiles[0])
    QTest.keyClick(gallery.search, Qt.Key.Key_Down)
    tiles = gallery.grid.tiles
    assert gallery.grid.columns == 3
    QTest.keyClick(tiles[0], Qt.Key.Key_Right)
    assert gallery.focusWidget() is tiles[1]
    QTest.keyClick(tiles[1], Qt.Key.Key_Down)
    assert gallery.focusWidget() is tiles[4]
    assert gallery.use.label() == f"Use {tiles[4].model.name}"
    QTest.keyClick(tiles[4], Qt.Key.Key_End)
    assert gallery.focusWidget() is tiles[-1]
    QTest.keyClick(tiles[-1], Qt.Key.Key_Home)
    QTest.keyClick(tiles[0], Qt.Key.Key_Up)
    assert gallery.focusWidget() is gallery.search
    gallery.close()


def test_for_a_trial_the_prices_are_those_of_the_patch(window: Surface, qtbot: QtBot) -> None:
    """Every picture of the list was priced, although one patch is tried."""
    patch = group(768, 768)
    recipe = recipe_for(packaged_model("Recover 3"))
    gallery = Gallery(window, _models(), recipe, (patch,), tried_on=TriedOn(patch.info, recipe, is_patch=True))
    gallery.open()
    words = [label.text() for label in gallery.findChildren(Text)]
    assert words[words.index("a trial on the area") + 1] == "(768 × 768 · 0.6 MP)", "as the frame says, not the result"
    assert gallery.use.text() == "Add Recover 3"
    tile = gallery.tiles["recover-3"]
    assert price_text(tile.model, tile.quote) == f"{-(-768 * 768 * 16 // 4_000_000)} credits"
    gallery.close()


def test_return_uses_and_escape_does_not(window: Surface, qtbot: QtBot) -> None:
    gallery = _gallery(window, qtbot)
    with qtbot.waitSignal(gallery.rejected):
        QTest.keyClick(gallery.search, Qt.Key.Key_Escape)
    gallery = _gallery(window, qtbot)
    gallery.search.setText("lens blur")
    with qtbot.waitSignal(gallery.finished) as done:
        QTest.keyClick(gallery.search, Qt.Key.Key_Return)
    assert done.args == [Sheet.DialogCode.Accepted]
    assert gallery.chosen is not None
    assert gallery.chosen.name.startswith("Lens Blur")


def test_nothing_found_offers_a_way_back_and_cannot_be_used(window: Surface, qtbot: QtBot) -> None:
    gallery = _gallery(window, qtbot)
    gallery.search.setText("no such thing")
    assert gallery.pages.currentIndex() == 1
    assert not gallery.use.isEnabled()
    QTest.keyClick(gallery.search, Qt.Key.Key_Return)
    assert gallery.isVisible()
    gallery.show_all.click()
    assert gallery.side.section == ALL
    assert len(gallery.grid.tiles) == len(_models())
    gallery.close()


def test_counts_follow_search_and_tiers(window: Surface, qtbot: QtBot) -> None:
    gallery = _gallery(window, qtbot, recent=("standard-2", "gone-long-ago"))
    rows = gallery.side.rows
    assert rows[ALL].count() == len(_models())
    assert rows[RECENT].count() == 1
    gallery.side.tiers[Tier.PRECISE].setChecked(False)
    assert rows[RECENT].count() == 0
    assert all(tile.model.tier is not Tier.PRECISE for tile in gallery.grid.tiles)
    gallery.close()


def test_favourites_by_key_and_by_star(window: Surface, qtbot: QtBot) -> None:
    gallery = _gallery(window, qtbot)
    gallery.grid.enter()
    with qtbot.waitSignal(gallery.favourites_changed) as told:
        QTest.keyClick(gallery.tiles["recover-3"], Qt.Key.Key_F)
    assert told.args == [("recover-3",)]
    with qtbot.waitSignal(gallery.favourites_changed) as told:
        gallery.tiles["standard-2"].star.click()
    assert told.args == [("recover-3", "standard-2")]
    gallery.side.rows[FAVOURITES].click()
    assert [tile.model.slug for tile in gallery.grid.tiles] == ["recover-3", "standard-2"]
    gallery.tiles["recover-3"].star.click()
    assert [tile.model.slug for tile in gallery.grid.tiles] == ["standard-2"]
    gallery.close()


def test_cards_speak_and_no_word_is_cut(window: Surface, qtbot: QtBot) -> None:
    gallery = _gallery(window, qtbot)
    tile = gallery.tiles["recover-3"]
    assert tile.accessibleName().startswith("Recover 3, Generative, Current")
    assert "18 credits" in tile.accessibleDescription()
    for each in gallery.grid.tiles:
        assert each.height() >= each.heightForWidth(each.width()), each.model.name
    gallery.close()


@pytest.mark.qt_log_ignore("does not support raise", extend=True)  # the offscreen platform says it of a tool tip
def test_research_notes_are_behind_the_i_and_under_one_badge(window: Surface, qtbot: QtBot) -> None:
    """Cards said where a fact came from and what one job did in September, in place of what the model is for."""
    gallery = _gallery(window, qtbot)
    unsure = [tile for tile in gallery.tiles.values() if tile.model.standing_note]
    assert len(unsure) > 5
    for tile in unsure:
        note = tile.model.standing_note
        assert note not in remarks(tile.model)
        assert tile.about.toolTip().endswith(note.replace("&", "&amp;")) or note in tile.about.toolTip()
        assert note.rstrip(".") in tile.accessibleDescription()
        if tile.model.standing is ModelStatus.CURRENT:
            assert "Unconfirmed" in tile.accessibleName()
    (first,) = (tile for tile in unsure if tile.model.name == "Wonder 3")
    gallery.grid.choose(first)
    qtbot.waitUntil(first.isVisible)
    QTest.keyClick(first, Qt.Key.Key_I)
    qtbot.waitUntil(lambda: first.model.standing_note in QToolTip.text())
    QToolTip.hideText()
    plain = gallery.tiles["recover-3"]
    assert plain.about.isHidden()
    gallery.close()


def test_prices_of_many_sizes_come_later_and_nothing_is_shown_before(window: Surface, qtbot: QtBot) -> None:
    models, recipe = _models(), recipe_for(packaged_model("Recover 3"))
    groups = [group(1000 + n, 800) for n in range(60)]
    gallery = Gallery(window, models, recipe, groups)
    gallery.open()
    tile = gallery.tiles["recover-3"]
    assert gallery.is_waiting
    assert price_text(tile.model, tile.quote) == "…"
    gallery.set_quotes(quotes_for(models, recipe, groups))
    assert not gallery.is_waiting
    assert (
        price_text(tile.model, tile.quote)
        == f"{sum(-(-(1000 + n) * 800 * 16 // 4_000_000) for n in range(60))} credits"
    )
    assert "credits" in tile.accessibleDescription()
    gallery.close()


def test_keys_of_the_cards_are_named_only_where_they_are_no_letters_of_a_search(window: Surface, qtbot: QtBot) -> None:
    gallery = _gallery(window, qtbot)
    (favourite,) = (label for label in gallery.findChildren(Text) if label.text() == "favourite")
    gallery.search.setFocus()
    qtbot.waitUntil(gallery.search.hasFocus)
    assert not favourite.isVisible()
    QTest.keyClick(gallery.search, Qt.Key.Key_Down)
    assert favourite.isVisible()
    gallery.close()


def test_one_limit_goes_before_any_is_cut(qapp: QApplication) -> None:
    """Beside a long price both were shown as "entrée 512 Mpx, sort…"."""
    metrics, both = QFontMetrics(font("small")), "512 MP in, 1024 MP out"
    whole, half = metrics.horizontalAdvance(both), metrics.horizontalAdvance("1024 MP out")
    assert fitting_limits(both, metrics, whole) == both
    assert fitting_limits(both, metrics, whole - 1) == "1024 MP out"
    assert fitting_limits(both, metrics, half) == "1024 MP out"
    assert fitting_limits(both, metrics, half - 4).endswith("…")
