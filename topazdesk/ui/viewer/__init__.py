"""Provide the before/after viewer: `CompareView`, its frame `ViewerBody`, its toolbar `ViewerStrip` and its modes."""

from topazdesk.ui.viewer.body import ViewerBody
from topazdesk.ui.viewer.compare import CompareView
from topazdesk.ui.viewer.modes import DIFFERENCE, MODES, SIDE_BY_SIDE, SPLIT, SWAP, Mode
from topazdesk.ui.viewer.strip import ViewerStrip

__all__ = ["DIFFERENCE", "MODES", "SIDE_BY_SIDE", "SPLIT", "SWAP", "CompareView", "Mode", "ViewerBody", "ViewerStrip"]
