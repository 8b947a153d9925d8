"""Every kind of picture through the whole program: what is said before is what is sent, and what comes back is whole.

One run over all cells of `picture_matrix`. Each file is read by others than those that wrote it: Pillow with LittleCMS,
tifffile, exiv2. Nothing of the program's own reading is used to judge it.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support import other_reader
from tests.support import picture_matrix as matrix
from tests.support.picture_matrix import QUARTERS, SIZE, Cell
from tests.support.sandbox import started
from topazdesk.app.app_context import AppContext
from topazdesk.domain.alterations import AlterationKind, alterations
from topazdesk.domain.draft import draft
from topazdesk.domain.geometry import OutputSize
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.recipe import OutputOptions, Recipe
from topazdesk.domain.sending import sending
from topazdesk.domain.services import ServiceName
from topazdesk.domain.uploads import accepted
from topazdesk.media.probe import probe

CELLS = matrix.cells()


@dataclass(frozen=True)
class Passage:
    """A picture on its way: the file, what was sent of it, and the job with its result."""

    source: Path
    before: str
    info: ImageInfo
    sent: Path
    job: Job
    kinds: frozenset[AlterationKind]
    blocks: tuple[str, ...]
    accepted: frozenset[str]
    made: frozenset[str]

    @property
    def result(self) -> Path:
        assert self.job.result is not None
        return self.job.result


@pytest.fixture(scope="module")
def passages(tmp_path_factory: pytest.TempPathFactory) -> dict[Cell, Passage]:
    folder = tmp_path_factory.mktemp("matrix")
    sources = folder / "sources"
    sources.mkdir()
    paths = {cell: matrix.write(cell, sources) for cell in CELLS}
    before = {cell: _sha256(path) for cell, path in paths.items()}
    with pytest.MonkeyPatch.context() as patch, started(folder / "service") as sandbox:
        patch.setenv("TOPAZ_API_KEY", sandbox.key)
        patch.setenv("TOPAZDESK_TOPAZ_URL", sandbox.url)

        async def work() -> dict[Cell, Passage]:
            context = await AppContext.open(folder / "profile")
            try:
                await context.engine.start()
                drafts, said = [], []
                for cell, path in paths.items():
                    model = context.catalogue.find(ServiceName.TOPAZ, cell.model)
                    output = OutputOptions(OutputSize.scale(2), _format(cell.output), folder=str(folder / "results"))
                    info = probe(path)
                    recipe = Recipe.of(ServiceName.TOPAZ, model.slug, {}, output)
                    drafts.append(draft(info, model, recipe))
                    changes = alterations(info, accepted(model)[0], keep_alpha=model.keeps_alpha)
                    kinds = frozenset(each.kind for each in changes)
                    said.append(
                        (info, kinds, sending(info, model, "host").blocks, accepted(model)[0], frozenset(model.formats))
                    )
                jobs = await context.engine.enqueue(drafts)
                await context.engine.idle()
                ended = [context.engine.job(job.id) for job in jobs]
            finally:
                await context.close()
            return {
                cell: Passage(
                    paths[cell], before[cell], facts[0], sandbox.state / "sources" / job.source_id, job, *facts[1:]
                )
                for cell, job, facts in zip(CELLS, ended, said, strict=True)
            }

        return asyncio.run(work())


def _format(word: str) -> FileFormat | None:
    return None if word == "same" else FileFormat(word)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def wanted(cell: Cell) -> np.ndarray[Any, Any]:
    """The colours of the four quarters as a person sees them, on white."""
    colours = np.array(QUARTERS, float)
    if cell.container == "dcf":
        colours = other_reader.adobe_in_srgb(colours)
    if cell.colours == "grey":
        colours = np.repeat(colours @ np.array([[0.299], [0.587], [0.114]]), 3, axis=1)
    if cell.colours == "rgba":
        half = 128 / 255
        colours[1::2] = colours[1::2] * half + 255 * (1 - half)
    return colours


def quarters(picture: other_reader.Read) -> np.ndarray[Any, Any]:
    """The middle of each quarter."""
    shown = picture.shown()
    height, width = shown.shape[:2]
    return np.array([shown[row * height // 4, column * width // 4] for row in (1, 3) for column in (1, 3)])


def tolerance(cell: Cell) -> float:
    """How far a colour may be off, of 255: inks do not have every colour, and the sandbox sharpens."""
    return 30 if cell.colours == "cmyk" else 6


@pytest.fixture(params=CELLS, ids=lambda cell: cell.name)
def cell(request: pytest.FixtureRequest) -> Cell:
    found: Cell = request.param
    return found


def test_the_file_that_the_test_wrote_is_what_it_says(cell: Cell, passages: dict[Cell, Passage]) -> None:
    """The judge is judged first: another reader sees the colours in the file that the cell names."""
    picture = other_reader.read(passages[cell].source)
    assert np.abs(quarters(picture) - wanted(cell)).max() <= tolerance(cell)


def test_what_is_sent_is_the_picture_and_nothing_else(cell: Cell, passages: dict[Cell, Passage]) -> None:
    passage = passages[cell]
    sent = other_reader.read(passage.sent)
    assert np.abs(quarters(sent) - wanted(cell)).max() <= tolerance(cell)
    assert sent.size == SIZE
    assert sent.orientation == 1
    assert sent.bits == (16 if cell.bits > 8 else 8)
    assert sent.has_alpha == (cell.colours == "rgba" and cell.model == "Transparent Image Upscale")
    assert other_reader.parts(passage.sent) <= _ALLOWED[sent.format]
    assert (sent.icc is not None) == ("profile" in passage.blocks)
    assert _dpi(sent) == cell.dpi
    data = passage.sent.read_bytes()
    assert not any(word in data for word in _marks())


def test_what_was_said_to_be_changed_is_what_was_changed(cell: Cell, passages: dict[Cell, Passage]) -> None:
    passage = passages[cell]
    source, sent = other_reader.read(passage.source), other_reader.read(passage.sent)
    found = set()
    if source.format not in passage.accepted:
        found.add(AlterationKind.COPY)
    if source.orientation != sent.orientation:
        found.add(AlterationKind.TURNED)
    if source.has_alpha and not sent.has_alpha:
        found.add(AlterationKind.TRANSPARENCY)
    if source.is_cmyk != sent.is_cmyk or (source.icc is None) != (sent.icc is None):
        found.add(AlterationKind.COLOUR)
    if source.bits != sent.bits:
        found.add(AlterationKind.VALUES)
    assert passage.kinds == found


def test_what_comes_back_is_whole(cell: Cell, passages: dict[Cell, Passage]) -> None:
    passage = passages[cell]
    assert passage.job.state is JobState.DONE, passage.job.trouble
    result, sent = other_reader.read(passage.result), other_reader.read(passage.sent)
    source = other_reader.read(passage.source).format
    wanted_format = source if cell.output == "same" else cell.output
    is_made = wanted_format in passage.made
    assert result.format == (wanted_format if is_made else "png")
    assert result.size == (2 * SIZE[0], 2 * SIZE[1])
    assert result.orientation == 1
    # The service changes pixels: that is what it is for.
    assert np.abs(quarters(result) - quarters(sent)).max() <= 12
    assert (result.icc is None) == (sent.icc is None)
    assert _dpi(result) == 2 * cell.dpi
    assert passage.job.kept is not None
    # The only thing to say: a model that does not write the original's format.
    told = passage.job.kept.lines
    assert len(told) == (0 if is_made or source not in ("jpeg", "tiff") or cell.output != "same" else 1), told
    if result.format != "jpeg":
        assert result.bits == sent.bits
        assert result.has_alpha == sent.has_alpha
    written = other_reader.written_in(passage.result)
    assert written.get("Exif.Image.Orientation", "1") == "1"
    for key, value in _fields(cell).items():
        assert written[key] == value
    if cell.metadata == "none":
        assert not any(key.startswith(("Exif.GPSInfo", "Iptc.")) for key in written)


def test_no_original_was_touched(passages: dict[Cell, Passage]) -> None:
    assert all(_sha256(passage.source) == passage.before for passage in passages.values())


#: What a file that is sent may hold: structure, pixels, profile, resolution.
_ALLOWED = {
    "jpeg": {"APP0", "APP14", "ICC", "code"},
    "png": {"IHDR", "PLTE", "tRNS", "IDAT", "IEND", "iCCP", "sRGB", "gAMA", "cHRM", "sBIT", "pHYs"},
    "tiff": set(
        map(
            str,
            (
                254,
                256,
                257,
                258,
                259,
                262,
                266,
                273,
                274,
                277,
                278,
                279,
                282,
                283,
                284,
                296,
                297,
                317,
                322,
                323,
                324,
                325,
                338,
                339,
                34675,
            ),
        )
    ),
}


def _dpi(picture: other_reader.Read) -> int:
    if picture.dpi is None:
        return 0
    assert abs(picture.dpi[0] - picture.dpi[1]) < 0.1
    return round(picture.dpi[0])


def _marks() -> list[bytes]:
    words = [matrix.ARTIST, matrix.PLACE, "keyword-of-the-picture", "1999:12:31"]
    return [word.encode(code) for word in words for code in ("utf-8", "latin-1", "utf-16-le", "utf-16-be")]


def _fields(cell: Cell) -> dict[str, str]:
    if cell.metadata == "none":
        return {}
    found = {
        "Exif.Image.Artist": matrix.ARTIST,
        "Exif.Photo.DateTimeOriginal": "1999:12:31 23:59:58",
        "Exif.GPSInfo.GPSLatitude": "50/1 30/1 0/1",
    }
    if cell.metadata == "all":
        found |= {"Xmp.photoshop.City": matrix.PLACE, "Xmp.xmp.Rating": "4"}
        if cell.container != "webp":
            found["Iptc.Application2.Keywords"] = "keyword-of-the-picture"
    return found
