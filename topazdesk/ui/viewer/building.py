"""Building of a large picture's pyramid, in a thread beside the one that makes its first pixels."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future

from topazdesk.media.pyramid import Pyramid

#: Builds a pyramid: asks whether it was given up, and gives away the pyramid when it has begun.
Build = Callable[[Callable[[], bool], Callable[[Pyramid], None]], Pyramid]


class Building:
    """A pyramid that is being built. It is passed to `post` when it has begun and the picture has pixels on screen."""

    def __init__(self, build: Build, post: Callable[[Pyramid], None]) -> None:
        self._post = post
        self._lock = threading.Lock()
        self._growing: Pyramid | None = None
        self._has_pixels = False
        self._given_up = threading.Event()
        self._made: Future[Pyramid] = Future()
        threading.Thread(target=self._run, args=(build,), name="viewer-build", daemon=True).start()

    def show(self) -> None:
        """Note that the picture has pixels on screen, which tiles may now replace."""
        with self._lock:
            self._has_pixels, growing = True, self._growing
        if growing is not None:
            self._post(growing)

    def give_up(self) -> None:
        """End the build, if nobody else waits for it."""
        self._given_up.set()

    def result(self) -> Pyramid:
        """Return the pyramid when it is whole. Blocking. Raises what the build raised."""
        return self._made.result()

    def _run(self, build: Build) -> None:
        try:
            self._made.set_result(build(self._given_up.is_set, self._begun))
        except BaseException as error:  # noqa: BLE001 - for the one who waits for the result
            self._made.set_exception(error)

    def _begun(self, pyramid: Pyramid) -> None:
        with self._lock:
            self._growing, is_shown = pyramid, self._has_pixels
        if is_shown:
            self._post(pyramid)
