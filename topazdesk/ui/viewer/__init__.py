"""Provide the before/after viewer: `CompareView`, its frame `ViewerBody`, its toolbar `ViewerStrip` and its modes."""

from typing import TYPE_CHECKING

from topazdesk.ui.runtime.on_demand import on_demand

if TYPE_CHECKING:
    from topazdesk.ui.viewer.body import ViewerBody
    from topazdesk.ui.viewer.compare import CompareView
    from topazdesk.ui.viewer.modes import DIFFERENCE, MODES, SIDE_BY_SIDE, SPLIT, SWAP, Mode
    from topazdesk.ui.viewer.strip import ViewerStrip
else:
    __getattr__ = on_demand(
        __name__,
        {
            "CompareView": "compare",
            "DIFFERENCE": "modes",
            "MODES": "modes",
            "Mode": "modes",
            "SIDE_BY_SIDE": "modes",
            "SPLIT": "modes",
            "SWAP": "modes",
            "ViewerBody": "body",
            "ViewerStrip": "strip",
        },
    )

__all__ = ["DIFFERENCE", "MODES", "SIDE_BY_SIDE", "SPLIT", "SWAP", "CompareView", "Mode", "ViewerBody", "ViewerStrip"]
