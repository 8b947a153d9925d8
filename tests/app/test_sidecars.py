"""How a result was made: by the profile's own jobs, by a sidecar, and by nothing for all other files."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support import pictures
from tests.support.sandbox import started
from topazdesk.app.app_context import AppContext
from topazdesk.app.sidecar_names import SUFFIX, is_sidecar, sidecar_of
from topazdesk.app.sidecars import read_sidecar
from topazdesk.domain.draft import draft
from topazdesk.domain.geometry import OutputSize
from topazdesk.domain.recipe import OnConflict, OutputOptions, Recipe
from topazdesk.domain.services import ServiceName
from topazdesk.engine.events import EngineError
from topazdesk.errors import TopazdeskError, UseError
from topazdesk.media.probe import probe

RECIPE = Recipe.of(ServiceName.SANDBOX, "standard-2", {"sharpen": 0.25}, OutputOptions(OutputSize.scale(2)))


async def _enhance(context: AppContext, source: Path, *, sidecars: bool, recipe: Recipe = RECIPE) -> Path:
    """The result of one job."""
    context.settings = context.settings.with_(sidecars=sidecars)
    model = context.catalogue.find(ServiceName.SANDBOX, "Standard 2")
    (job,) = await context.engine.enqueue([draft(probe(source), model, recipe)])
    await context.engine.idle()
    result = context.engine.job(job.id).result
    assert result is not None
    return result


def test_a_result_is_known_by_its_path_and_by_its_bytes_and_a_sidecar_tells_others(tmp_path: Path) -> None:
    source = pictures.write(tmp_path / "lake.png")

    async def story() -> None:
        context = await AppContext.open(tmp_path / "profile")
        try:
            await context.engine.start()
            plain = await _enhance(context, pictures.write(tmp_path / "plain.png"), sidecars=False)
            result = await _enhance(context, source, sidecars=True)
            found = await context.origin_of(result)
            assert found is not None
            assert (found.recipe.settings, found.recipe.model, found.source) == (
                {"sharpen": 0.25},
                "standard-2",
                "lake.png",
            )
            moved = Path(shutil.copy(result, tmp_path / "renamed by somebody.png"))
            assert await context.origin_of(moved) == found
            same_length = tmp_path / "other.png"
            same_length.write_bytes(b"x" * result.stat().st_size)
            assert await context.origin_of(same_length) is None
            assert await context.origin_of(source) is None
            assert await context.origin_of(tmp_path / "nowhere.png") is None
            made = hashlib.sha256(result.read_bytes()).hexdigest()
            result.write_bytes(result.read_bytes()[:-1] + b"\x00")
            assert await context.origin_of(result) is None, "it is no longer what was made"
        finally:
            await context.close()
        assert not sidecar_of(plain).exists(), "only where it is wanted"
        sidecar = sidecar_of(result)
        assert is_sidecar(sidecar)
        assert read_sidecar(sidecar) == found
        data = json.loads(sidecar.read_text())
        assert (data["charged"], data["unit"], data["source_size"][0]) == (1, "credit", probe(source).size.width)
        assert json.loads(data["settings_used"])["sharpen"] == 0.25, "what the service says that it used"
        assert data["settings_differ"] == []
        assert data["result_sha256"] == made
        assert str(tmp_path) not in sidecar.read_text(), "no folders of this computer"

    (tmp_path / "profile" / "sandbox").mkdir(parents=True)
    with started(tmp_path / "profile" / "sandbox"):
        asyncio.run(story())


def test_a_sidecar_replaces_nothing_but_one_of_this_profile(tmp_path: Path) -> None:
    """A link under the sidecar's name turned an original into JSON, and so did one under the name of its part."""
    original = tmp_path / "original.jpg"
    original.write_bytes(b"the user's own")
    told: list[TopazdeskError] = []

    names = ("link", "part", "foreign", "again")
    sources = {name: pictures.write(tmp_path / f"{name}.png", width=20 + at) for at, name in enumerate(names)}
    places = {name: sidecar_of(tmp_path / f"{name}_standard-2_2x.png") for name in names}
    places["link"].symlink_to(original)
    places["part"].with_name(f"{places['part'].name}.part").symlink_to(original)
    places["foreign"].write_text('{"kind": "topazdesk result", "result_sha256": "of another computer"}')
    again = replace(RECIPE, output=replace(RECIPE.output, on_conflict=OnConflict.OVERWRITE))

    async def story(*wanted: tuple[Path, Recipe]) -> None:
        context = await AppContext.open(tmp_path / "profile")
        context.events.subscribe(lambda event: told.append(event.error) if isinstance(event, EngineError) else None)
        try:
            await context.engine.start()
            for source, recipe in wanted:
                await _enhance(context, source, sidecars=True, recipe=recipe)
        finally:
            await context.close()  # what was begun is written

    (tmp_path / "profile" / "sandbox").mkdir(parents=True)
    with started(tmp_path / "profile" / "sandbox"):
        asyncio.run(story(*((source, RECIPE) for source in sources.values())))
        before = places["again"].read_text()
        asyncio.run(story((sources["again"], again)))
    assert original.read_bytes() == b"the user's own"
    assert places["link"].is_symlink()
    assert "of another computer" in places["foreign"].read_text()
    assert read_sidecar(places["part"]).source == "part.png"
    assert places["again"].read_text() != before, "told of the result that is there now"
    assert read_sidecar(places["again"]).recipe.settings == RECIPE.settings
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
    assert [error.code for error in told] == ["computer.sidecar_taken"] * 2


def test_a_sidecar_that_is_a_pipe_is_a_sentence(tmp_path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("no pipes with names here")
    os.mkfifo(tmp_path / f"a.png{SUFFIX}")
    with pytest.raises(UseError):
        read_sidecar(tmp_path / f"a.png{SUFFIX}")


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"\xff", b"[" * 100_000, b'{"kind": "topazdesk result"}', b"x" * 2_000_000]
)
def test_a_damaged_sidecar_is_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / f"a.png{SUFFIX}"
    path.write_bytes(content)
    with pytest.raises(UseError) as caught:
        read_sidecar(path)
    assert caught.value.code == "use.sidecar"
    assert path.read_bytes() == content


def test_a_sidecar_says_which_page_it_is_of_and_what_was_changed_for_sending(tmp_path: Path) -> None:
    from PIL import Image

    source = tmp_path / "scan.tif"
    first, *more = [Image.new("RGBA", (60 + 10 * number, 40), (9, 99, 50 * number, 200)) for number in range(3)]
    first.save(source, save_all=True, append_images=more)

    async def story() -> Path:
        context = await AppContext.open(tmp_path / "profile")
        try:
            await context.engine.start()
            context.settings = context.settings.with_(sidecars=True)
            model = context.catalogue.find(ServiceName.SANDBOX, "Standard 2")
            (job,) = await context.engine.enqueue([draft(probe(source, 1), model, RECIPE)])
            await context.engine.idle()
            result = context.engine.job(job.id).result
            assert result is not None
            return result
        finally:
            await context.close()

    (tmp_path / "profile" / "sandbox").mkdir(parents=True)
    with started(tmp_path / "profile" / "sandbox"):
        result = asyncio.run(story())
    assert "scan_p02" in result.name
    data = json.loads(sidecar_of(result).read_text("utf-8"))
    assert (data["source_page"], data["source_pages"], data["source_size"]) == (2, 3, [70, 40])
    assert [(change["kind"], change["text"]) for change in data["changes"]] == [
        ("page", "page 2 of 3 taken"),
        ("transparency", "transparency laid on white"),
    ]
