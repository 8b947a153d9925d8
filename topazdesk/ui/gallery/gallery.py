"""The gallery: every model of the service, with its purpose, tier, limits and the price for the current pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from topazdesk.domain.catalogue import Model, ModelStatus
from topazdesk.domain.geometry import Size
from topazdesk.domain.recipe import Recipe
from topazdesk.domain.trial import MOST_CANDIDATES
from topazdesk.language import comma
from topazdesk.ui.controls import Button, Choice, IconButton, KeyCap, LineField, Sheet, Surface, Text
from topazdesk.ui.controls.help_place import set_help
from topazdesk.ui.gallery.filter import (
    ALL,
    BY_NAME,
    BY_PRICE,
    SUGGESTED,
    GalleryFilter,
    arrange,
    counts,
    matches,
    tasks_of,
    tiers_of,
)
from topazdesk.ui.gallery.grid import GalleryGrid
from topazdesk.ui.gallery.model_tile import ModelTile
from topazdesk.ui.gallery.previews import PreviewOffer, Previews
from topazdesk.ui.gallery.side import GallerySide
from topazdesk.ui.models.quotes import Quote, QuoteGroup, TriedOn, basis_text, quotes_for
from topazdesk.ui.texts import ntr, number, size_text, tr
from topazdesk.ui.theme import px
from topazdesk.ui.theme.icons import icon

#: Up to so many picture sizes are priced while the sheet opens; more are priced in a worker thread.
_AT_ONCE = 40

#: The design width from which the keys are named in the footer.
_KEYS_FROM = 1080

#: The picture size that is assumed while there are none, so that sorting by price makes sense.
_MIDDLING = Size(6000, 4000)


class Gallery(Sheet):
    """The sheet for choosing a model. Await `answered()`; if accepted, `chosen` is the model to use.

    With `previews`, up to four cards can be marked. If these are to be tried, it is accepted with `previewed`: the
    models, and what the pressed button said.

    `favourites_changed` carries the new slugs; `older_wanted` is emitted when superseded models should be shown,
    `example_removed` with the slug of a card whose before/after picture should go.
    """

    help_page = "models#choice"

    favourites_changed = Signal(tuple)
    older_wanted = Signal()
    example_removed = Signal(str)

    def __init__(
        self,
        parent: QWidget,
        models: Sequence[Model],
        recipe: Recipe,
        groups: Sequence[QuoteGroup],
        *,
        favourites: tuple[str, ...] = (),
        recent: tuple[str, ...] = (),
        good: tuple[str, str] = ("", ""),
        tried_on: TriedOn | None = None,
        previews: Previews | None = None,
    ) -> None:
        super().__init__(parent, tr("Add a model to try") if tried_on is not None else tr("Choose a model"))
        self._tried_on = tried_on
        self._previews = previews if previews is not None and previews.offer(()) is not None else None
        self._offer: PreviewOffer | None = None
        self.previewed: tuple[tuple[Model, ...], PreviewOffer] | None = None
        self.set_free_size(1200, 844)
        self._models = list(models)
        self._favourites = favourites
        self._recent = recent
        self._good = good
        self._hay: dict[str, str] = {}
        self.search = LineField()
        self.sort = Choice(
            [
                (SUGGESTED, tr("Best for this picture") if good[0] else tr("Suggested")),
                (BY_NAME, tr("Name")),
                (BY_PRICE, tr("Price")),
            ],
            name=tr("Sort"),
        )
        outdated = any(model.standing is ModelStatus.DEPRECATED for model in models)
        older = any(model.standing is ModelStatus.LEGACY for model in models)
        self.side = GallerySide(tasks_of(models), tiers_of(models), has_outdated=outdated, has_older=older)
        self._in_use = recipe.model
        self.grid = GalleryGrid()
        self.count = Text("", "small", "text2", tabular=True)
        self.use = Button(tr("Use"), "primary")
        self.preview = Button("", icon="patch")
        self.unmark = Button(tr("Unmark all"), "quiet", size="small")
        self.marks_line = Text("", "small", "text2", wrap=True, tabular=True)
        self._lay_out(recipe, groups)
        self.is_waiting = len(groups) > _AT_ONCE
        quotes = {} if self.is_waiting else quotes_for(models, recipe, groups)
        self._marked: list[Model] = []  # in the order in which they were marked
        self.tiles = {model.slug: self._tile(model, recipe, quotes.get(model.slug)) for model in self._models}
        self._connect()
        self._show(self.tiles.get(recipe.model))

    @property
    def chosen(self) -> Model | None:
        """The model of the chosen card, or None."""
        return self.grid.chosen.model if self.grid.chosen is not None else None

    def set_quotes(self, quotes: Mapping[str, Quote]) -> None:
        """Show the prices, if they took longer than opening the sheet (`is_waiting`)."""
        self.is_waiting = False
        for slug, found in quotes.items():
            self.tiles[slug].set_quote(found)
        self._show(self.grid.chosen)

    def set_speeds(self, seconds: Mapping[str, float]) -> None:
        """Show how long a picture takes according to the service, by slug; models without an answer show nothing."""
        for slug, taken in seconds.items():
            self.tiles[slug].set_seconds(taken)

    def show_examples(self, jpegs: Mapping[str, bytes]) -> None:
        """Show on the cards, by slug, what the models made of the user's own pictures: before above after."""
        for slug, jpeg in jpegs.items():
            image = QImage.fromData(jpeg)
            if slug in self.tiles and not image.isNull():
                self.tiles[slug].set_example(image)
                self.tiles[slug].example_removed.connect(partial(self._example_removed, slug))
        self.grid.arrange()

    def _example_removed(self, slug: str) -> None:
        self.example_removed.emit(slug)
        self.grid.arrange()

    def show_offers(self, offers: Mapping[str, tuple[str, bool]]) -> None:
        """Show what is known about unverified models: words for the card, and whether the model can be used."""
        for slug, (words, is_offered) in offers.items():
            self.tiles[slug].set_offer(words, is_offered=is_offered)
        self.grid.arrange()
        self._moved()

    def _tile(self, model: Model, recipe: Recipe, found: Quote | None) -> ModelTile:
        tile = ModelTile(
            model,
            found,
            in_use=model.slug == recipe.model,
            favourite=model.slug in self._favourites,
            parent=self.grid.board,
        )
        set_help(tile, f"{model.service.value}/{model.slug}")
        tile.hide()  # children are shown with their parent unless hidden; the grid shows the right ones
        if model.slug == self._good[0]:
            tile.set_good(self._good[1])
        tile.clicked.connect(lambda: self.grid.choose(tile))
        tile.used.connect(self._take)
        tile.starred.connect(lambda: self._toggle_favourite(tile))
        if self._previews is not None:
            tile.set_markable(shown=False)
            tile.marked.connect(lambda: self._mark(tile))
        return tile

    def _lay_out(self, recipe: Recipe, groups: Sequence[QuoteGroup]) -> None:
        self.head.setContentsMargins(px(20), px(12), px(16), px(12))
        self.head.setSpacing(px(8))
        self.head.setStretchFactor(self.heading, 0)
        self.heading.setWordWrap(False)
        self.search.set_hints(tr("Search: “old scan”, “faces”, “print”…"), tr("Search"))
        self.search.setAccessibleName(tr("Search for a model"))
        self.search.setClearButtonEnabled(True)
        self.search.addAction(icon("search", "text2"), QLineEdit.ActionPosition.LeadingPosition)
        self.search.setMinimumWidth(px(220))
        self.search.setMaximumWidth(px(360))
        self.head.addSpacing(px(16))
        self.head.addWidget(self.search, 3)
        self.head.addStretch(1)
        self.head.addWidget(Text(tr("Sort"), "base", "text2"))
        self.sort.setFixedWidth(px(200 if self._good[0] else 140))
        self.head.addWidget(self.sort)
        close = IconButton("close", tr("Close"))
        close.clicked.connect(self.reject)
        self.head.addWidget(close)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(0)
        self.body.addWidget(_rule())
        columns = QHBoxLayout()
        columns.setSpacing(0)
        columns.addWidget(self.side)
        right = QVBoxLayout()
        right.setSpacing(px(4))
        right.addLayout(self._basis(recipe, groups))
        self.pages = QStackedWidget()
        self.pages.addWidget(self.grid)
        self.pages.addWidget(self._nothing())
        right.addWidget(self.pages, 1)
        self._marks = QWidget()
        marks = QHBoxLayout(self._marks)
        marks.setContentsMargins(px(18), px(2), px(18), px(6))
        marks.addWidget(self.marks_line, 1)
        marks.addWidget(self.unmark, 0, Qt.AlignmentFlag.AlignTop)
        self._marks.hide()
        right.addWidget(self._marks)
        columns.addLayout(right, 1)
        self.body.addLayout(columns, 1)
        self._keys = QWidget()
        caps = QHBoxLayout(self._keys)
        caps.setContentsMargins(0, 0, 0, 0)
        caps.setSpacing(px(8))
        used = [(("↑", "↓"), tr("move")), ((tr("Return"),), tr("use")), (("F",), tr("favourite"))]
        if self._previews is not None:
            used.append((("P",), tr("preview")))
        self._card_keys: list[QWidget] = []
        for keys, words in used:
            said = [*map(KeyCap, keys), Text(words, "small", "text2")]
            for widget in said:
                caps.addWidget(widget)
            caps.addSpacing(px(6))
            if len(keys[0]) == 1 and keys[0].isalpha():
                self._card_keys += said
        self.footer.addWidget(self._keys)
        self.footer.addStretch(1)
        cancel = Button(tr("Cancel"))
        cancel.clicked.connect(self.reject)
        self.footer.addWidget(cancel)
        self.footer.addWidget(self.preview)
        self.footer.addWidget(self.use)
        self.preview.setVisible(self._previews is not None)

    def _basis(self, recipe: Recipe, groups: Sequence[QuoteGroup]) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setContentsMargins(px(18), px(10), px(18), px(6))
        line.setSpacing(px(4))
        strong, rest = basis_text(recipe.output.size, groups)
        if self._tried_on is not None:  # by the size of what is tried, as everywhere in the trials
            strong, rest = self._tried_on.words, f"({size_text(self._tried_on.info.size)})"
        if strong:
            line.addWidget(Text(tr("Prices are for"), "small", "text2"))
            line.addWidget(Text(strong, "small", weight=600, tabular=True))
            line.addWidget(Text(rest, "small", "text2", tabular=True))
        else:
            words = tr("No picture is waiting: prices are for the smallest result.")
            line.addWidget(Text(words, "small", "text2"))
        line.addStretch(1)
        line.addWidget(self.count)
        return line

    def _nothing(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.addStretch(1)
        middle = Qt.AlignmentFlag.AlignHCenter
        column.addWidget(Text(tr("No matching models"), "title"), 0, middle)
        self._nothing_hint = Text("", "base", "text2")
        column.addWidget(self._nothing_hint, 0, middle)
        column.addSpacing(px(8))
        self.show_all = Button(tr("Show all models"))
        self.show_all.clicked.connect(self._clear)
        column.addWidget(self.show_all, 0, middle)
        column.addStretch(2)
        return page

    def _connect(self) -> None:
        self.search.textChanged.connect(self._search)
        self.search.installEventFilter(self)
        self.sort.chosen.connect(lambda: self._show(self.grid.chosen))
        self.side.changed.connect(lambda: self._show(self.grid.chosen))
        if self.side.older is not None:
            self.side.older.toggled.connect(lambda on: self.older_wanted.emit() if on else None)
        self.grid.moved.connect(self._moved)
        self.grid.left_upwards.connect(lambda: self.search.setFocus(Qt.FocusReason.TabFocusReason))
        self.use.clicked.connect(self.accept)
        if self._previews is not None:
            self.preview.clicked.connect(self._accept_preview)
            self.preview.installEventFilter(self)
            self.unmark.clicked.connect(self._unmark)
            self._previews.changed.connect(self._show_offer)
            self._show_offer()
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """In the search field, let Down move to the cards and Return take the chosen one; let Return spend nothing."""
        if watched is self.preview and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)  # Space presses
        if watched is self.search and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Down:
                return self.grid.enter()
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._take()
                return True
        if watched is self.search and event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            for widget in self._card_keys:  # in the search field they are letters
                widget.setVisible(event.type() == QEvent.Type.FocusOut)
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the keys out where the buttons need the room."""
        super().resizeEvent(event)
        self._keys.setVisible(self.width() >= px(_KEYS_FROM))

    # previews

    def _mark(self, tile: ModelTile) -> None:
        """Take in that a card was marked, or is not any more."""
        if tile.is_marked:
            self._marked.append(tile.model)
        else:
            self._marked.remove(tile.model)
        self._show_offer()

    def _unmark(self) -> None:
        for model in tuple(self._marked):
            self.tiles[model.slug].mark.setChecked(False)
        self.grid.enter()

    def _show_offer(self) -> None:
        """Say what previewing the marked models does and costs."""
        offer = self._previews.offer(self._marked) if self._previews is not None else None
        self._offer = offer
        full = len(self._marked) >= MOST_CANDIDATES
        reason = tr("{n} models at most: unmark one first").format(n=number(MOST_CANDIDATES))
        for tile in self.tiles.values():
            tile.set_markable(shown=bool(self._marked), reason=reason if full and not tile.is_marked else "")
        if offer is None:  # the picture has left the list
            self.preview.set_reason(tr("No picture is shown"))
            return
        self.preview.setText(offer.button)
        self.preview.set_reason(offer.reason)
        self.preview.set_cost(offer.cost)
        names = comma().join(model.name for model in self._marked)
        self.marks_line.setText(" · ".join(part for part in (names, offer.line) if part))
        self.marks_line.set_colour(offer.role)
        self._marks.setVisible(bool(self._marked))
        self.preview.set_variant("primary" if self._marked else "secondary")
        self.use.set_variant("secondary" if self._marked else "primary")

    def _accept_preview(self) -> None:
        if self._marked and self._offer is not None and not self._offer.reason:
            self.previewed = tuple(self._marked), self._offer
            self.accept()

    def wish(self) -> GalleryFilter:
        """Return what the user is currently looking for."""
        return GalleryFilter(
            section=self.side.section,
            words=self.search.text(),
            tiers=self.side.chosen_tiers(),
            outdated=self.side.outdated is None or self.side.outdated.isChecked(),
            older=self.side.older is not None and self.side.older.isChecked(),
            in_use=self._in_use,
            order=str(self.sort.value() or SUGGESTED),
            favourites=self._favourites,
            recent=self._recent,
            good=self._good[0],
            hay=self._hay,
        )

    def _search(self, words: str) -> None:
        """Choose the best hit, or the model in use if nothing is searched for."""
        self._show(None if words.strip() else self.tiles.get(self._in_use))

    def _show(self, chosen: ModelTile | None) -> None:
        wish = self.wish()
        found = arrange(self._models, wish, self._price)
        self.side.set_counts(counts(self._models, wish, self.side.rows))
        self.grid.show_tiles([self.tiles[model.slug] for model in found], chosen)
        count = len(found)
        self.count.setText(ntr("1 model", "{n} models", count).format(n=number(count)))
        self.pages.setCurrentIndex(0 if found else 1)
        if not found:
            self._nothing_hint.setText(self._advice(wish))
        self._moved()

    def _advice(self, wish: GalleryFilter) -> str:
        if not wish.tiers:
            return tr("Tick at least one box under “How far it may go”.")
        if any(matches(model, replace(wish, older=True)) for model in self._models):
            return tr("A legacy model fits. Switch on “Legacy models” at the left.")
        if wish.words:
            return tr("Try another word, or show all models.")
        if wish.section != ALL and not wish.favourites and wish.section == "favourites":
            return tr("Star a model to find it here.")
        return tr("Nothing here yet.")

    def _clear(self) -> None:
        self.search.clear()
        for tick in self.side.tiers.values():
            tick.setChecked(True)
        self.side.rows[ALL].setChecked(True)
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)

    def _price(self, model: Model) -> float:
        found = self.tiles[model.slug].quote
        if found is None or found.is_unknown or not model.price.is_known or (found.total and not found.fitting):
            return float("inf")
        return found.credits if found.total else model.price.credits_for(_MIDDLING)

    def _moved(self) -> None:
        model = self.chosen
        verb, alone = (tr("Use {model}"), tr("Use")) if self._tried_on is None else (tr("Add {model}"), tr("Add"))
        self.use.setText(verb.format(model=model.name) if model is not None else alone)
        refused = "" if self.grid.chosen is None or self.grid.chosen.is_offered else self.grid.chosen.offer
        self.use.set_reason(refused if model is not None else tr("No model is shown"))

    def _take(self) -> None:
        """Accept the chosen card; one with an unverified model only once the service has accepted it."""
        if self.grid.chosen is not None and self.grid.chosen.is_offered:
            self.accept()

    def _toggle_favourite(self, tile: ModelTile) -> None:
        slug = tile.model.slug
        if slug in self._favourites:
            self._favourites = tuple(each for each in self._favourites if each != slug)
        else:
            self._favourites = (*self._favourites, slug)
        tile.set_favourite(slug in self._favourites)
        self.favourites_changed.emit(self._favourites)
        keyboard = tile.hasFocus()
        self._show(self.grid.chosen)
        if keyboard:
            self.grid.enter() or self.search.setFocus(Qt.FocusReason.OtherFocusReason)


def _rule() -> Surface:
    rule = Surface("line")
    rule.setFixedHeight(1)
    return rule
