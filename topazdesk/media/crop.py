"""Cut a patch out of a picture, losslessly, for a trial."""

from __future__ import annotations

import hashlib
import os
import uuid
from pathlib import Path

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
    is that of the picture with a digest of its bytes: equal patches share one file, and whoever drags one out of the
    window, or a result that is named after it, knows what it is of.

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
        with draft.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        target = draft.with_name(safe_name(f"{info.path.stem[:_STEM]}_area_{digest[:16]}") + kind.suffix)
        if target.exists():
            draft.unlink()
            os.utime(target)  # in use again, so it is kept longer
        else:
            draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return probe(target)
