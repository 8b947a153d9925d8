"""The before/after viewer: `CompareView`, its bar `ViewerStrip`, and the modes."""

from topazdesk.ui.viewer.compare import CompareView
from topazdesk.ui.viewer.panes import Mode
from topazdesk.ui.viewer.strip import ViewerStrip

__all__ = ["CompareView", "Mode", "ViewerStrip"]
