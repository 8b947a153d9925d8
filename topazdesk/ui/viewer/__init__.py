"""Provide the before/after viewer: `CompareView`, its frame `ViewerBody`, its toolbar `ViewerStrip` and its modes.

Each is loaded when somebody asks for it: the window needs the panel around the viewer before the viewer itself.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from topazdesk.ui.viewer.body import ViewerBody
    from topazdesk.ui.viewer.compare import CompareView
    from topazdesk.ui.viewer.modes import DIFFERENCE, MODES, SIDE_BY_SIDE, SPLIT, SWAP, Mode
    from topazdesk.ui.viewer.strip import ViewerStrip

__all__ = ["DIFFERENCE", "MODES", "SIDE_BY_SIDE", "SPLIT", "SWAP", "CompareView", "Mode", "ViewerBody", "ViewerStrip"]

_PLACES = {"CompareView": "compare", "ViewerBody": "body", "ViewerStrip": "strip"}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES.get(name, 'modes')}"), name)
