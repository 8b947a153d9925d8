"""The window's event loop and the ways in and out of it; no widget."""
