"""Which part of a picture a view shows, and at what scale.

One `Viewport` serves all pictures of a comparison: positions are fractions of the picture (0 to 1), never pixels of one
file, so a 1× and a 4× file show the same place. The scale is in physical screen pixels per pixel of the *frame*, which
is the result, or the only picture there is. Everything here is pure; each change returns a new, clamped viewport.
"""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass, replace

from topazdesk.domain.geometry import PixelGrid, Size
from topazdesk.domain.tiling import Rect

#: Steps of the zoom keys, in percent of the frame.
STEPS_PERCENT = (1, 2, 3, 5, 7, 10, 15, 20, 25, 33, 50, 67, 100, 150, 200, 300, 400, 600, 800, 1200, 1600, 2400, 3200)
MAX_SCALE = 32.0
#: Fitting enlarges small pictures, but not so far that their pixels show.
MAX_FIT_SCALE = 2.0
#: Aspect ratios that differ by no more than this are equal but for rounding. (A 3 px side can round by a sixth; rare.)
ASPECT_TOLERANCE = 0.01
#: All of a picture.
WHOLE = Rect(0, 0, 1, 1)


@dataclass(frozen=True, slots=True)
class Viewport:
    """A view of `view` pixels onto a frame, at `scale` view pixels per frame pixel.

    (`x`, `y`) is the point of the frame at the centre of the view, in fractions of the frame. Create one with `fitted`
    and change it with the methods. A frame smaller than the view is centred; the edges of a larger one never come
    inside the view.
    """

    view: Size
    frame: Size
    scale: float
    x: float = 0.5
    y: float = 0.5

    @classmethod
    def fitted(cls, view: Size, frame: Size) -> Viewport:
        """Return a view of the whole frame, centred, as large as possible (at most `MAX_FIT_SCALE`)."""
        return cls(view, frame, fit_scale(view, frame))

    @property
    def percent(self) -> float:
        """The zoom in percent: 100 shows one frame pixel on one screen pixel."""
        return self.scale * 100

    @property
    def is_fitted(self) -> bool:
        """Whether the whole frame is shown as `fitted` does."""
        return math.isclose(self.scale, fit_scale(self.view, self.frame), rel_tol=1e-9)

    @property
    def shows_all(self) -> bool:
        """Whether no part of the frame lies outside the view (with half a pixel of tolerance)."""
        return (
            self.frame.width * self.scale <= self.view.width + 0.5
            and self.frame.height * self.scale <= self.view.height + 0.5
        )

    @property
    def frame_rect(self) -> Rect:
        """Where the frame lies, in view pixels. Left and top are whole pixels, so that 100 % is sharp."""
        width, height = self.frame.width * self.scale, self.frame.height * self.scale
        return Rect(
            math.floor(self.view.width / 2 - self.x * width + 0.5),
            math.floor(self.view.height / 2 - self.y * height + 0.5),
            width,
            height,
        )

    @property
    def visible(self) -> Rect:
        """The visible part of the frame, in fractions of the frame (0 to 1)."""
        frame = self.frame_rect
        seen = frame.intersected(Rect(0, 0, self.view.width, self.view.height))
        return Rect(
            (seen.x - frame.x) / frame.width,
            (seen.y - frame.y) / frame.height,
            seen.width / frame.width,
            seen.height / frame.height,
        )

    def part_at(self, view_x: float, view_y: float) -> tuple[float, float]:
        """Return the point of the frame (in fractions, unclamped) under a point of the view."""
        width, height = self.frame.width * self.scale, self.frame.height * self.scale
        return self.x + (view_x - self.view.width / 2) / width, self.y + (view_y - self.view.height / 2) / height

    def point_of(self, part_x: float, part_y: float) -> tuple[float, float]:
        """Return the point of the view over a point of the frame; the inverse of `part_at`."""
        width, height = self.frame.width * self.scale, self.frame.height * self.scale
        return self.view.width / 2 + (part_x - self.x) * width, self.view.height / 2 + (part_y - self.y) * height

    def fit(self) -> Viewport:
        """Return the viewport that shows the whole frame."""
        return Viewport.fitted(self.view, self.frame)

    def zoomed(self, scale: float, anchor: tuple[float, float] | None = None) -> Viewport:
        """Return the viewport at another scale.

        What lies under `anchor` (view pixels; by default the centre) stays there as far as the edges allow.
        """
        scale = min(max(scale, self.min_scale), MAX_SCALE)
        at_x, at_y = anchor or (self.view.width / 2, self.view.height / 2)
        part_x, part_y = self.part_at(at_x, at_y)
        x = part_x - (at_x - self.view.width / 2) / (self.frame.width * scale)
        y = part_y - (at_y - self.view.height / 2) / (self.frame.height * scale)
        return replace(self, scale=scale, x=x, y=y).clamped()

    @property
    def min_scale(self) -> float:
        """The smallest scale: the one that shows the whole frame, but never more than 1."""
        return min(fit_scale(self.view, self.frame), 1.0)

    def stepped(self, steps: int, anchor: tuple[float, float] | None = None) -> Viewport:
        """Return the viewport `steps` zoom steps further in (out when negative); the fitting scale is a step too."""
        fit_percent = fit_scale(self.view, self.frame) * 100
        lowest = self.min_scale * 100
        ladder = sorted({*(float(step) for step in STEPS_PERCENT if step >= lowest), fit_percent, lowest})
        now = self.percent
        viewport = self
        for _ in range(abs(steps)):
            if steps > 0:
                at = bisect.bisect_right(ladder, now * 1.001)
                now = ladder[min(at, len(ladder) - 1)]
            else:
                at = bisect.bisect_left(ladder, now * 0.999) - 1
                now = ladder[max(at, 0)]
            viewport = viewport.zoomed(now / 100, anchor)
        return viewport

    def panned(self, dx: float, dy: float) -> Viewport:
        """Return the viewport with the picture moved by `dx` and `dy` view pixels, to the right and down."""
        x = self.x - dx / (self.frame.width * self.scale)
        y = self.y - dy / (self.frame.height * self.scale)
        return replace(self, x=x, y=y).clamped()

    def centred(self, part_x: float, part_y: float) -> Viewport:
        """Return the viewport at the same scale, centred on another point of the frame."""
        return replace(self, x=part_x, y=part_y).clamped()

    def resized(self, view: Size) -> Viewport:
        """Return the viewport on the same place for a view of another size; a fitted picture stays fitted."""
        if self.is_fitted:
            return Viewport.fitted(view, self.frame)
        changed = replace(self, view=view)
        return replace(changed, scale=max(self.scale, changed.min_scale)).clamped()

    def reframed(self, frame: Size) -> Viewport:
        """Return the viewport for a frame of another size, with the same place at the same size on the screen.

        Used when a result arrives or goes away.
        """
        if self.is_fitted:
            return Viewport.fitted(self.view, frame)
        scale = self.scale * self.frame.width / frame.width
        changed = replace(self, frame=frame)
        return replace(changed, scale=min(max(scale, changed.min_scale), MAX_SCALE)).clamped()

    def clamped(self) -> Viewport:
        """Return the nearest viewport that shows no more empty space around the frame than it must."""
        return replace(
            self,
            x=_clamp_axis(self.x, self.frame.width * self.scale, self.view.width),
            y=_clamp_axis(self.y, self.frame.height * self.scale, self.view.height),
        )


def fit_scale(view: Size, frame: Size) -> float:
    """Return the scale, in view pixels per frame pixel, that shows the whole frame."""
    return min(view.width / frame.width, view.height / frame.height, MAX_FIT_SCALE)


def placement(picture: Size, frame: Size) -> Rect:
    """Return where a picture lies within a frame, in fractions of the frame.

    A picture of the same shape (but for rounding) fills it. Another is as large as fits and centred, because that is
    how the services letterbox a picture whose result has another shape.
    """
    ratio = (picture.width * frame.height) / (picture.height * frame.width)
    if abs(ratio - 1) <= ASPECT_TOLERANCE or _rounds_to(picture, frame):
        return WHOLE
    if ratio > 1:
        return Rect(0, (1 - 1 / ratio) / 2, 1, 1 / ratio)
    return Rect((1 - ratio) / 2, 0, ratio, 1)


def beside(original: PixelGrid, result: PixelGrid) -> PixelGrid:
    """Return the pixels of a result as they are shown beside those of its original.

    Where they correspond to the original's, they have the same shape whatever the file states, because services tend to
    lose the resolution and the same places would not meet. A result that has another shape is shown as it says.
    """
    if placement(original.pixels, result.pixels) == WHOLE:
        return PixelGrid(result.pixels, original.aspect)
    return result


def _rounds_to(picture: Size, frame: Size) -> bool:
    """Return whether the smaller of the two is the larger one scaled down, with its sides rounded up or down."""
    small, large = sorted((picture, frame), key=lambda size: size.pixels)
    factor = small.long_edge / large.long_edge
    return abs(large.width * factor - small.width) < 1 and abs(large.height * factor - small.height) < 1


def _clamp_axis(centre: float, length: float, view: float) -> float:
    if length <= view:
        return 0.5
    margin = view / 2 / length
    return min(max(centre, margin), 1 - margin)
