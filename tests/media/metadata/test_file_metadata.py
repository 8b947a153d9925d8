"""What a file says about itself is read for people, whatever kind of file it is, and a bad one costs only itself."""

from __future__ import annotations

import os
import signal
import struct
from pathlib import Path

import exiv2
import pytest

from tests.support import marked_pictures as marked
from topazdesk.domain.file_metadata import CredentialState, FileMetadata, Written
from topazdesk.domain.image import FileFormat
from topazdesk.media.metadata import aside
from topazdesk.media.metadata.aside import file_metadata_aside
from topazdesk.media.metadata.file_metadata import metadata_of
from topazdesk.media.metadata.signing import sign


@pytest.mark.parametrize("suffix", marked.SUFFIXES)
def test_what_a_camera_and_an_archivist_wrote_is_read(tmp_path: Path, suffix: str) -> None:
    found = metadata_of(marked.marked(tmp_path / f"a.{suffix}"))
    stated = dict(found.stated)
    assert (
        stated
        | {
            "Camera": "Canon EOS 5D",
            "Lens": "EF 50mm",
            "Taken": "2001-02-03 04:05:06",
            "Title": "The lake",
            "Author": "Zoë Müller",
            "Rights": "© 2001 Archive",
            "Keywords": "lake, Köln",
            "Rating": "4 of 5",
            "Location": "Köln · GPS position",
            "How it was made": "Scanned from a negative",
        }
        == stated
    )
    assert "1/125 s" in stated["Exposure"]
    kinds = {Written.LOCATION, Written.TIMES, Written.NAMES, Written.SERIALS, Written.CAMERA, Written.TEXTS}
    assert set(found.written) == kinds
    assert FileMetadata.from_json(found.to_json()) == found


def test_a_picture_without_anything_says_nothing(tmp_path: Path) -> None:
    assert metadata_of(marked.write(tmp_path / "a.jpg")) == FileMetadata()


def test_each_kind_of_data_is_noticed(tmp_path: Path) -> None:
    """One is enough: whoever looks wants to know that there is a serial number, not which of three fields has it."""
    for key, value, kind in (
        ("Exif.GPSInfo.GPSAltitude", "100/1", Written.LOCATION),
        ("Exif.Image.DateTime", "2001:02:03 04:05:06", Written.TIMES),
        ("Exif.Photo.CameraOwnerName", "Zoë", Written.NAMES),
        ("Exif.Photo.LensSerialNumber", "7", Written.SERIALS),
        ("Exif.Image.XPKeywords", "72 0 0 0", Written.TEXTS),
        ("Exif.Photo.FNumber", "28/10", Written.CAMERA),
    ):
        path = marked.write(tmp_path / "a.jpg")
        image = exiv2.ImageFactory.open(str(path))
        image.readMetadata()
        image.exifData()[key] = value
        image.writeMetadata()
        assert metadata_of(path).written == (kind,), key


@pytest.mark.parametrize(
    ("behind", "is_noticed"), [(b"\0" * 5_000, False), (struct.pack(">I4s", 24, b"ftyp") + b"mp42" * 4, True)]
)
def test_a_clip_behind_the_picture_is_noticed_and_padding_is_not(
    tmp_path: Path, behind: bytes, is_noticed: bool
) -> None:
    path = marked.write(tmp_path / "a.jpg")
    path.write_bytes(path.read_bytes() + behind)
    assert (Written.EXTRAS in metadata_of(path).written) is is_noticed


def test_content_credentials_are_called_valid_or_broken_in_words(tmp_path: Path) -> None:
    path = marked.write(tmp_path / "a.jpg")
    sign(path, FileFormat.JPEG, tmp_path / "keys")
    found = metadata_of(path)
    assert (found.credentials, found.signer) == (CredentialState.VALID, "topazdesk sandbox")
    assert dict(found.stated)["Content credentials"].startswith("Unchanged since topazdesk sandbox signed it")
    data = bytearray(path.read_bytes())
    data[-30] ^= 1
    path.write_bytes(data)
    found = metadata_of(path)
    assert found.credentials is CredentialState.BROKEN
    assert dict(found.stated)["Content credentials"] == "Broken: the file was changed after topazdesk sandbox signed it"
    assert found.written == (Written.CREDENTIALS,)


def test_a_file_that_kills_its_reader_costs_only_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [marked.marked(tmp_path / f"{number}.jpg") for number in range(3)]
    run = aside._readers.run

    def deadly(job: dict[str, object], cancelled: object) -> dict[str, object]:
        if [str(paths[1]), 0] in job["pages"]:  # type: ignore[operator]
            worker = aside._readers._take()
            os.kill(worker.pid, signal.SIGKILL)
            worker.is_new = True
            aside._readers._idle.append(worker)
            worker._process.wait()
            raise OSError("died")
        return run(job, cancelled)  # type: ignore[arg-type]

    monkeypatch.setattr(aside._readers, "run", deadly)
    found = file_metadata_aside(paths)
    assert [bool(each.stated) for each in found] == [True, False, True]
    assert found[1].trouble == ("What the file says about itself cannot be read",)
    assert file_metadata_aside([]) == []
    missing, odd = file_metadata_aside([tmp_path / "none.jpg", tmp_path])
    assert missing.trouble
    assert odd.trouble
