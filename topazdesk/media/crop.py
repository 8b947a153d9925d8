"""Cut a patch out of a picture, losslessly, for a trial."""

from __future__ import annotations

import filecmp
import itertools
import os
import uuid
from pathlib import Path

from topazdesk.disk.free_name import rename_free
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.domain.naming import safe_name
from topazdesk.domain.trial import Patch
from topazdesk.errors import Code, InputError
from topazdesk.media import resolution
from topazdesk.media.decoding import is_plain, upright
from topazdesk.media.limits import vips
from topazdesk.media.opening import check_unchanged, damaged, opened
from topazdesk.media.probe import probe
from topazdesk.media.writing import save

#: So many characters of the picture's name begin that of a patch: what is added must never be cut off.
_STEM = 60


def cut(info: ImageInfo, patch: Patch, folder: Path) -> ImageInfo:
    """Write `patch` of the picture to a file in `folder` and return the header facts of that file. Blocking.

    `patch` is in pixels of the upright picture. The file is a PNG, or a TIFF where PNG cannot hold the pixels (CMYK,
    Lab, floats). It is upright and keeps profile, depth, transparency and resolution, but no other metadata. Its name
    is that of the picture with the patch's size and place: whoever drags one out of the window, or a result that is
    named after it, knows what it is of. Equal patches share one file; a number tells others of the same name apart.

    Raises InputError when the source changed, is damaged or does not contain the patch, ComputerError when the folder
    cannot be written.
    """
    size = info.size
    if patch.x < 0 or patch.y < 0 or patch.x + patch.width > size.width or patch.y + patch.height > size.height:
        raise InputError("The area is not inside the picture", "Choose the place again", code=Code.INPUT_PATCH)
    folder.mkdir(parents=True, exist_ok=True)
    with opened(info.path) as descriptor:
        check_unchanged(descriptor, info)
        try:
            piece = upright(descriptor, info).crop(patch.x, patch.y, patch.width, patch.height)
            kind = FileFormat.PNG if is_plain(piece) else FileFormat.TIFF
            draft = folder / f".{uuid.uuid4().hex}{kind.suffix}"
            save(resolution.stating(piece, info), draft, kind)
            if info.dpi is None:
                resolution.without_unit(draft, kind)
        except vips().Error as error:
            raise damaged(str(error)) from error
    try:
        return probe(_named(draft, safe_name(f"{info.path.stem[:_STEM]}, {area_text(patch)}")))
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def area_text(patch: Patch) -> str:
    """Return the part of a file name that says which patch it is of: "area 256x200 at 40,30"."""
    return f"area {patch.width}x{patch.height} at {patch.x},{patch.y}"


def _named(draft: Path, stem: str) -> Path:
    """Give the draft its name and return it: that of an equal file, which takes its place, or the first free one."""
    for number in itertools.count(1):
        target = draft.with_name((stem if number == 1 else f"{stem} ({number})") + draft.suffix)
        try:
            rename_free(draft, target)
        except FileExistsError:
            if not target.is_symlink() and target.is_file() and filecmp.cmp(draft, target, shallow=False):
                draft.unlink()
                os.utime(target)  # in use again, so it is kept longer
                return target
        else:
            return target
    raise AssertionError("numbers do not end")
