"""The entries of a job in the context menu of its picture: try again, cancel, send next, details."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QMenu

from topazdesk.ui.models.job_texts import ORDERING, Act, Action
from topazdesk.ui.texts import plain_tip
from topazdesk.ui.theme.icons import icon


def add_job_entries(
    menu: QMenu, actions: Sequence[Action], act: Callable[[Act], object], *, is_busy: bool, can_move: bool
) -> None:
    """Add what can be done with a job. While it is busy, only its details can be shown.

    `can_move`: whether its place in the queue can be changed.
    """
    for action in actions:
        entry = menu.addAction(icon(action.icon), action.whole_text.replace("&", "&&"))
        entry.setToolTip(plain_tip(action.tip or action.whole_text))
        entry.setEnabled(action.act is Act.DETAILS or not (is_busy or (action.act in ORDERING and not can_move)))
        entry.triggered.connect(lambda _checked=False, wanted=action.act: act(wanted))
