"""Load the decoding libraries with limits that fit a memory budget.

Their own limits fit neither the services' pictures (32,000 px a side) nor the memory of a desktop computer: Pillow
warns above 89 MP, libvips caches whatever it computes. So all code that decodes gets the libraries from here.
"""

from __future__ import annotations

import importlib
import logging
import os
import threading
from typing import Any

from topazdesk.domain.geometry import MAX_SIDE_PX

#: Most pixels that are ever decoded: the largest square that the services allow.
MAX_PIXELS = MAX_SIDE_PX * MAX_SIDE_PX

#: Pictures of up to this many pixels are kept decoded in memory (4 MP of RGBA are 16 MB).
IN_MEMORY_PIXELS = 4_000_000

#: Bytes of computed pictures that libvips may cache, besides those in use.
VIPS_CACHE_BYTES = 64 * 1024 * 1024
VIPS_CACHE_OPERATIONS = 64
VIPS_CACHE_FILES = 64

#: Decoded pictures above this size go to a temporary file instead of memory (rotated and interlaced pictures).
VIPS_SPILL_BYTES = 96 * 1024 * 1024

#: Threads of one libvips pipeline.
VIPS_THREADS = max(2, min(8, os.cpu_count() or 2))

_lock = threading.Lock()
_vips: Any = None
_pillow: Any = None


def vips() -> Any:
    """Return the pyvips module; the first call loads and configures it (about 0.1 s: use a worker thread)."""
    global _vips
    with _lock:
        if _vips is None:
            os.environ.setdefault("VIPS_DISC_THRESHOLD", str(VIPS_SPILL_BYTES))
            # Its logger repeats what is raised anyway, once for every damaged file that a user drops.
            logging.getLogger("pyvips").setLevel(logging.ERROR)
            pyvips: Any = importlib.import_module("pyvips")

            pyvips.cache_set_max(VIPS_CACHE_OPERATIONS)
            pyvips.cache_set_max_mem(VIPS_CACHE_BYTES)
            pyvips.cache_set_max_files(VIPS_CACHE_FILES)
            pyvips.concurrency_set(VIPS_THREADS)
            # Decoders that libvips does not consider safe for untrusted files stay off: files come from anywhere.
            pyvips.block_untrusted_set(True)
            _vips = pyvips
        return _vips


def pillow() -> Any:
    """Return the module `PIL.Image`, configured to refuse pictures over `MAX_PIXELS` and not to warn below that."""
    global _pillow
    with _lock:
        if _pillow is None:
            from PIL import Image, ImageFile

            # Pillow warns above this number and refuses above twice as many.
            Image.MAX_IMAGE_PIXELS = MAX_PIXELS
            ImageFile.LOAD_TRUNCATED_IMAGES = False
            _pillow = Image
        return _pillow
