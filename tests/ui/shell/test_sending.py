"""What the button says is what the command line would do with the same pictures: names, prices, what is skipped, and refusals."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from tests.support import pictures, quick_start
from tests.ui.shell.conftest import Stage
from topazdesk.app.app_context import AppContext
from topazdesk.domain.geometry import OutputSize
from topazdesk.domain.image import FileFormat
from topazdesk.domain.ports import Draft
from topazdesk.domain.recipe import OnConflict
from topazdesk.domain.services import ServiceName
from topazdesk.engine.preview import Preview
from topazdesk.media.probe import probe
from topazdesk.ui.models.picture import Picture, shared_size
from topazdesk.ui.models.send_watch import SendWatch


def shown(stage: Stage, paths: Sequence[Path], profile: Path) -> list[Picture]:
    """The pictures in the window, whose context has a real engine to ask."""

    async def preview(drafts: Sequence[Draft]) -> tuple[Preview, ...]:
        context = await AppContext.open(profile, exclusive=False)
        try:
            return await context.engine.preview(drafts)
        finally:
            await context.close()

    stage.context.engine.preview = preview  # type: ignore[method-assign]
    stage.session.pricing.sending._preview = preview
    found = stage.session.library.pictures.add(paths)
    for picture in found:
        picture.info = probe(picture.path)
        picture.size = shared_size(picture.info.size)
    stage.session.library.pictures.arrange()
    return list(found)


def answered(stage: Stage, qtbot: QtBot) -> None:
    """The engine has said what would be sent."""
    qtbot.waitUntil(lambda: bool(stage.spawned.sending))
    for _name, work in stage.spawned.sending:
        asyncio.run(work)
    stage.spawned.sending.clear()


def planned(profile: Path, *words: str | Path) -> dict[str, Any]:
    return said_by("plan", profile, *words)


def said_by(command_name: str, profile: Path, *words: str | Path) -> dict[str, Any]:
    """What a command of `topazdesk` says in the end, or the error that ended it."""
    words = (command_name, *words, "--json", "--profile", profile)
    command = [sys.executable, "-m", "topazdesk", *map(os.fspath, words)]
    ran = quick_start.run(command, env=os.environ)
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    return next((line for line in lines if line["event"] == "error"), lines[-1])


def recipe(stage: Stage, folder: Path, rule: OnConflict) -> None:
    state = stage.session.pricing.recipe
    state.set_model(state.catalogue.find(ServiceName.SANDBOX, "Recover 3"))
    output = replace(state.recipe.output, size=OutputSize.scale(2), format=FileFormat.PNG, template="{name}_x")
    state.set_output(replace(output, folder=str(folder), on_conflict=rule))


Words = tuple[str | Path, ...]


@pytest.fixture
def made_before(tmp_path: Path) -> tuple[list[Path], Words]:
    """Three pictures, the second of which has its result already; and how it was made."""
    sources = [pictures.write(tmp_path / f"{name}.png", width=900, height=600) for name in ("a", "b", "c")]
    words: Words = ("-m", "Recover 3", "-s", "sandbox", "--scale", "2", "--format", "png")
    words = (*words, "--out", tmp_path / "out", "--name", "{name}_x")
    assert said_by("enhance", tmp_path / "profile", sources[1], *words, "--yes", "--sandbox-speed", "0")["done"] == 1
    return sources, words


def test_what_is_there_and_kept_is_not_priced(
    made_before: tuple[list[Path], Words], stage: Stage, qtbot: QtBot, tmp_path: Path
) -> None:
    """The window priced pictures that "skip" leaves out."""
    (sources, words), out = made_before, tmp_path / "out"
    here = shown(stage, sources, tmp_path / "profile")
    footer = stage.window.footer
    for rule in OnConflict:
        recipe(stage, out, rule)
        if rule is OnConflict.SKIP:
            assert not footer.button.isEnabled(), "no price is said before it is known what is sent"
        answered(stage, qtbot)
        said = planned(tmp_path / "profile", *sources, *words, "--again", "--on-conflict", rule.value)
        plan = stage.session.pricing.plan
        assert (len(plan.ids), plan.bill.known) == (said["results"], said["credits"])
        assert plan.refused == said.get("skipped", 0) == (1 if rule is OnConflict.SKIP else 0)
    recipe(stage, out, OnConflict.SKIP)
    answered(stage, qtbot)
    assert footer.button.label() == "Enhance 2 pictures · 2 credits"
    assert footer.hint.text() == "1 picture skipped: the result already exists"
    price = stage.session.pricing.price_of(here[1])
    assert price is not None
    assert price.refusal is not None
    assert price.refusal.hint == "b_x.png is kept."
    footer.button.click()
    stage.spawned.run()
    assert [each.info.path.name for each in stage.context.engine.taken] == ["a.png", "c.png"]


def test_a_folder_that_cannot_be_written_is_said_before_the_click(stage: Stage, qtbot: QtBot, tmp_path: Path) -> None:
    """With the title that the command line has for it; and what was mended is found by itself."""
    source = pictures.write(tmp_path / "a.png", width=900, height=600)
    file = tmp_path / "file"
    file.write_bytes(b"")
    shown(stage, [source], tmp_path / "profile")
    recipe(stage, file / "out", OnConflict.UNIQUE)
    assert stage.window.footer.button.isEnabled()
    answered(stage, qtbot)
    said = planned(tmp_path / "profile", source, "-m", "Recover 3", "-s", "sandbox", "--out", file / "out")
    assert not stage.window.footer.button.isEnabled()
    assert stage.window.footer.button.toolTip() == said["title"]
    watch = stage.session.pricing.findChild(SendWatch)
    assert watch is not None
    watch._again.flush()
    answered(stage, qtbot)
    assert not stage.window.footer.button.isEnabled()
    file.unlink()
    assert watch._again.isActive(), "nobody asked again once it had not been mended within the first seconds"
    watch._again.timeout.emit()
    answered(stage, qtbot)
    assert stage.window.footer.button.label() == "Enhance a.png · 1 credit"
