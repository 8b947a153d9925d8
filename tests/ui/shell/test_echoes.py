"""A service that ignores a setting, changes one, and retires a model in mid-queue: what the window says then."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QApplication

from tests.support.pictures import encode
from tests.support.window import drop, live, profile_with_sandbox, quiet, session_of, until
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import JobState
from topazdesk.ui.controls import Text
from topazdesk.ui.forms.number_row import NumberRow
from topazdesk.ui.models.job_texts import Act
from topazdesk.ui.models.picture import Section
from topazdesk.ui.queue.job_details import JobDetails
from topazdesk.ui.queue.panel import QueuePanel
from topazdesk.ui.shell.window import Window


def test_settings_that_did_not_count_and_a_model_that_goes(qapp: QApplication, tmp_path: Path) -> None:
    pictures = [tmp_path / name for name in ("one.jpg", "two.jpg", "three.jpg")]
    for number, path in enumerate(pictures):
        path.write_bytes(encode(FileFormat.JPEG, 240 + 30 * number, 160))

    async def story(window: Window) -> None:
        session = session_of(window)
        drop(window.pictures, *pictures[:2])
        # On a busy machine the first is priced while the second is still being read.
        await until(
            lambda: session.pricing.held_all.plan.is_confirmed and len(session.pricing.held_all.plan.ids) == 2,
            "prices of both",
        )
        session.pricing.recipe.set_values({"sharpen": 0.5, "denoise": 0.25})
        await until(
            lambda: session.pricing.held_all.plan.is_confirmed and len(session.pricing.held_all.plan.ids) == 2,
            "prices again",
        )
        await quiet(window)
        window.commands.run("enhance_all")
        await until(lambda: len(session.library.pictures.in_section(Section.FINISHED)) == 2, "both done")
        done = session.library.pictures.in_section(Section.FINISHED)
        notices = [n for n in window.notices.shown() if "not used as sent" in n.title]
        assert len(notices) == 1, "one notice for the model, not one a picture"
        assert notices[0].title.endswith(": 2 settings were not used as sent")
        session.library.choose([done[0].id], done[0].id)
        row = window.recipe.form.row("fix_compression")
        assert isinstance(row, NumberRow)
        assert row.used, "what Auto became for this picture"
        assert row.field.toolTip().endswith(f"it chose {row.used}")
        await until(lambda: row.field.width() >= row.field.sizeHint().width(), "room for its words")
        window.commands.run("queue")
        queue = window.findChild(QueuePanel)
        assert queue is not None
        job = done[0].result
        assert job is not None
        await until(lambda: queue.model.row_of(job.id) >= 0, "the row")
        line = queue.model.line(job.id)
        assert (line.icon, line.sentence.split(" · ")[0]) == ("warning", "2 settings were not used as sent")
        assert Act.DETAILS in [action.act for action in line.actions]
        queue.view.acted.emit(Act.DETAILS, job.id)
        await until(lambda: bool(window.findChildren(JobDetails)), "the details")
        dialog = window.findChildren(JobDetails)[0]
        told = [label.text() for label in dialog.findChildren(Text)]
        assert any("“Sharpen” was sent as 0.5, and is not in the service's report." in text for text in told), told
        assert any("“Noise removal” was sent as 0.25. The service used 0.9." in text for text in told)
        dialog.accept()
        sandbox.scenario({"match": {"path": "/async$"}, "do": {"retire": True}})
        drop(window.pictures, pictures[2])
        await until(
            lambda: session.pricing.held_all.plan.is_confirmed and len(session.pricing.held_all.plan.ids) == 1,
            "the price of the third",
        )
        window.commands.run("enhance_all")
        await until(
            lambda: any(p.job and p.job.state is JobState.FAILED for p in session.library.pictures.pictures()),
            "refused",
        )
        (failed,) = [p.job for p in session.library.pictures.pictures() if p.result is None]
        assert failed is not None
        assert failed.trouble is not None
        assert failed.trouble.title == "The sandbox does not offer Standard 2 any more, or not right now"
        assert failed.trouble.hint == (
            "Choose another model. The sandbox says: “Invalid model: Standard V2”. Nothing was charged."
        )

    with profile_with_sandbox(tmp_path) as (profile, sandbox):
        lost = {"ignore": ["sharpen"], "change": {"denoise": 0.9}}
        sandbox.scenario({"match": {"path": "/async$"}, "do": lost})
        assert live(qapp, profile, story) == []
