"""Draw the program's icon in the sizes and kinds that systems want, from the SVG in the resources.

Usage: icons.py FOLDER. It writes topazdesk-SIZE.png, topazdesk.ico (Windows) and topazdesk.icns (macOS).
"""

from __future__ import annotations

import sys
from pathlib import Path

import pyvips
from PIL import Image
from places import RESOURCES

SIZES = (16, 22, 24, 32, 48, 64, 128, 256, 512)
_SVG = RESOURCES / "icons" / "topazdesk.svg"


def draw(folder: Path) -> None:
    """Write all of them into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    native = pyvips.Image.svgload(str(_SVG))
    for size in SIZES:
        drawn = pyvips.Image.svgload(str(_SVG), scale=size / max(native.width, native.height))
        drawn.pngsave(str(folder / f"topazdesk-{size}.png"))
    with Image.open(folder / "topazdesk-512.png") as largest:
        largest.save(folder / "topazdesk.ico", sizes=[(size, size) for size in (16, 24, 32, 48, 64, 128, 256)])
        largest.save(folder / "topazdesk.icns")


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
