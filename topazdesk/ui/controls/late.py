"""Room for controls that come later than those around them."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget


def keep_room(widget: QWidget, *, is_kept: bool = True) -> None:
    """Leave a hidden widget its place in the layout, so that nothing moves when it comes."""
    policy = widget.sizePolicy()
    policy.setRetainSizeWhenHidden(is_kept)
    widget.setSizePolicy(policy)
