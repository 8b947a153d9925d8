"""Opens the sheet of files that were not added."""

from __future__ import annotations

from topazdesk.domain.collected_files import Refusal
from topazdesk.ui.host.feature import Feature
from topazdesk.ui.host.host import Host


class RefusedController(Feature):
    """Provides the action that opens the sheet; it is disabled until a file has been refused."""

    def __init__(self, host: Host) -> None:
        super().__init__(host.widget)
        self._host = host
        self._intake = host.session.library.intake
        self._last_batch: tuple[int, int] = (0, 0)
        self._action = host.commands.provide("refused", lambda: host.dialogs.run("refused", self._show))
        self._action.setEnabled(bool(self._intake.refused))
        self._intake.finished.connect(self._batch_finished)
        self._intake.left_out.connect(lambda: self._action.setEnabled(True))

    def _batch_finished(self, found: int, refused: list[Refusal], restored: bool) -> None:
        if refused and not restored:
            self._last_batch = (found, len(refused))
        self._action.setEnabled(bool(self._intake.refused))

    async def _show(self) -> None:
        from topazdesk.ui.pictures.refused_files import RefusedFiles

        refused = self._intake.refused
        found, count = self._last_batch
        dialog = RefusedFiles(self._host.widget, refused, found if count == len(refused) else 0)
        await dialog.answered()
        dialog.deleteLater()
