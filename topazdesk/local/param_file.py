"""Reads the layers of a network from ncnn's `.param` file: names of input and output, and where it can be cut in two.

A network for enlarging looks far around at the size of the source, and then works at the size of the result, where each
pixel costs many times the memory and looks hardly around. So the second part is run in small pieces. The cut is a
place where a single blob goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

_MAGIC = "7767517"
_MOST_LAYERS = 20_000


class BrokenParamError(ValueError):
    """The text is no description of a network with one input and one output."""


@dataclass(frozen=True, slots=True)
class Widest:
    """The convolution with the most channels in the first part: the blobs before and after it, and its channels."""

    entry: str
    exit: str
    channels: int


@dataclass(frozen=True, slots=True)
class Layers:
    """What is used of a network's description; `cut` is the blob between its two parts, "" where there is none."""

    entry: str
    exit: str
    cut: str
    widest: Widest | None = None


def read_param(text: str) -> Layers:
    """Return the layers in the text of a `.param` file. Raises BrokenParamError."""
    lines = text.split("\n")
    if lines[0].strip() != _MAGIC:
        raise BrokenParamError("it does not begin as an ncnn file does")
    layers: list[tuple[str, list[str], list[str]]] = []
    widths: list[Widest] = []
    try:
        count = int(lines[1].split()[0])
        for line in lines[2:]:
            words = line.split()
            if not words:
                continue
            ins, outs = int(words[2]), int(words[3])
            layers.append((words[0], words[4 : 4 + ins], words[4 + ins : 4 + ins + outs]))
            if words[0] == "Convolution" and ins == outs == 1:
                widths.append(Widest(words[4], words[5], _channels(words[6:])))
    except (ValueError, IndexError) as error:
        raise BrokenParamError("a line of it cannot be read") from error
    if count != len(layers) or not 0 < count <= _MOST_LAYERS:
        raise BrokenParamError(f"it announces {count} layers and has {len(layers)}")
    last_use = {blob: place for place, (_, ins, _) in enumerate(layers) for blob in ins}
    entries = [outs[0] for kind, _, outs in layers if kind == "Input" and outs]
    exits = [blob for _, _, outs in layers for blob in outs if blob not in last_use]
    if len(entries) != 1 or len(exits) != 1:
        raise BrokenParamError(f"it has {len(entries)} inputs and {len(exits)} outputs")
    cut = _cut(layers, last_use)
    made = {blob: place for place, (_, _, outs) in enumerate(layers) for blob in outs}
    first = [each for each in widths if each.channels > 0 and cut and made[each.exit] <= made[cut]]
    return Layers(entries[0], exits[0], cut, max(first, key=lambda each: each.channels, default=None))


def _channels(values: list[str]) -> int:
    """Return the channels that a convolution takes, by its weights, outputs and kernel; 0 if it does not say."""
    known = dict(value.partition("=")[::2] for value in values)
    outs, width, weights = (int(known.get(key, 0)) for key in ("0", "1", "6"))
    kernel = width * int(known.get("11", width))
    return weights // (outs * kernel) if outs > 0 and kernel > 0 else 0


def _cut(layers: list[tuple[str, list[str], list[str]]], last_use: dict[str, int]) -> str:
    """Return the only blob that the first layer that enlarges, and all after it, need; "" if there are more."""
    alive: set[str] = set()
    for place, (here, after) in enumerate(pairwise(layers)):
        alive = {blob for blob in alive | set(here[2]) if last_use.get(blob, -1) > place}
        if after[0] in ("Interp", "PixelShuffle", "Deconvolution"):
            return next(iter(alive)) if len(alive) == 1 and here[0] not in ("Input", "Split") else ""
    return ""
