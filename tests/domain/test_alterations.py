"""What is changed of a picture on its way to the service: said from its header, and just what then happens."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from tests.support import pictures
from tests.support.catalogue import packaged_catalogue, packaged_model
from topazdesk.domain.alterations import AlterationKind, alterations, alterations_text, needs_copy
from topazdesk.domain.image import SERVICE_FORMATS, FileFormat
from topazdesk.domain.services import ServiceName
from topazdesk.domain.uploads import alterations_for
from topazdesk.media.prepare import prepare
from topazdesk.media.probe import probe

_K = AlterationKind


def tiff(path: Path, array: np.ndarray, **kind: object) -> Path:
    tifffile.imwrite(path, array, **kind)
    return path


def gif(path: Path) -> Path:
    frames = [Image.new("RGB", (64, 48), (number * 100, 10, 10)) for number in range(3)]
    frames[0].save(path, save_all=True, append_images=frames[1:])
    return path


GREY = np.linspace(0, 1, 64 * 48).reshape(48, 64)
RGB = np.stack([GREY, GREY[::-1], GREY.T.reshape(48, 64)], axis=2)
CASES = {
    "a.jpg": (lambda p: pictures.write(p), []),
    "grey.jpg": (lambda p: pictures.write(p, grey=True), []),
    "turned.jpg": (lambda p: pictures.write(p, orientation=6), [_K.TURNED]),
    "cmyk.jpg": (lambda p: pictures.write(p, cmyk=True), [_K.COLOUR]),
    "alpha.png": (lambda p: pictures.write(p, alpha=True), [_K.TRANSPARENCY]),
    "a.webp": (lambda p: pictures.write(p), [_K.COPY]),
    "a.gif": (gif, [_K.PAGE, _K.TRANSPARENCY, _K.COPY]),
    "pages.tif": (lambda p: pictures.write(p, pages=3), [_K.PAGE]),
    "deep.tif": (lambda p: pictures.write(p, bits=16), []),
    "float.tif": (lambda p: tiff(p, RGB.astype("f4"), photometric="rgb"), [_K.VALUES]),
    "infrared.tif": (
        lambda p: tiff(p, (np.dstack([RGB, GREY]) * 255).astype("u1"), photometric="rgb", extrasamples=["unspecified"]),
        [_K.CHANNELS],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_said_is_what_happens(tmp_path: Path, name: str) -> None:
    make, kinds = CASES[name]
    info = probe(make(tmp_path / name))
    said = alterations(info, SERVICE_FORMATS, keep_alpha=False)
    assert [each.kind for each in said] == kinds
    made = probe(prepare(info, SERVICE_FORMATS, tmp_path, "token").path)
    assert alterations(made, SERVICE_FORMATS, keep_alpha=False) == (), "nothing is left to be changed"
    if not kinds:
        same = (info.size, info.bits, info.bands, info.space, info.format)
        assert (made.size, made.bits, made.bands, made.space, made.format) == same
    assert needs_copy(info, SERVICE_FORMATS, keep_alpha=False) is (bool(kinds) or info.format is FileFormat.TIFF)


def test_the_model_that_keeps_transparency_is_named(tmp_path: Path) -> None:
    info = probe(pictures.write(tmp_path / "a.png", alpha=True))
    models = packaged_catalogue().of(ServiceName.TOPAZ)
    (said,) = alterations_for(info, packaged_model("Standard 2"), models)
    assert said.sentence.startswith("Transparency laid on white. ")
    keeper = said.hint.removesuffix(" keeps transparency.")
    assert packaged_model(keeper).keeps_alpha
    assert alterations_for(info, packaged_model(keeper), models) == ()


def test_the_line_of_a_row(tmp_path: Path) -> None:
    info = probe(gif(tmp_path / "a.gif"))
    line = alterations_text(alterations(info, SERVICE_FORMATS, keep_alpha=False))
    assert line == "frame 1 of 3 taken · transparency laid on white · GIF converted"
