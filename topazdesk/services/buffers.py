"""Memory of transfers: freed buffers are kept for the next piece instead of being given back to the system.

The C library of Linux returns a freed megabyte at once, and every new one is then made of fresh pages: measured, that is a third
of all processor time of a transfer. Freeing one large block teaches it to keep that much (mallopt(3), dynamic threshold of
M_MMAP_THRESHOLD). Elsewhere this does nothing.
"""

from __future__ import annotations

import functools

#: Bytes of the lesson; up to twice as much stays with the process. Well under what a transfer may cost.
KEPT = 16 * 1024 * 1024


@functools.cache
def keep_freed_buffers() -> None:
    """Call before the first transfer; later calls do nothing. The block is never touched, so it costs no memory."""
    bytes(KEPT)
