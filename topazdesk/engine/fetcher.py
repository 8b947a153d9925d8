"""Downloads finished results: part file, full check, rename. The program never gives up a paid result by itself."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from topazdesk.disk.names import shown_path
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.domain.job import Job, JobError, JobState
from topazdesk.domain.kept import Kept, KeptReport
from topazdesk.domain.money import Unit
from topazdesk.domain.naming import plain_name, template_problem
from topazdesk.domain.ports import DownloadLink, Service
from topazdesk.domain.recipe import OnConflict
from topazdesk.engine import files, left_parts, packets, replacing
from topazdesk.engine.acceptance import accepted
from topazdesk.engine.completing import completed
from topazdesk.engine.engine_context import EngineContext
from topazdesk.engine.events import EngineError
from topazdesk.engine.file_times import set_file_time
from topazdesk.engine.format_copies import CopyKind, CopyMaker
from topazdesk.engine.full_disks import FullDisks, Turn, disk_of, free_on
from topazdesk.engine.job_table import StepLostError, trouble_of
from topazdesk.engine.jobs_before import is_there
from topazdesk.engine.labelled_copies import label_text, place_labelled
from topazdesk.engine.part_writer import PartWriter
from topazdesk.engine.poller import expired
from topazdesk.engine.progress import ProgressReport
from topazdesk.engine.result_paths import ResultPaths, folder_of
from topazdesk.engine.seam import AnotherFileError, Seam
from topazdesk.engine.supervisor import as_shown
from topazdesk.errors import (
    AccountError,
    BusyError,
    Code,
    ComputerError,
    NetworkError,
    NotFoundError,
    NotReadyError,
    RejectedError,
    ResultError,
    TopazdeskError,
)
from topazdesk.language import say

_S = JobState
_TRIED_AGAIN = say("It is tried again automatically.")
#: Characters of a name template shown in a message.
_MOST_SHOWN = 80
#: Bytes allowed for metadata: more than any colour profile, preview and description in a picture.
_METADATA_BYTES = 64_000_000
_LOADING = frozenset({_S.READY, _S.DOWNLOADING, _S.VERIFYING})


class Fetcher:
    """Takes jobs from READY to DONE."""

    def __init__(self, context: EngineContext, result_paths: ResultPaths) -> None:
        self._context = context
        self._result_paths = result_paths
        self._full_disks = FullDisks(self._waits_for_disk)
        self._copying = asyncio.Lock()
        self._turns: dict[str, int] = {}  # of the gate, by the job that is downloaded

    async def run(self, job_id: str) -> None:
        """Make one attempt at one job. Every outcome is written into the job. Raises StepLostError; is cancelled."""
        try:
            await self._run(job_id)
        except TopazdeskError as error:
            await self._handle_failure(job_id, error)
        except StepLostError:
            await self._leave(job_id)
            raise
        except Exception as error:  # noqa: BLE001 a bug: reported; the result stays at the service for another try
            shown = as_shown(error)
            self._context.events.emit(EngineError(shown))
            await self._context.job_table.move(job_id, _S.FAILED, only_from=_LOADING, trouble=trouble_of(shown))
        finally:
            self._turns.pop(job_id, None)

    async def _run(self, job_id: str) -> None:
        job_table = self._context.job_table
        job = job_table[job_id]
        await self._result_paths.load(job)
        others = await self._context.store.other_keys() if job.target is not None else ()
        target, part, there = await asyncio.to_thread(self._locate, job, others)
        job = await job_table.move(job_id, _S.DOWNLOADING, only_from={_S.READY}, target=target, trouble=None)
        if job.state is not _S.DOWNLOADING:
            return
        if not await self._is_published(job, part):
            if job.delivered_bytes == 0 or there != job.delivered_bytes:
                size, digest = await self._download_in_turn(job, part, there)
            else:
                size, digest = await asyncio.to_thread(_size_and_digest, part)
            is_as_before = job.damaged > 0 and digest == job.delivered_digest
            # With the digest on disk, a file that was renamed just before a crash is recognised as ours.
            digests: dict[str, Any] = {"delivered_bytes": size, "delivered_digest": digest}
            digests |= {"result_bytes": size, "result_digest": digest, "kept": None}
            job = await job_table.move(job_id, _S.VERIFYING, **digests)
            info, trouble, kept, is_placed = await self._verify(job, part, is_as_before)
            if not is_placed:
                job = await self._record(await self._with_format(job, info.format), kept)
                job = await self._publish(job, part)
            report: KeptReport | None = kept.report
        else:
            job = await job_table.move(job_id, _S.VERIFYING, note="the file was already in place")
            info = await asyncio.to_thread(self._context.pictures.verify, target, None, job.format)
            trouble, report = None, job.kept
        report = await asyncio.to_thread(self._place_packet, job, part, report)
        made, report = await self._copy(job, part, report)
        done = await job_table.move(
            job_id,
            _S.DONE,
            result=job.target,
            result_size=info.size,
            percent=100.0,
            trouble=trouble or self._name_trouble(job) or job.remark,
            attempts=0,
            kept=report,
            **made,
        )
        if done.recipe != job.recipe and job.trial is None:  # another run has asked for a format more meanwhile
            await self.add_copies(done, replaces=done.recipe.output.on_conflict is OnConflict.OVERWRITE)

    async def _copy(self, job: Job, part: Path, report: KeptReport | None) -> tuple[dict[str, Any], KeptReport | None]:
        """Make the copies of the result at `job.target`; return the job's fields that name them, and what to say."""
        pictures = self._context.pictures
        is_labelled = await asyncio.to_thread(self._is_labelled, job)
        older = await self._older_copies(job)
        fields: dict[str, Any] = {}
        if is_labelled:
            replaced = older.get(None, {})
            fields, report = await asyncio.to_thread(place_labelled, pictures, job, part, report, replaced)
        if job.trial is None and job.recipe.output.copies:
            copies, report = await asyncio.to_thread(self._maker(job, part, is_labelled, older).make, report)
            fields |= {"copies": copies}
        return fields, report

    def _maker(
        self, job: Job, part: Path, is_labelled: bool, older: Mapping[CopyKind | None, Mapping[Path, str]]
    ) -> CopyMaker:
        context = self._context
        return CopyMaker(
            context.pictures,
            context.catalogue.by_slug(job.recipe.service, job.recipe.model),
            job,
            part,
            label_text(job) if is_labelled else "",
            {kind: paths for kind, paths in older.items() if kind is not None},
            lambda path: self._result_paths.is_promised(job.id, path),
        )

    async def add_copies(self, job: Job, *, replaces: bool = False) -> Job:
        """Make the copies of a finished job that it is to have by its recipe and that are not there; return it.

        `replaces`: each replaces the copy in its format that is encoded in another way, if nobody has changed that.
        What goes wrong with them is said in its report. Raises ComputerError.
        """
        async with self._copying:  # one after the other: two calls may ask for the same
            context = self._context
            now = context.job_table.get(job.id) or next(iter(await context.store.find([job.id])), job)
            job = replace(now, recipe=job.recipe)
            if job.result is None or not await asyncio.to_thread(is_there, context.digests, job):
                return now  # somebody has changed it since it was looked for
            await self._result_paths.load(job)
            is_labelled = await asyncio.to_thread(self._is_labelled, job)
            older = await asyncio.to_thread(self._own_copies, now) if replaces else {}
            maker = self._maker(replace(job, target=job.result), self._part(job.result, job), is_labelled, older)
            copies, report = await asyncio.to_thread(maker.make, job.kept)
            if copies == now.copies and report == now.kept:
                return now
            if context.job_table.get(job.id) is not None:
                return await context.job_table.update(job.id, copies=copies, kept=report)
            job = replace(now, copies=copies, kept=report)
            await context.store.save_copies(job)
            return job

    def _is_labelled(self, job: Job) -> bool:
        """Tell whether a labelled copy is wished by the recipe or the settings, or demanded by the policy. Blocks."""
        context = self._context
        return job.trial is None and (job.recipe.output.label or context.wants_labels() or context.read_policy().label)

    def _own_copies(self, job: Job) -> dict[CopyKind | None, dict[Path, str]]:
        """Return the copies of a job's result that no job has as its original, as `_older_copies` does. Blocks."""
        made: dict[CopyKind | None, dict[Path, str]] = {}
        for copy, path in job.copy_paths:
            if not self._result_paths.is_source(path):
                made.setdefault((copy.format, copy.is_labelled), {})[path] = copy.digest
        return made

    async def _older_copies(self, job: Job) -> dict[CopyKind | None, dict[Path, str]]:
        """Return the copies of results that the job's one replaced, with their digests, the latest first.

        They are sorted by format and whether they have a caption; None stands for the labelled copy of the result
        itself. A copy that was enhanced in its turn is an original now, and is not among them.
        """
        target = job.target
        if target is None or job.recipe.output.on_conflict is not OnConflict.OVERWRITE:
            return {}
        before = [each for each in await self._context.store.with_result(target, 0) if each.id != job.id]
        made: dict[CopyKind | None, dict[Path, str]] = {}
        for each in before:
            if each.result != target or each.recipe.digest != job.recipe.digest:
                continue
            if each.label is not None:
                made.setdefault(None, {}).setdefault(each.label, each.label_digest)
            for copy, path in each.copy_paths:
                made.setdefault((copy.format, copy.is_labelled), {}).setdefault(path, copy.digest)

        def without_sources() -> dict[CopyKind | None, dict[Path, str]]:
            is_source = self._result_paths.is_source
            return {
                kind: {path: digest for path, digest in paths.items() if not is_source(path)}
                for kind, paths in made.items()
            }

        return await asyncio.to_thread(without_sources)

    def _part(self, target: Path, job: Job) -> Path:
        return files.part_path(target, job.token, self._context.store.machine_key)

    async def _leave(self, job_id: str) -> None:
        """Remove what this machine has of a result that another one has taken up; a profile's belongs to its jobs."""
        job = self._context.job_table.get(job_id)
        if self._context.store.machine_key and job is not None and job.target is not None:
            await asyncio.to_thread(left_parts.clear, self._part(job.target, job))

    def _locate(self, job: Job, others: Sequence[str]) -> tuple[Path, Path, int]:
        """Return the target, the part file, and how many bytes of it exist. Blocks.

        `others`: the keys of machines that may have begun with it.
        """
        self._context.drives.require(folder_of(job.source, job.recipe.output.folder))
        if job.target is not None:
            self._context.drives.require(job.target.parent)
            theirs = [files.part_path(job.target, job.token, key) for key in others]
            left_parts.take_over(self._part(job.target, job), theirs)
            if job.recipe.output.on_conflict is OnConflict.OVERWRITE:
                replacing.settle(self._part(job.target, job), job.target, self._result_paths.is_result)
        target = job.target or self._result_paths.choose(job)
        part = self._part(target, job)
        files.clear_way(part)
        return target, part, files.size_of(part)

    # -- the name -------------------------------------------------------------------------------------------------

    async def _is_published(self, job: Job, part: Path) -> bool:
        """Tell whether an earlier run of the program ended between renaming the file and recording that.

        The content alone does not prove it: a service may return the same for one picture twice. A folder that was away
        while names were chosen (an unplugged drive) comes back with another job's result under the same name.
        """
        target, digest = job.target, job.result_digest
        if target is None or not digest or not await asyncio.to_thread(target.is_file):
            return False
        if await asyncio.to_thread(files.digest_of, target) != digest:
            return False
        replaces = job.recipe.output.on_conflict is OnConflict.OVERWRITE
        if not self._result_paths.is_reserved_for(job.id, target) or (
            not replaces and await self._context.store.is_result_of_another(job.id, target)
        ):
            return False
        await asyncio.to_thread(_remove_parts, part)
        return True

    async def _kept_from_before(self, job: Job, part: Path) -> Job | None:
        """Return the job if the file of its name is this very result, from before the job list was restored."""
        target, replaces = job.target, job.recipe.output.on_conflict is OnConflict.OVERWRITE
        if replaces or target is None or await asyncio.to_thread(target.is_symlink):
            return None
        if await self._is_published(job, part):
            return job
        # Metadata was added to it at another time. It is known by what it says of itself, and by its pixels.
        there = await asyncio.to_thread(self._digest_if_same, job, part, target)
        if there is None:
            return None
        job = await self._context.job_table.update(job.id, result_bytes=there[0], result_digest=there[1])
        return job if await self._is_published(job, part) else None

    def _digest_if_same(self, job: Job, part: Path, target: Path) -> tuple[int, str] | None:
        try:
            is_same = self._context.pictures.is_same_result(job, part, target)
        except (TopazdeskError, OSError):
            return None
        return _size_and_digest(target) if is_same else None

    async def _publish(self, job: Job, part: Path) -> Job:
        is_plain = False
        while True:
            assert job.target is not None  # noqa: S101 set before the download
            try:
                await asyncio.to_thread(self._place, job, part, job.target)
            except FileExistsError:
                if (known := await self._kept_from_before(job, part)) is not None:
                    return known
                # The name was taken meanwhile: use the next free one in the same folder.
                target = await asyncio.to_thread(partial(self._result_paths.choose, is_plain=is_plain), job)
                job = await self._context.job_table.update(job.id, target=target)
            except ComputerError as error:
                if error.code != files.NAME_REFUSED or is_plain:
                    raise
                is_plain = True
                target = await asyncio.to_thread(partial(self._result_paths.choose, is_plain=True), job)
                job = await self._context.job_table.update(job.id, target=target)
            else:
                return job

    def _verify_and_place(self, job: Job, part: Path) -> tuple[ImageInfo, Kept, bool]:
        """Verify the part file, add the metadata, and rename what needs no new record, in one call. Blocks.

        Returns the facts of the picture, what is to be kept, and whether it has its name: not if there is a new digest
        to be written down first, or if the name was taken meanwhile or is not possible on this disk.
        """
        info = self._context.pictures.verify(part, job.result_size, job.format)
        kept = self._complete(job, part)
        if kept.is_new or kept.packet:
            return info, kept, False
        assert job.target is not None  # noqa: S101 set before the download
        try:
            self._place(job, part, job.target)
        except FileExistsError:
            return info, kept, False
        except ComputerError as error:
            if error.code != files.NAME_REFUSED:
                raise
            return info, kept, False
        return info, kept, True

    def _complete(self, job: Job, part: Path) -> Kept:
        model = self._context.catalogue.by_slug(job.recipe.service, job.recipe.model)
        return completed(self._context.pictures, job, model, part)

    async def _record(self, job: Job, kept: Kept) -> Job:
        """Write the digest of the file to keep down before that gets its name: a restart must know it as ours."""
        if not kept.is_new and not kept.packet:
            return job
        changes: dict[str, Any] = {"kept": kept.report}
        if kept.is_new:
            changes |= {"result_bytes": kept.size_bytes, "result_digest": kept.digest}
        return await self._context.job_table.update(job.id, **changes)

    def _place(self, job: Job, part: Path, target: Path) -> None:
        """Give the completed file its name, or the delivered one where there is no other; the delivered one goes."""
        has_new = job.result_digest != job.delivered_digest
        made = files.kept_path(part) if has_new else part
        set_file_time(self._context.pictures, made, job)
        replacing.place(made, target, self._result_paths.known(job))
        if has_new:
            files.remove(part)

    def _place_packet(self, job: Job, part: Path, report: KeptReport | None) -> KeptReport | None:
        """Put the XMP file beside the result. Never fails the job: what went wrong is said. Blocks."""
        if report is None or not report.has_packet or job.target is None:
            return report
        return packets.place(part, job.target, report)

    def _name_trouble(self, job: Job) -> JobError | None:
        """Return what to tell the user where the result got another name than the recipe asked for, or None."""
        template = job.recipe.output.template
        problem = template_problem(template)
        if problem or (job.target is not None and job.target.name == plain_name(job.token, job.format)):
            why = problem or say("The disk does not accept it.")
            name = shown_path(Path(job.target.name)) if job.target is not None else ""
            hint = say(
                "“{template}” could not be used: {why:text} The result is safe; its name is {name}.",
                template=template[:_MOST_SHOWN],
                why=why,
                name=name,
            )
            return JobError(Code.RESULT_NAME, "The result got another name", hint)
        wanted = self._result_paths.wanted(job)
        if job.recipe.output.on_conflict is not OnConflict.OVERWRITE or job.target in (None, wanted):
            return None
        return JobError(
            Code.RESULT_NOT_REPLACED,
            "The file of that name was not replaced",
            say(
                "{name} is not a result of this profile, was changed since, or is another result of the same run. "
                "It was left as it is, and the new result got the next free name.",
                name=shown_path(Path(wanted.name)),
            ),
            "",
        )

    # -- the bytes ------------------------------------------------------------------------------------------------

    def _waits_for_disk(self, job_id: str) -> bool:
        """Tell whether a job is still to be downloaded, and nothing but the disk is in its way."""
        job = self._context.job_table.get(job_id)
        if job is None or self._context.gate.is_blocked(job.account):
            return False
        return job.state in _LOADING or waits_for_space(job)

    async def _download_in_turn(self, job: Job, part: Path, offset: int) -> tuple[int, str]:
        """Download the result, but let others go first where all of them together found the disk full."""
        disk, free = await asyncio.to_thread(lambda: (disk_of(part.parent), free_on(part.parent)))
        turn = self._full_disks.before(disk, job.id, offset, free)
        try:
            if turn is not Turn.GO:
                raise files.no_room(part.parent)
            found = await self._download(job, part, offset)
        except ComputerError as error:
            if error.code == Code.COMPUTER_DISK_FULL:
                turn = self._full_disks.refused(disk, job.id) if turn is Turn.GO else turn
                if turn is Turn.YIELD:
                    await asyncio.to_thread(files.remove, part)
            raise
        for other in self._full_disks.finished(disk, job.id):
            if self._waits_for_disk(other):  # now, and not when its next try would have been
                await self._context.job_table.move(other, _S.READY, only_from={_S.WAITING}, resume_to=None)
        return found

    async def _download(self, job: Job, part: Path, offset: int) -> tuple[int, str]:
        """Download the result into the part file from byte `offset` on; return size and digest of the whole file."""
        self._turns[job.id] = self._context.gate.turn(job.account)
        service = await self._context.service_of(job)
        link = await service.download_link(job.remote_id)
        try:
            return await self._stream(service, link, job, part, offset)
        except (NotFoundError, RejectedError, AnotherFileError):
            # The link has expired, the part is longer than the file, or of another one: start again with a fresh link.
            link = await service.download_link(job.remote_id)
            return await self._stream(service, link, job, part, 0)

    async def _stream(self, service: Service, link: DownloadLink, job: Job, part: Path, offset: int) -> tuple[int, str]:
        report = ProgressReport(
            job.id, self._context.events, self._context.clock, self._context.policy.progress_interval_s
        )
        seam = await asyncio.to_thread(Seam.of, part, offset)
        async with service.download(link, seam.start, most_bytes(job)) as download:
            self._full_disks.expects(job.id, download.total)
            if download.offset > seam.start:
                raise NetworkError("The download did not begin at the right place", _TRIED_AGAIN, sent=True)
            if download.offset < seam.start:  # the storage sends it from its beginning
                seam = Seam(download.offset)
            async with PartWriter(part, seam.end) as writer:
                try:
                    async for chunk in download:
                        if new := seam.beyond(chunk):
                            await writer.add(new)
                        report(writer.written, download.total)
                except TopazdeskError:
                    # The connection broke: keep what has arrived, and let the next attempt continue after it.
                    await writer.settle()
                    raise
                identity = await writer.finish()
            done = writer.written
            report(done, download.total)
            if download.total is not None and done < download.total:
                raise NetworkError("The download ended early", "It continues from there automatically.", sent=True)
            if download.total is not None and done > download.total:
                await asyncio.to_thread(files.remove, part)
                raise ResultError("The download is longer than promised", _TRIED_AGAIN)
        return identity

    async def _verify(self, job: Job, part: Path, is_as_before: bool) -> tuple[ImageInfo, JobError | None, Kept, bool]:
        """Decode the part file in full. If nothing is wrong with it, also give it its name (True at the end)."""
        try:
            info, kept, is_placed = await asyncio.to_thread(self._verify_and_place, job, part)
        except ResultError as error:
            look = partial(accepted, self._context.pictures, job, part, error, is_as_before=is_as_before)
            found = await asyncio.to_thread(look)
            if found is None:
                raise
            kept = await asyncio.to_thread(self._complete, replace(job, format=found[0].format), part)
            return *found, kept, False
        else:
            return info, None, kept, is_placed

    async def _with_format(self, job: Job, format_: FileFormat) -> Job:
        """Return the job with the format that was delivered; its target gets the matching file extension."""
        if format_ is job.format:
            return job
        target = await asyncio.to_thread(self._result_paths.choose, replace(job, format=format_, target=None))
        return await self._context.job_table.update(job.id, format=format_, target=target)

    # -- when it did not work ---------------------------------------------------------------------------------------

    async def _handle_failure(self, job_id: str, error: TopazdeskError) -> None:
        """Decide what follows a failed attempt: wait, or fail the job. The result stays at the service in any case."""
        job_table, policy = self._context.job_table, self._context.policy
        job, now = job_table[job_id], self._context.clock.now()
        if isinstance(error, ComputerError | ResultError) and await self._context.others.have_files(job, error):
            if job.state is not _S.READY:
                await job_table.move(job_id, _S.READY, only_from=_LOADING, note=error.code, trouble=trouble_of(error))
            return
        match error:
            case AccountError():
                self._context.gate.stop(error, job.account, self._turns.get(job_id))
                if job.state is not _S.READY:
                    await job_table.move(job_id, _S.READY, note=error.code, trouble=trouble_of(error))
                return
            case NotFoundError() if now - (job.submitted_at or job.created_at) > policy.result_retention_s:
                await self._drop_part(job)
                await job_table.move(job_id, _S.EXPIRED, only_from=_LOADING, trouble=expired(job, error))
                return
            case ResultError():
                await self._handle_damage(job, error)
                return
            case ComputerError():
                wait = policy.disk_retry_s
            case NetworkError() | BusyError() | NotReadyError() | NotFoundError() | RejectedError():
                wait = policy.backoff(job.attempts, error.retry_after_s)
                if isinstance(error, RejectedError) and job.attempts >= 10:
                    await job_table.move(
                        job_id, _S.FAILED, only_from=_LOADING, note=error.code, trouble=_with_way_out(job, error)
                    )
                    return
            case _:
                wait = policy.backoff(job.attempts, error.retry_after_s)
        await self._wait(job, error, wait, attempts=job.attempts + 1)

    async def _handle_damage(self, job: Job, error: ResultError) -> None:
        """Handle a result that is not what was promised.

        It is downloaded again from the start with a fresh link. After a few times the user decides.
        """
        await self._drop_part(job)
        pauses = self._context.policy.damaged_retry_pauses_s
        if job.damaged >= len(pauses):
            changes: dict[str, Any] = {
                "result_bytes": 0,
                "result_digest": "",
                "delivered_bytes": 0,
                "delivered_digest": "",
                "trouble": _with_way_out(job, error),
                "damaged": 0,
            }
            await self._context.job_table.move(job.id, _S.FAILED, only_from=_LOADING, note=error.code, **changes)
        else:
            # The digest is kept: if a second download is identical, the damage did not happen on the way.
            await self._wait(job, error, pauses[job.damaged], damaged=job.damaged + 1, delivered_bytes=0)

    async def _wait(self, job: Job, error: TopazdeskError, wait: float, **changes: Any) -> None:
        await self._context.job_table.move(
            job.id,
            _S.WAITING,
            only_from=_LOADING,
            note=error.code,
            trouble=trouble_of(error),
            resume_to=_S.READY,
            not_before=self._context.clock.now() + wait,
            **changes,
        )

    async def _drop_part(self, job: Job) -> None:
        if job.target is not None:
            await asyncio.to_thread(_remove_parts, self._part(job.target, job))


def waits_for_space(job: Job) -> bool:
    """Tell whether a job waits for room for its result."""
    return (
        job.state is _S.WAITING
        and job.resume_to is _S.READY
        and job.trouble is not None
        and job.trouble.code == Code.COMPUTER_DISK_FULL
    )


def most_bytes(job: Job) -> int:
    """Return the most bytes a result of the promised size can have.

    That is 16 bytes a pixel, which is more than any format in use needs, and room for metadata.
    """
    return 16 * max(job.target_size.pixels, job.result_size.pixels if job.result_size else 0) + _METADATA_BYTES


def _with_way_out(job: Job, error: TopazdeskError) -> JobError:
    """Return the error with a way out: the result is paid for and, as far as anybody knows, still there."""
    days = job.recipe.service.traits.keeps_results_days
    if job.estimate.unit is Unit.NONE:
        return JobError(
            error.code, error.title, say("Start the picture again: that is free."), f"{error.hint} {error.details}"
        )
    if isinstance(error, NotFoundError):
        hint = say(
            "It is paid for. It may have been deleted there, or belong to another key. Put that key back and try "
            "again: that only downloads it and costs nothing."
        )
    else:
        hint = say(
            "It is paid for and stays at the service for {days} days. Try again: that only downloads it and costs "
            "nothing.",
            days=days,
        )
    return JobError(error.code, error.title, hint, f"{error.hint} {error.details}{os.linesep}".strip())


def _remove_parts(part: Path) -> None:
    """Remove what a job has on its way: the delivered file, and the copy of it with metadata. Blocks."""
    files.remove(part)
    files.remove(files.kept_path(part))


def _size_and_digest(part: Path) -> tuple[int, str]:
    """Return the size in bytes and the digest of a file. Blocks."""
    return files.size_of(part), files.digest_of(part)
