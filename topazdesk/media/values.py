"""Read the exact values of single pixels from the file itself: no colour conversion, no rounding, full bit depth."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from topazdesk.domain.geometry import Size
from topazdesk.media.decoding import as_stored
from topazdesk.media.limits import vips
from topazdesk.media.opening import damaged, opened, refusal
from topazdesk.media.probe import read_header


@dataclass(frozen=True, slots=True)
class Value:
    """The channels of one pixel as stored in the file; `names` such as "RGB" or "RGBA", `bits` per channel."""

    x: int
    y: int
    channels: tuple[float, ...]
    names: str
    bits: int

    def text(self) -> str:
        """Return the values as shown: "212 180 97", fractions with four digits."""
        return " ".join(f"{value:.4f}" if value != int(value) else str(int(value)) for value in self.channels)


class Values:
    """The pixels of a page of one file, upright.

    Blocking; the first call decodes the whole picture, a large one into a temporary file. `cancelled` is polled
    meanwhile; once it returns True, this and every later call raises InputError.
    """

    def __init__(self, path: Path, cancelled: Callable[[], bool] = lambda: False, page: int = 0) -> None:
        self._lock = threading.Lock()
        with opened(path) as descriptor:
            try:
                info = read_header(descriptor, path, page)
                image = as_stored(descriptor, info)
            except OSError as error:
                raise refusal(error) from error
            except vips().Error as error:
                raise damaged(str(error)) from error
        self.size = Size(image.width, image.height)
        self._image: Any = image

        def ask(running: Any, _progress: Any) -> None:
            if cancelled():
                running.set_kill(True)

        image.set_progress(True)
        image.signal_connect("eval", ask)
        self._bits = info.bits
        self._names = _NAMES.get(str(image.interpretation), "")

    def at(self, x: int, y: int) -> Value:
        """Return the pixel at column `x` and row `y`, or the nearest one if that is outside. Raises InputError."""
        x, y = min(max(x, 0), self.size.width - 1), min(max(y, 0), self.size.height - 1)
        try:
            with self._lock:
                channels = tuple(float(value) for value in self._image.getpoint(x, y))
        except vips().Error as error:
            raise damaged(str(error)) from error
        # One channel more than the colours is transparency; further ones are saved selections and the like.
        has_alpha = len(channels) == _COLOURS.get(self._names, 0) + 1
        return Value(x, y, channels, f"{self._names}{_ALPHA[self._names]}" if has_alpha else self._names, self._bits)


#: Number of colour channels of each colour space.
_COLOURS = {"RGB": 3, "grey": 1, "CMYK": 4, "Lab": 3}
#: What is appended to the name when there is transparency as well.
_ALPHA = {"RGB": "A", "grey": " and alpha", "CMYK": " and alpha", "Lab": " and alpha"}
#: Names of the colour spaces by libvips' interpretation.
_NAMES = {
    "srgb": "RGB",
    "rgb": "RGB",
    "rgb16": "RGB",
    "scrgb": "RGB",
    "b-w": "grey",
    "grey16": "grey",
    "cmyk": "CMYK",
    "lab": "Lab",
    "labs": "Lab",
}
