"""Rasters as images that paint fast. Made in worker threads."""

from __future__ import annotations

from PySide6.QtGui import QImage

from topazdesk.media.raster import PixelFormat, Raster

_FORMATS = {
    PixelFormat.RGB: QImage.Format.Format_RGB888,
    PixelFormat.RGBA: QImage.Format.Format_RGBA8888,
    PixelFormat.RGBA_PREMULTIPLIED: QImage.Format.Format_RGBA8888_Premultiplied,
}


def painted_image(raster: Raster) -> QImage:
    """An image that shares the raster's bytes, which are in the order of painters already. To be read only."""
    form = (
        QImage.Format.Format_RGB32 if raster.format is PixelFormat.BGRX else QImage.Format.Format_ARGB32_Premultiplied
    )
    image = _Sharing(raster.data, raster.width, raster.height, raster.stride, form)
    image.raster = raster
    return image


class _Sharing(QImage):
    """Keeps alive what it shows."""

    raster: Raster


def image_of(raster: Raster) -> QImage:
    """An image of its own (no shared bytes) in the format that Qt's painter is fastest with."""
    borrowed = QImage(raster.data, raster.width, raster.height, raster.stride, _FORMATS[raster.format])
    opaque = raster.format is PixelFormat.RGB
    return borrowed.convertToFormat(QImage.Format.Format_RGB32 if opaque else QImage.Format.Format_ARGB32_Premultiplied)
