"""Suggests a model for the picture in the viewer, with a reason. The suggestion is never applied by itself."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from topazdesk.domain.appraisal import Appraisal, Suggestion, suggest
from topazdesk.domain.image import ImageInfo
from topazdesk.errors import InputError
from topazdesk.ui.host.feature import Feature
from topazdesk.ui.runtime.bind import bind
from topazdesk.ui.runtime.debounce import Debounce

if TYPE_CHECKING:
    from topazdesk.ui.host.host import Host
    from topazdesk.ui.recipe.panel import RecipePanel

#: Delay before a picture is analysed, so that pictures passed with the arrow keys are skipped.
_AFTER_MS = 250
_KEPT = 500

_log = logging.getLogger(__name__)


class Suggestions(Feature):
    """Analyses the picture in the viewer, once per file, and shows which model fits.

    `changed` is emitted after every analysis.
    """

    changed = Signal()

    def __init__(self, host: Host, panel: RecipePanel) -> None:
        super().__init__(host.widget)
        self._host = host
        self._library = host.session.library
        self._spawn = host.session.spawn
        self._recipe = host.session.pricing.recipe
        self._known: OrderedDict[tuple[str, int, int, int], Appraisal | None] = OrderedDict()
        self._timer = Debounce(_AFTER_MS, self._look, self)
        self._line = panel.suggestion
        self._line.take.clicked.connect(self.take)
        self._recipe.changed.connect(self._show)
        bind(self._picture_changed, self._library.current_changed)

    def close(self) -> None:
        """Start no further analysis."""
        self._timer.stop()

    @property
    def suggestion(self) -> Suggestion | None:
        """The suggestion for the picture in the viewer; None before its analysis and if no model fits clearly."""
        info = self._info
        found = self._known.get(_key(info)) if info is not None else None
        if found is None:
            return None
        return suggest(found, self._recipe.catalogue.of(self._recipe.recipe.service))

    def take(self) -> None:
        """Use the suggested model, if there is one."""
        found = self.suggestion
        if found is not None:
            self._recipe.set_model(found.model)

    @property
    def _info(self) -> ImageInfo | None:
        picture = self._library.picture
        return picture.info if picture is not None else None

    def _picture_changed(self) -> None:
        info = self._info
        if info is not None and _key(info) not in self._known:
            self._timer.start()
        else:
            self._timer.stop()
        self._show()

    def _look(self) -> None:
        if self._info is not None and self._host.widget.isVisible():  # not while the window is being closed
            self._spawn("appraisal", self._appraise(self._info))

    async def _appraise(self, info: ImageInfo) -> None:
        from topazdesk.media.appraisal import appraise

        found: Appraisal | None
        try:
            found = await asyncio.to_thread(appraise, info.path, info.page)
        except InputError as error:
            _log.info("not looked at: %s", error.title)  # the viewer says what is wrong with it
            found = None
        self._known[_key(info)] = found
        if len(self._known) > _KEPT:
            self._known.popitem(last=False)
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        """Show the suggestion, unless its model is in use already."""
        found = self.suggestion
        if found is not None and self._recipe.model.slug == found.model.slug:
            found = None
        self._line.show_suggestion(found)


def _key(info: ImageInfo) -> tuple[str, int, int, int]:
    return str(info.path), info.page, info.bytes_on_disk, info.mtime_ns
