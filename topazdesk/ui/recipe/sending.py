"""Says before the run what leaves this computer: a line for all pictures that the button means, and a sheet for more.

It is worked out from headers that are known, in a thread, as there may be thousands of them; files are only read for
the sheet, by processes of their own. The words are those of `topazdesk plan`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from topazdesk.domain.catalogue import Model
from topazdesk.domain.image import ImageInfo
from topazdesk.domain.sending import SendingWords, all_bytes, sending, sending_words
from topazdesk.errors import UseError
from topazdesk.ui.controls.sheet import is_open
from topazdesk.ui.host.feature import Feature
from topazdesk.ui.models.plan import Plan
from topazdesk.ui.models.plan_texts import rights_text
from topazdesk.ui.runtime.bind import bind
from topazdesk.ui.runtime.debounce import Debounce
from topazdesk.ui.texts import translated

if TYPE_CHECKING:
    from topazdesk.ui.host.host import Host
    from topazdesk.ui.recipe.panel import RecipePanel
    from topazdesk.ui.recipe.sending_sheet import SendingSheet

_SOON_MS = 80
#: So many files are read for the sheet before it shows them.
_PART = 20

#: A picture's header and the model that it goes to; of all pictures that would be sent.
_Sent = tuple[ImageInfo, Model]


@dataclass(frozen=True, slots=True)
class _Known:
    """What was last worked out, and for what."""

    sent: tuple[_Sent, ...] = ()
    host: str = ""
    words: SendingWords | None = None


class SendingController(Feature):
    """Fills the line in the right column, and opens the sheet."""

    def __init__(self, host: Host, panel: RecipePanel) -> None:
        super().__init__(host.widget)
        self._host = host
        self._session = host.session
        self._pricing = host.session.pricing
        self._line = panel.sending
        self._known = _Known()
        self._is_working = False
        self._soon = Debounce(_SOON_MS, self._look, self)
        self._line.more_wanted.connect(lambda: host.dialogs.run("sending", self._show))
        bind(lambda: self._soon.soon(), self._pricing.plan_changed)

    def close(self) -> None:
        """Work out nothing more."""
        self._soon.stop()

    def _look(self) -> None:
        """Work out what is sent of the pictures that the button means, unless that is known."""
        sent, host, known = self._sent(), self._host_name(), self._known
        if not sent and host is not None and self._pricing.plan.reading:
            return  # what is read is about to be known; the line would go and come back, and move all above it
        if not sent or host is None:
            self._known = _Known()
            self._line.say("", leaves=False)
            return
        if known.words is not None and host == known.host and _is_same(sent, known.sent):
            self._say(known.words)
        elif self._is_working:
            self._soon.start()
        else:
            self._is_working = True
            self._session.spawn("what is sent", self._work_out(sent, host))

    async def _work_out(self, sent: tuple[_Sent, ...], host: str) -> None:
        try:
            words = await asyncio.to_thread(_words, sent, host)
        finally:
            self._is_working = False
        self._known = _Known(sent, host, words)
        self._soon.start()  # the plan may be another one by now

    @property
    def _plan(self) -> Plan:
        """What would be sent: where the main button means nothing, what the other one means."""
        return self._pricing.plan if self._pricing.plan.ids else self._pricing.held_all.plan

    def _sent(self) -> tuple[_Sent, ...]:
        pictures = self._session.library.of(self._plan.ids)
        return tuple((each.info, self._pricing.prices_for(each).model) for each in pictures if each.info is not None)

    def _say(self, words: SendingWords) -> None:
        self._line.say(translated(words.line), leaves=bool(words.to), rights=rights_text(self._plan))

    def _host_name(self) -> str | None:
        """Return the host that pictures go to, "" for none; None where it cannot be used, which a click explains."""
        try:
            return self._session.context.settings.host_of(self._pricing.recipe.recipe.service)
        except UseError:
            return None

    # the sheet

    async def _show(self) -> None:
        from topazdesk.ui.recipe.sending_sheet import SendingSheet

        sent, host = self._sent(), self._host_name()
        if not sent or not host:
            return
        words = await asyncio.to_thread(_words, sent, host)
        choice = self._session.context.settings.metadata_choice
        paths = list(dict.fromkeys(Path(info.path) for info, _ in sent))
        dialog = SendingSheet(
            self._host.widget,
            words.rows,
            len(paths),
            rights=rights_text(self._plan),
            returns=translated(choice.sentence),
        )
        self._session.spawn("what stays here", self._read(dialog, paths))
        await dialog.answered()
        dialog.deleteLater()

    async def _read(self, dialog: SendingSheet, paths: list[Path]) -> None:
        """Read which kinds of data the files hold, as long as somebody looks."""
        from topazdesk.media.metadata.aside import file_metadata_aside

        for start in range(0, len(paths), _PART):
            found = await asyncio.to_thread(file_metadata_aside, paths[start : start + _PART])
            if not is_open(dialog):
                return
            dialog.add(found)


def _words(sent: tuple[_Sent, ...], host: str) -> SendingWords:
    each = [(info, model, sending(info, model, host)) for info, model in sent]
    return sending_words([one for _, _, one in each], all_bytes(each))


def _is_same(one: tuple[_Sent, ...], other: tuple[_Sent, ...]) -> bool:
    """Tell whether both are the same objects; to compare thousands of headers field by field would take long."""
    pairs = zip(one, other, strict=False)
    return len(one) == len(other) and all(a[0] is b[0] and a[1] is b[1] for a, b in pairs)
