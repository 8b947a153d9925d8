"""What is said to leave this computer is what `prepare` writes: format, bytes, parts; no more bytes than were told."""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
import pyvips

from tests.support import pictures
from tests.support.catalogue import packaged_catalogue
from topazdesk.domain.image import DeclaredColour, FileFormat
from topazdesk.domain.sending import all_bytes, sending, sending_words
from topazdesk.domain.services import SERVICES, ServiceName
from topazdesk.domain.uploads import accepted
from topazdesk.media.prepare import prepare
from topazdesk.media.probe import probe

HOST = "api.example.org"
F = FileFormat
_MODELS = packaged_catalogue()
PRECISE = _MODELS.find(ServiceName.TOPAZ, "Standard 2")
PNG_ONLY = next(model for model in _MODELS.of(ServiceName.TOPAZ) if accepted(model)[0] == {F.PNG})


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (F.JPEG, {}),
        (F.JPEG, {"orientation": 6}),
        (F.JPEG, {"cmyk": True}),
        (F.JPEG, {"grey": True}),
        (F.JPEG, {"profile": "p3"}),
        (F.PNG, {}),
        (F.PNG, {"alpha": True}),
        (F.PNG, {"bits": 16}),
        (F.TIFF, {"bits": 16, "profile": "p3"}),
        (F.TIFF, {"pages": 3}),
        (F.WEBP, {}),
        (F.AVIF, {}),
        (F.GIF, {}),
    ],
)
@pytest.mark.parametrize("model", [PRECISE, PNG_ONLY], ids=lambda model: model.slug)
def test_what_is_told_is_what_is_sent(
    tmp_path: Path, kind: FileFormat, options: dict[str, object], model: object
) -> None:
    chosen = PRECISE if model is PRECISE else PNG_ONLY
    info = probe(pictures.write(tmp_path / f"a{kind.suffix}", kind, 90, 70, **options))
    told = sending(info, chosen, HOST)
    formats, most = accepted(chosen)
    made = prepare(info, formats, tmp_path, "td-0123", keep_alpha=chosen.keeps_alpha, max_bytes=most)
    assert (told.format, told.name) == (made.format, f"td-…{made.format.suffix}")
    assert made.bytes_on_disk <= told.most_bytes
    sent = pyvips.Image.new_from_file(str(made.path))
    has_profile = bool(sent.get_typeof("icc-profile-data"))
    assert has_profile == ("profile" in told.blocks)
    parts = [name for name in sent.get_fields() if name in ("exif-data", "xmp-data", "iptc-data", "photoshop-data")]
    assert parts == []


@pytest.mark.parametrize("model", [PRECISE, PNG_ONLY], ids=lambda model: model.slug)
def test_a_high_dynamic_range_is_sent_with_a_profile_and_16_bits(tmp_path: Path, model: object) -> None:
    """Its copy has a profile of which nothing was told, and twice the bytes that were told."""
    chosen = PRECISE if model is PRECISE else PNG_ONLY
    noise = pyvips.Image.gaussnoise(300, 200, mean=128, sigma=120, seed=3).cast("uchar")
    data = noise.bandjoin([noise.rot180(), noise.fliphor()]).copy(interpretation="srgb").pngsave_buffer()
    body = b"cICP" + bytes((9, 18, 0, 1))
    chunk = struct.pack(">I", 4) + body + struct.pack(">I", zlib.crc32(body))
    path = tmp_path / "a.png"
    path.write_bytes(data[:33] + chunk + data[33:])
    info = probe(path)
    assert info.colour is DeclaredColour.HLG
    told = sending(info, chosen, HOST)
    formats, most = accepted(chosen)
    made = prepare(info, formats, tmp_path, "td-0123", keep_alpha=chosen.keeps_alpha, max_bytes=most)
    assert (told.format, "profile" in told.blocks) == (made.format, True)
    assert made.bytes_on_disk <= told.most_bytes


def test_noise_that_does_not_compress_stays_below_what_was_told(tmp_path: Path) -> None:
    noise = pyvips.Image.gaussnoise(300, 200, mean=32_768, sigma=30_000, seed=3).cast("ushort")
    path = tmp_path / "a.tif"
    noise.bandjoin([noise.rot180(), noise.fliphor()]).copy(interpretation="rgb16").tiffsave(str(path))
    info = probe(path)
    made = prepare(info, accepted(PRECISE)[0], tmp_path, "td-0123")
    assert 350_000 < made.bytes_on_disk <= sending(info, PRECISE, HOST).most_bytes


@pytest.mark.parametrize("service", SERVICES.with_key)
def test_it_is_said_for_every_service_how_long_it_keeps_copies(service: ServiceName, tmp_path: Path) -> None:
    info = probe(pictures.write(tmp_path / "a.jpg"))
    kept = service.traits.keeps_copies
    words = sending_words([sending(info, replace(PRECISE, service=service), HOST)], 1)
    assert words.rows[-1] == ("Copies there", kept)
    assert words.sentence.endswith(kept)
    assert str(service.traits.keeps_results_days) in kept


def test_words_and_sums(tmp_path: Path) -> None:
    """A picture that several models share is sent once; what stays here is said to stay here."""
    plain = probe(pictures.write(tmp_path / "a.jpg"))
    info = replace(plain, bytes_on_disk=4_000_000, has_profile=True)
    other = _MODELS.find(ServiceName.TOPAZ, "High Fidelity 2")
    one, two = sending(info, PRECISE, HOST), sending(info, other, HOST)
    assert all_bytes([(info, PRECISE, one), (info, other, two)]) == 4_000_000
    assert sending_words([one, two], 4_000_000).sentence == (
        "Sent to api.example.org: pixels, colour profile and resolution, at most 4.0 MB, named td-….jpg (random). "
        "No other metadata. Topaz keeps pictures and results for 7 days."
    )
    assert sending_words([sending(info, PRECISE, "")], 1).sentence == "Nothing leaves this computer."
    runflow = replace(PRECISE, service=ServiceName.RUNFLOW)
    assert "api.example.org and its storage: " in sending_words([sending(info, runflow, HOST)], 31_000_000).sentence
    assert sending(info, PRECISE, HOST).to_json() == {
        "host": HOST,
        "has_storage": False,
        "name": "td-….jpg",
        "format": "jpeg",
        "most_bytes": 4_000_000,
        "blocks": ["pixels", "profile", "resolution"],
    }
