"""Numbers and states in words, the same everywhere in the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topazdesk.domain.displayed_text import lines
from topazdesk.language import localised, ntr, number, percent, sentences, small, tr, translated

# The first controls on the screen need `tr` and none of what the texts are about.
if TYPE_CHECKING:
    from topazdesk.domain.geometry import PixelGrid, Size
    from topazdesk.domain.image import FileFormat
    from topazdesk.domain.job import JobState
    from topazdesk.domain.money import Unit

__all__ = ["localised", "ntr", "number", "percent", "sentences", "small", "tr", "translated"]


def plain_tip(text: str) -> str:
    """Return a tool tip that Qt shows as it is written, whoever wrote it: a file may be called "<img src=…>".

    Text that Qt would take for markup is returned as markup in which every special character is escaped.
    """
    text = lines(text)
    if "<" not in text and "&lt;" not in text:  # as Qt tells them apart
        return text
    import html

    return f"<qt>{html.escape(text, quote=False).replace(chr(10), '<br>')}</qt>"


def short_number(value: float) -> str:
    """Return a number without decimal places that say nothing: "2", "1.5"."""
    return localised(f"{value:g}")


def data_size_text(count: int) -> str:
    """Return a number of bytes: "28 MB", "1.2 GB"."""
    value, unit = float(count), "bytes"
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1_000 or unit == "GB":
            break
        value /= 1_000
    if unit == "bytes":
        return ntr("1 byte", "{n} bytes", count).format(n=number(count))
    words = {"kB": tr("{n} kB"), "MB": tr("{n} MB"), "GB": tr("{n} GB")}
    return words[unit].format(n=number(value, 1))


def credits_text(count: int) -> str:
    """ "1 credit", "18 credits"."""
    return ntr("1 credit", "{n} credits", count).format(n=number(count))


def charged_text(amount: int, unit: Unit) -> str:
    """Return what was charged, for instance "6 credits charged"; "free" where nothing ever is."""
    from topazdesk.domain.money import Unit

    price = money_text(amount, unit)
    return price if unit is Unit.NONE else tr("{price} charged").format(price=price)


def money_text(amount: int, unit: Unit) -> str:
    """ "18 credits", "$0.08", "free"; `amount` in whole units of the service."""
    from topazdesk.domain.money import Unit, dollars_text

    if unit is Unit.NONE:
        return tr("free")
    return credits_text(amount) if unit is Unit.CREDIT else translated(dollars_text(amount))


def bill_text(amount: int, unknown: int, unit: Unit) -> str:
    """Return the price of several pictures; "price not published" where that holds for any of them (`unknown`)."""
    if not unknown:
        return money_text(amount, unit)
    return tr("price not published")


def balance_text(amount: int, unit: Unit) -> str:
    """Return a balance in short: "480", "$39.92"; "" where there is no account."""
    from topazdesk.domain.money import Unit, dollars_text

    if unit is Unit.NONE:
        return ""
    return number(amount) if unit is Unit.CREDIT else translated(dollars_text(amount))


def pictures_text(count: int) -> str:
    """ "1 picture", "3 pictures"."""
    return ntr("1 picture", "{n} pictures", count).format(n=number(count))


def results_text(count: int) -> str:
    """ "1 result", "8 results"."""
    return ntr("1 result", "{n} results", count).format(n=number(count))


def results_of_text(count: int, pictures: int) -> str:
    """ "8 results of 2 pictures"."""
    return tr("{results} of {pictures}").format(results=results_text(count), pictures=pictures_text(pictures))


def megapixels_text(size: Size, *, exact: bool = False) -> str:
    """ "1.5 MP", "6 MP"; with `exact` always one decimal place: "24.0 MP". Below 0.1 MP two significant digits.

    With `exact` no whole number that is not reached, for prices rise there: 47.96 MP has two places then.
    """
    value = size.megapixels
    if value < 0.1:
        text = f"{value:.2g}" if value >= 0.01 else "0.01"
    elif exact:
        text = f"{value:.1f}"
        if text.endswith(".0") and float(text) > value:
            text = f"{size.pixels // 10_000 / 100:.2f}"
    else:
        text = f"{value:.1f}".removesuffix(".0")
    return tr("{mp} MP").format(mp=localised(text))


def size_text(size: Size, *, exact: bool = False) -> str:
    """ "3000 × 2000 · 6 MP"."""
    return f"{size.width} × {size.height} · {megapixels_text(size, exact=exact)}"


def pixel_shape_text(grid: PixelGrid) -> str:
    """Return what is said of pixels that are not square; "" of square ones."""
    if grid.is_square:
        return ""
    size = f"{grid.shown.width} × {grid.shown.height}"
    return tr("Its pixels are not square: it is shown in its proportions, as {size}.").format(size=size)


def percent_text(value: float) -> str:
    """ "62 %", with a narrow space that does not break; never over 100 %."""
    return percent(min(100, max(0, int(value))))


_LONGEST_S = 360_000.0


def time_left_text(seconds: float, *, is_sure: bool = False) -> str:
    """ "about 2 min", with `is_sure` "2 min"; a hundred hours are the most that anybody can mean."""
    if not seconds < _LONGEST_S:  # also what is no number at all: this is asked while a picture is painted
        seconds = _LONGEST_S
    if seconds < 50:
        text, count = tr("{n} s") if is_sure else tr("about {n} s"), max(5, round(seconds / 5) * 5)
    elif seconds < 5400:
        text, count = tr("{n} min") if is_sure else tr("about {n} min"), max(1, round(seconds / 60))
    else:
        text, count = tr("{n} h") if is_sure else tr("about {n} h"), max(1, round(seconds / 3600))
    return text.format(n=number(count))


def format_text(file_format: FileFormat) -> str:
    """Return the format as people write it."""
    from topazdesk.domain.image import FileFormat

    names = {
        FileFormat.WEBP: "WebP",
        FileFormat.RAW: "Raw",
        FileFormat.JXL: "JPEG XL",
        FileFormat.JP2: "JPEG 2000",
        FileFormat.PSD: "Photoshop",
    }
    return names.get(file_format, file_format.value.upper())


def state_look(state: JobState) -> tuple[str, str]:
    """Icon and colour role of a state."""
    return state.traits.icon, state.traits.tone


def state_text(state: JobState, percent: float | None = None) -> str:
    """Return the state in a word, with the percentage where one is known: "Uploading 43 %"."""
    word = translated(state.traits.word)
    if percent is not None and state.traits.has_percent:
        return tr("{state} {percent}").format(state=word, percent=percent_text(percent))
    return word
