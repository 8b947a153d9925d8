"""Convert CIE L*a*b* to sRGB: the numbers mean colours beside a white, and that is not the same in all files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from topazdesk.media.icc import BT709, Point, adaptation, xyz_of
from topazdesk.media.limits import vips

if TYPE_CHECKING:
    import pyvips
    from numpy.typing import NDArray

#: The white of print, which TIFF and Photoshop mean where they name none.
D50: Point = (0.34567, 0.35850)


def from_lab(values: NDArray[Any], white: Point, *, deep: bool) -> pyvips.Image:
    """Return sRGB for an array of height × width × 3 floats: L from 0 to 100, a and b beside the `white`.

    It has 16 bits, or 8 where the numbers were not `deep` either.
    """
    module = vips()
    image = module.Image.new_from_array(values, interpretation="lab")
    source, target = xyz_of(white), xyz_of(BT709.white)
    light = image.Lab2XYZ(temp=[100 * part for part in source])
    matrix = module.Image.new_from_array([list(row) for row in adaptation(source, target)])
    adapted = light.recomb(matrix).copy(interpretation="xyz")
    made: pyvips.Image = adapted.colourspace("rgb16" if deep else "srgb")
    return made
