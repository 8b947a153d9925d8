"""Wiring: the parts put together for a window or a command line."""
