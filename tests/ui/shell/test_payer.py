"""Who pays is named in any room, where a service has several accounts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QApplication, QWidget

from tests.support.fake_context import known
from tests.ui.shell.conftest import Stage
from topazdesk.domain.services import SERVICES
from topazdesk.ui.models.job_tracker import QueueSummary


@pytest.mark.parametrize("name", ["Studio", "Landesarchiv Nordrhein-Westfalen, Abteilung Rheinland"])
def test_who_pays_is_named_in_any_room(stage: Stage, name: str) -> None:
    """The line with the name was dropped at 800 × 600, and the button does not name it."""
    pictures = known(stage.session, *[(1500, 1000)] * 5)
    stage.window.pictures.view.choose([pictures[0].id], pictures[0].id)
    footer, pricing = stage.window.footer, stage.session.pricing
    holder = QWidget()
    footer.setParent(holder)
    footer.show_service(SERVICES.with_key[0], tuple(SERVICES))
    plan = replace(pricing.plan, account=name)
    footer.show_plan(plan, ready=True, problem="", held=pricing.held, held_all=pricing.held_all)
    holder.show()
    footer.show()
    seen = set()
    for summary in (QueueSummary(), QueueSummary(paused=True, active=5, share=0.0, text="Paused · 0 of 5")):
        footer.show_queue(summary)
        for width in range(1920, 799, -32):
            holder.resize(width, 64)
            footer.resize(width, 64)
            footer.set_button_width(352)
            QApplication.processEvents()
            assert footer.chip.width() >= footer.chip.minimumSizeHint().width(), width
            assert footer.chip.geometry().right() < footer.all_button.x(), width
            assert footer.chip.shown_words().endswith(name[-8:])
            seen.add(footer.chip.shown_words().startswith("Topaz"))
    assert seen == {True, False}
    payer = f"Paid by the account “{name}”."
    for told in (footer.chip.accessibleName(), footer.button.accessibleDescription()):
        assert payer in told
    for tip in (footer.chip.toolTip(), footer.button.toolTip()):
        assert payer in tip
    holder.deleteLater()
