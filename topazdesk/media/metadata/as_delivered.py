"""Look at a delivered file that is kept as it is, and say where it is less than was promised. Loads no exiv2."""

from __future__ import annotations

import os

from topazdesk.domain.image import ImageInfo
from topazdesk.domain.kept import Kept, KeptReport
from topazdesk.errors import InputError
from topazdesk.media.metadata.differences import differences
from topazdesk.media.metadata.order import Order
from topazdesk.media.opening import opened
from topazdesk.media.probe import read_header


def as_delivered(order: Order) -> Kept:
    """Return what is said of the file. Raises OSError and InputError when it cannot be read."""
    with opened(order.delivered) as descriptor:
        delivered = read_header(descriptor, order.delivered)
    found = differences(
        _original(order),
        delivered,
        order.wanted,
        order.promised,
        keeps_alpha=order.keeps_alpha,
        asks_same=order.asks_same,
    )
    return Kept(KeptReport(remarks=tuple(found)))


def _original(order: Order) -> ImageInfo | None:
    if order.source is None:
        return None
    try:
        with opened(order.source) as descriptor:
            state = os.fstat(descriptor)
            is_same = (state.st_size, state.st_mtime_ns) == (order.source_bytes, order.source_mtime_ns)
            return read_header(descriptor, order.source, order.page) if is_same else None
    except (InputError, OSError):
        return None
