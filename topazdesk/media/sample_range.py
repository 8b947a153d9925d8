"""Find black and white in numbers that have no fixed range, and bring them to 16 bits.

Whole numbers of up to 16 bits fill their bits. Floats, signed and 32-bit numbers do not: a float may reach from 0 to 1,
255 or 65,535, and a measurement has any range. The file may say it (SMinSampleValue, SMaxSampleValue); else the numbers
themselves do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from topazdesk.domain.image import SampleKind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: White of floats, by custom.
_WHITES = (1.0, 255.0, 65_535.0)
#: A picture whose brightest number is below this share of a range was not made for that range.
_LEAST_SHARE = 0.25
#: So much may numbers pass white, by sharpening.
_OVERSHOOT = 1.02


def bounds(numbers: NDArray[Any], samples: SampleKind, stated: tuple[float, float] | None) -> tuple[float, float]:
    """Return black and white of a picture's colour channels. `stated` is what the file says of them, or None."""
    if stated is not None and stated[1] > stated[0]:
        return stated
    import numpy as np

    if samples is SampleKind.FLOAT:
        finite = numbers[np.isfinite(numbers)]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
        whites: tuple[float, ...] = _WHITES
    else:
        low, high = float(numbers.min()), float(numbers.max())
        whites = (float(np.iinfo(numbers.dtype).max),)
    for white in whites:
        # Interpolation and sharpening make some numbers a little darker than black.
        if high <= white * _OVERSHOOT and low >= -white * (_OVERSHOOT - 1):
            if high >= white * _LEAST_SHARE or white == _WHITES[0]:
                return 0.0, white
            break
    return (low, high) if high > low else (0.0, max(high, 1.0))


def to_16_bits(numbers: NDArray[Any], black: float, white: float) -> NDArray[np.uint16]:
    """Map black to 0 and white to 65,535; what lies outside, or is no number, is cut."""
    import numpy as np

    # Row by row: a picture of doubles would otherwise be in memory twice more.
    made = np.empty(numbers.shape, np.uint16)
    factor = 65_535.0 / (white - black)
    for row, target in zip(numbers, made, strict=True):
        scaled = (np.nan_to_num(row.astype(np.float64), nan=black, posinf=white, neginf=black) - black) * factor
        target[...] = np.clip(np.rint(scaled), 0, 65_535).astype(np.uint16)
    return made


def spread(numbers: NDArray[Any], bits: int) -> NDArray[Any]:
    """Spread whole numbers of `bits` bits, up to 16, over all of 8 or 16 bits: the largest becomes white."""
    import numpy as np

    if bits in (8, 16):
        return numbers
    target = np.uint8 if bits < 8 else np.uint16
    largest = (1 << bits) - 1
    table = np.rint(np.arange(largest + 1) * (np.iinfo(target).max / largest)).astype(target)
    taken: NDArray[Any] = table[numbers & largest]
    return taken
