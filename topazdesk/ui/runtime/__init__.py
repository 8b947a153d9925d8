"""The window's event loop and the ways in and out of it; no widget."""

from topazdesk.ui.runtime import guard as _guard  # noqa: F401 before the first class of ours
