"""Measurements against references, side by side in one run: `python packaging/dev.py bench [NAME…]`."""
