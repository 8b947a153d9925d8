"""The window's event loop and everything that runs on it or posts to it; no widgets."""

from topazdesk.ui.runtime import guard as _guard  # noqa: F401 must come before our first class
