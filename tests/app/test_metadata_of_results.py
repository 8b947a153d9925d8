"""From a marked original through a real service to the kept file: metadata, content credentials, XMP files, what is said."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import json
import os
import signal
import sys
from pathlib import Path

import c2pa
import numpy as np
import pytest
import pyvips

from tests.support import marked_pictures as marked
from tests.support.delivered import is_delivered
from tests.support.sandbox import RunningSandbox, sandbox, started
from topazdesk.app.app_context import AppContext
from topazdesk.app.settings import Settings
from topazdesk.app.sidecar_names import sidecar_of
from topazdesk.domain.draft import draft
from topazdesk.domain.geometry import OutputSize
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.kept import CredentialsMode, MetadataMode
from topazdesk.domain.recipe import OutputOptions, Recipe
from topazdesk.domain.services import ServiceName
from topazdesk.engine.packets import packet_of
from topazdesk.media import workers
from topazdesk.media.metadata import aside
from topazdesk.media.probe import probe

__all__ = ["sandbox"]


def enhanced(
    folder: Path,
    sandbox: RunningSandbox,
    source: Path,
    format_: FileFormat,
    monkeypatch: pytest.MonkeyPatch,
    copies: tuple[FileFormat, ...] = (),
    **settings: str,
) -> Job:
    """One job of a fresh profile, at its end."""
    monkeypatch.setenv("TOPAZ_API_KEY", sandbox.key)
    monkeypatch.setenv("TOPAZDESK_TOPAZ_URL", sandbox.url)
    output = OutputOptions(OutputSize.scale(2), format_, copies=copies)
    recipe = Recipe.of(ServiceName.TOPAZ, "standard-2", {}, output)

    async def work() -> Job:
        def change(found: Settings) -> Settings:
            return found.with_(sidecars=True, **settings)

        context = await AppContext.open(folder / "profile", change=change)
        try:
            await context.engine.start()
            model = context.catalogue.find(ServiceName.TOPAZ, "Standard 2")
            (job,) = await context.engine.enqueue([draft(probe(source), model, recipe)])
            await context.engine.idle()
            return context.engine.job(job.id)
        finally:
            await context.close()

    job = asyncio.run(work())
    assert job.state is JobState.DONE, job.trouble
    return job


@pytest.mark.parametrize("format_", [FileFormat.JPEG, FileFormat.PNG, FileFormat.TIFF])
def test_a_result_brings_back_what_its_original_says(
    tmp_path: Path, sandbox: RunningSandbox, format_: FileFormat, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = marked.marked(tmp_path / "source.jpg")
    before = hashlib.sha256(source.read_bytes()).hexdigest()
    job = enhanced(tmp_path, sandbox, source, format_, monkeypatch)
    assert job.result is not None
    assert job.kept is not None
    assert job.kept.mode is MetadataMode.EMBED
    assert is_delivered(job.result, sandbox.result_bytes(job.remote_id))
    assert marked.exif_of(job.result)["Exif.Image.Artist"] == "Zoë Müller"
    xmp = marked.xmp_of(job.result)
    assert xmp["Xmp.topazdesk.SourceSHA256"] == before == job.source_digest
    assert xmp["Xmp.topazdesk.JobID"] == job.remote_id
    assert xmp["Xmp.iptcExt.DigitalSourceType"].endswith("algorithmicallyEnhanced")
    data = json.loads(sidecar_of(job.result).read_text())
    assert data["metadata"] == job.kept.to_json()
    assert (data["source_sha256"], data["delivered_sha256"]) == (before, job.delivered_digest)
    with (tmp_path / "profile" / "runs.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["job_at_service"], row["result_sha256"]) == (job.remote_id, job.result_digest)
    assert hashlib.sha256(source.read_bytes()).hexdigest() == before


@pytest.mark.parametrize("format_", [FileFormat.JPEG, FileFormat.PNG, FileFormat.TIFF])
@pytest.mark.parametrize("mode", CredentialsMode)
def test_content_credentials_of_the_service(
    tmp_path: Path, format_: FileFormat, mode: CredentialsMode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any change of the file breaks the signature. Kept: it is valid, to the byte. Replaced: none is left that is broken."""
    source = marked.marked(tmp_path / "source.jpg")
    with started(tmp_path / "signing", options=("--sign",)) as signing:
        job = enhanced(tmp_path, signing, source, format_, monkeypatch, credentials=mode.value)
        delivered = signing.result_bytes(job.remote_id)
    assert job.result is not None
    assert job.kept is not None
    assert job.kept.signed_by == "topazdesk sandbox"
    if mode is CredentialsMode.KEEP:
        assert job.result.read_bytes() == delivered
        with c2pa.Reader(str(job.result)) as reader:
            told = json.loads(reader.json())
        assert {each["code"] for each in told.get("validation_status", [])} <= {"signingCredential.untrusted"}
        xmp = marked.xmp_of(packet_of(job.result))
        assert xmp["Xmp.dc.creator"] == "Zoë Müller"
        assert xmp["Xmp.topazdesk.DeliveredSHA256"] == hashlib.sha256(delivered).hexdigest()
    else:
        assert not packet_of(job.result).exists()
        with pytest.raises(c2pa.C2paError):
            c2pa.Reader(str(job.result))
        assert marked.exif_of(job.result)["Exif.Image.Artist"] == "Zoë Müller"
        one, other = pyvips.Image.new_from_file(str(job.result)), pyvips.Image.new_from_buffer(delivered, "")
        assert np.array_equal(one.numpy(), other.numpy())


@pytest.mark.parametrize("mode", MetadataMode)
def test_a_copy_carries_what_its_result_does(
    tmp_path: Path, mode: MetadataMode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The result is as it was signed, to the byte; the copy has no credentials, which is said, and so has the metadata."""
    source = marked.marked(tmp_path / "source.jpg")
    jpeg, png = FileFormat.JPEG, FileFormat.PNG
    with started(tmp_path / "signing", options=("--sign",)) as signing:
        job = enhanced(tmp_path, signing, source, jpeg, monkeypatch, (png, FileFormat.TIFF), metadata=mode.value)
        delivered = signing.result_bytes(job.remote_id)
    assert job.result is not None
    assert job.kept is not None
    assert (job.format, job.result.read_bytes()) == (FileFormat.TIFF, delivered)
    assert [copy.format for copy in job.copies] == [jpeg, png]
    data = json.loads(sidecar_of(job.result).read_text())
    with (tmp_path / "profile" / "runs.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    for (copy, path), said in zip(job.copy_paths, data["copies"], strict=True):
        assert (said["format"], said["name"], said["sha256"]) == (copy.format.value, path.name, copy.digest)
        assert str(path) in row["copies"]
        with pytest.raises(c2pa.C2paError):
            c2pa.Reader(str(path))
        assert packet_of(path).exists() == (mode is MetadataMode.SIDECAR)
        if mode is MetadataMode.OFF:
            assert "Exif.Image.Artist" not in marked.exif_of(path)
        elif mode is MetadataMode.EMBED:
            assert marked.exif_of(path)["Exif.Image.Artist"] == "Zoë Müller"
            assert marked.xmp_of(path)["Xmp.topazdesk.JobID"] == job.remote_id
            stated = probe(source).dpi
            assert stated is not None
            assert probe(path).dpi == pytest.approx([2 * each for each in stated], rel=0.01)
            assert f"{copy.format.upper()} copy: no content credentials: it was made here" in job.kept.lines
        made, of = pyvips.Image.new_from_file(str(path)), pyvips.Image.new_from_buffer(delivered, "")
        assert np.abs(made.numpy().astype(float) - of.numpy()).mean() < (3 if copy.format is jpeg else 1e-9)


def test_a_process_that_dies_of_a_file_costs_nothing(
    tmp_path: Path, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """exiv2 is native code and originals come from anywhere: its process is killed while it works, each time."""
    source = marked.marked(tmp_path / "source.jpg")
    take = workers.for_results._take

    def taken() -> object:
        worker = take()
        os.kill(worker.pid, signal.SIGKILL)
        worker.is_new = True
        return worker

    monkeypatch.setattr(workers.for_results, "_take", taken)
    job = enhanced(tmp_path, sandbox, source, FileFormat.PNG, monkeypatch)
    assert job.result is not None
    assert job.result.read_bytes() == sandbox.result_bytes(job.remote_id)
    assert job.kept is not None
    assert any("could not be added" in line for line in job.kept.lines)


#: What the worker does instead of completing a file.
_ENDS = {
    "struct": "import struct; struct.pack('>H', 70_000)",
    "zlib": "import zlib; zlib.decompress(b'x')",
    "unicode": "b'\\xff'.decode()",
    "key": "{}['a']",
    "memory": "raise MemoryError",
    "recursion": "f = lambda: f(); f()",
    "exit": "raise SystemExit(3)",
    "death": "import os; os._exit(9)",
    "lie": "return {'report': {}, 'is_new': 1}",
}


@pytest.mark.parametrize("end", _ENDS)
def test_whatever_ends_the_completing_the_paid_file_is_kept_as_delivered(
    tmp_path: Path, sandbox: RunningSandbox, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the process that does it, through the whole engine: nothing is asked for again, and what is missing is said."""
    program = tmp_path / "worker.py"
    program.write_text(
        "from topazdesk.media import worker\n"
        "def complete(job):\n"
        f"    {_ENDS[end]}\n"
        "worker.JOBS['complete'] = complete\n"
        "worker.main()\n"
    )
    workers.for_results.close()
    monkeypatch.setattr(workers, "command", lambda: [sys.executable, str(program)])
    try:
        job = enhanced(tmp_path, sandbox, marked.marked(tmp_path / "source.jpg"), FileFormat.PNG, monkeypatch)
    finally:
        for pool in (workers.for_results, workers.shared):
            pool.close()
    assert job.result is not None
    assert job.result.read_bytes() == sandbox.result_bytes(job.remote_id)
    assert job.result_digest == job.delivered_digest
    assert job.kept is not None
    assert job.kept.lines == ("Metadata could not be added; the file is as it was delivered",)
    assert json.loads(sidecar_of(job.result).read_text())["metadata"] == job.kept.to_json()


def test_a_profile_from_a_backup_knows_a_result_with_metadata(
    tmp_path: Path, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its file was completed at another time; by its own word and its pixels it is the same."""
    source = marked.marked(tmp_path / "source.jpg")
    job = enhanced(tmp_path, sandbox, source, FileFormat.JPEG, monkeypatch)
    assert job.result is not None
    part = tmp_path / ".part"
    part.write_bytes(sandbox.result_bytes(job.remote_id))
    assert aside.is_same_aside(job, part, job.result)
    marked.write(part.with_suffix(".jpg"), size=(120, 80))
    assert not aside.is_same_aside(job, part.with_suffix(".jpg"), job.result)
    assert not aside.is_same_aside(job, part, part)
