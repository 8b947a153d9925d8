"""Wires the parts together, for the window and the command line."""
