"""Conversion of rasters to the image formats that Qt paints fastest. Runs in worker threads."""

from __future__ import annotations

from PySide6.QtGui import QImage

from topazdesk.media.raster import PixelFormat, Raster

_FORMATS = {
    PixelFormat.RGB: QImage.Format.Format_RGB888,
    PixelFormat.RGBA: QImage.Format.Format_RGBA8888,
    PixelFormat.RGBA_PREMULTIPLIED: QImage.Format.Format_RGBA8888_Premultiplied,
}


def quickest(raster: Raster) -> QImage:
    """Return an image of a raster of any format: its own bytes where their order is the painter's, or else a copy."""
    return image_of(raster) if raster.format in _FORMATS else painted_image(raster)


def painted_image(raster: Raster) -> QImage:
    """Return a read-only image that shares the raster's bytes, which are in the painter's order already."""
    form = (
        QImage.Format.Format_RGB32 if raster.format is PixelFormat.BGRX else QImage.Format.Format_ARGB32_Premultiplied
    )
    image = _Sharing(raster.data, raster.width, raster.height, raster.stride, form)
    image.raster = raster
    return image


class _Sharing(QImage):
    """An image that keeps alive the raster whose bytes it shows."""

    raster: Raster


def image_of(raster: Raster) -> QImage:
    """Return an image with its own copy of the pixels, in the format that Qt's painter handles fastest."""
    borrowed = QImage(raster.data, raster.width, raster.height, raster.stride, _FORMATS[raster.format])
    opaque = raster.format is PixelFormat.RGB
    return borrowed.convertToFormat(QImage.Format.Format_RGB32 if opaque else QImage.Format.Format_ARGB32_Premultiplied)
