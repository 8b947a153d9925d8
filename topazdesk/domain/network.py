"""Networks that run on the user's own computer, as the catalogue describes them: files, scale, colours, memory.

Pure: where the files are, and whether they are whole, is found out by who runs them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

#: A file beside the catalogue file, or in a package: never a path that leads elsewhere.
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,120}")
_PACKAGE = re.compile(r"[a-z][a-z0-9_]{0,60}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_LARGEST_SCALE = 8


class NetworkFault(ValueError):
    """A description that cannot be used; `key` is the key at fault."""

    def __init__(self, message: str, key: str) -> None:
        super().__init__(message)
        self.key = key


@dataclass(frozen=True, slots=True)
class Network:
    """One network in ncnn's two files.

    `package` is the Python package that brings the files, "" where they lie beside the catalogue file. `sha256` is that
    of the weights, "" where it is not stated. `context_px` is how far beyond a tile the network looks, and
    `bytes_per_px` what it needs in memory for a pixel of a tile.
    """

    param: str
    weights: str
    scale: int
    package: str = ""
    sha256: str = ""
    is_bgr: bool = False
    most: float = 1.0  # the value of white at its input and output; black is 0
    context_px: int = 16
    bytes_per_px: int = 17_000

    def to_json(self) -> dict[str, Any]:
        """Return it as a JSON object, which `read_network` reads."""
        return asdict(self)


def read_networks(value: object) -> tuple[Network, ...]:
    """Return the networks of a model, the smallest scale first. Raises NetworkFault."""
    if not isinstance(value, list) or not value:
        raise NetworkFault("networks must be a list with at least one network.", "networks")
    found = tuple(sorted((read_network(each) for each in value), key=lambda each: each.scale))
    if len({each.scale for each in found}) < len(found):
        raise NetworkFault("Two networks have the same scale.", "scale")
    return found


def read_network(value: object) -> Network:
    """Return one network. Raises NetworkFault."""
    if not isinstance(value, Mapping):
        raise NetworkFault("A network must be an object.", "networks")
    unknown = set(value) - set(Network.__dataclass_fields__)
    if unknown:
        raise NetworkFault(f"A network has no {min(unknown)}.", str(min(unknown)))
    white = value.get("most", 1.0)
    if isinstance(white, bool) or not isinstance(white, int | float) or not 0 < white <= 65_535:
        raise NetworkFault("most must be the value of white, such as 1 or 255.", "most")
    if not isinstance(value.get("is_bgr", False), bool):
        raise NetworkFault("is_bgr must be true or false.", "is_bgr")
    return Network(
        param=_word(value, "param", _FILE),
        weights=_word(value, "weights", _FILE),
        scale=_whole(value, "scale", None, 1, _LARGEST_SCALE),
        package=_word(value, "package", _PACKAGE, ""),
        sha256=_word(value, "sha256", _SHA256, ""),
        is_bgr=bool(value.get("is_bgr", False)),
        most=float(white),
        context_px=_whole(value, "context_px", 16, 0, 256),
        bytes_per_px=_whole(value, "bytes_per_px", 17_000, 100, 1_000_000),
    )


def for_scale(networks: tuple[Network, ...], scale: float) -> Network:
    """Return the network with the next larger scale, or the largest one: its result is resampled to the size wanted."""
    return next((each for each in networks if each.scale >= scale - 1e-9), networks[-1])


def _word(value: Mapping[str, Any], key: str, shape: re.Pattern[str], default: str | None = None) -> str:
    word = value.get(key, default)
    if word == "" and default == "":
        return ""
    if not isinstance(word, str) or shape.fullmatch(word) is None:
        raise NetworkFault(f"{key} is missing or not what it should be.", key)
    return word


def _whole(value: Mapping[str, Any], key: str, default: int | None, least: int, most: int) -> int:
    number = value.get(key, default)
    if isinstance(number, bool) or not isinstance(number, int) or not least <= number <= most:
        raise NetworkFault(f"{key} must be a whole number from {least} to {most}.", key)
    return number
