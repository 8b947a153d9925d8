"""Any order of clicks, faults, crashes and clock jumps: no result is lost and nothing is paid for twice.

The truth is the ledger of the fake service. Whatever happened before, once faults cease every job the service charged for
has its file on disk, byte for byte, and the service took no more submits than the user clicked.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.support.engine_harness import CATALOGUE, WAIT_S, EngineHarness
from tests.support.fake_service import Entry, Fault, result_bytes
from topazdesk.domain.account import Account
from topazdesk.domain.image import FileFormat
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.services import ServiceName
from topazdesk.domain.token import tokens_in
from topazdesk.domain.trial import TrialOf
from topazdesk.engine.attention import GIVEN_UP, UNDECIDED, is_undecided
from topazdesk.engine.policy import Policy
from topazdesk.errors import ComputerError, TopazdeskError, UseError

_S = JobState
SANDBOX = ServiceName.SANDBOX
_SUBMIT = [
    Fault.OFFLINE,
    Fault.BUSY,
    Fault.TOP_UP,
    Fault.BAD_KEY,
    Fault.NO_CREDIT,
    Fault.REJECTED,
    Fault.SERVER,
    Fault.LOSE_ANSWER,
    Fault.LOSE_REQUEST,
    Fault.CUT_SHORT,
    Fault.ARRIVE_LATE,
    Fault.SOURCE_GONE,
    Fault.CRASH,
    Fault.HOLD,
    Fault.HOLD_UNTAKEN,
    Fault.KNOWN_ID,
    Fault.SWAPPED,
]
_SHARE = [Fault.LOSE_ANSWER, Fault.LOSE_REQUEST, Fault.ARRIVE_LATE, Fault.SOURCE_GONE, Fault.HOLD, Fault.CRASH]
_CALL = [Fault.OFFLINE, Fault.BUSY, Fault.BAD_KEY, Fault.NOT_FOUND, Fault.SERVER, Fault.CRASH, Fault.OTHER_JOB]
#: What a list may show that is not so.
_LIES = ["truth", "empty", "other names", "no names", "other uploads", "no uploads", "odd entries", "none"]
_DOWNLOAD = [Fault.CUT, Fault.BREAK, Fault.CORRUPT, Fault.NO_RANGE, Fault.NOT_FOUND, Fault.OFFLINE, Fault.BUSY]


_CANDIDATES = [("Standard 2", 0.2), ("Standard 2", 0.8), ("High Fidelity 2", 0.2), ("Low Resolution 2", 0.2)]


class Runs(RuleBasedStateMachine):
    """One profile, one account, many mishaps."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="topazdesk-machine-"))
        self.clicks = 0
        self.wanted: Counter[tuple[str, object]] = Counter()  # clicks by model and setting
        self.sent_again: set[str] = set()  # tokens of doubts that were sent again by the user
        self.is_old = False  # the profile comes from a backup
        self.is_mixed_up = (
            False  # answers named other jobs, and with them other uploads, which further jobs may have named
        )

    @initialize()
    def open(self) -> None:
        policy = Policy(
            damaged_retry_pauses_s=(0.0, 1.0, 5.0),
            retry_max_s=20.0,
            disk_retry_s=2.0,
            top_up_wait_s=5.0,
            empty_account_check_s=10.0,
        )
        self.harness = EngineHarness(self.root, work_s=5.0, credits=100_000, policy=policy)
        self.runner = asyncio.Runner(loop_factory=self.harness.own_time.new_loop)
        self.picture = self.harness.picture()
        self.source = self.picture.read_bytes()
        self.runner.run(self.harness.open())

    @property
    def engine(self):  # type: ignore[no-untyped-def]
        assert self.harness.engine is not None
        return self.harness.engine

    # -- what happens -------------------------------------------------------------------------------------------------

    @rule(count=st.integers(1, 4))
    def click(self, count: int) -> None:
        try:
            jobs = self.runner.run(self.engine.enqueue([self.harness.draft(self.picture) for _ in range(count)]))
        except ComputerError:
            return
        self._clicked(jobs)

    def _clicked(self, jobs: Sequence[Job]) -> None:
        self.clicks += len(jobs)
        self.wanted.update((job.recipe.model, job.recipe.settings.get("denoise")) for job in jobs)

    @rule(names=st.lists(st.sampled_from(_CANDIDATES), min_size=2, max_size=4), is_trial=st.booleans())
    def try_several(self, names: list[tuple[str, float]], is_trial: bool) -> None:
        """Several models and settings on one upload; as a trial it shares the upload of earlier ones, too."""
        drafts = [self.harness.draft(self.picture, model=name, values={"denoise": value}) for name, value in names]
        if is_trial:
            drafts = [replace(d, trial=TrialOf(self.picture, None, d.recipe)) for d in drafts]
        try:
            self._clicked(self.runner.run(self.engine.enqueue(drafts)))
        except ComputerError:
            return

    @rule(faults=st.lists(st.sampled_from(_SHARE), min_size=1, max_size=3))
    def submits_on_an_upload_will_fail(self, faults: list[Fault]) -> None:
        self.harness.service.plan("share", *faults)

    @rule()
    def the_service_loses_its_uploads(self) -> None:
        self.harness.service.sources.clear()

    @rule(steps=st.integers(1, 40))
    def time_passes(self, steps: int) -> None:
        self.runner.run(asyncio.sleep(steps))

    @rule(faults=st.lists(st.sampled_from(_SUBMIT), min_size=1, max_size=3))
    def submits_will_fail(self, faults: list[Fault]) -> None:
        self.harness.service.plan("submit", *faults)
        self.is_mixed_up |= bool({Fault.KNOWN_ID, Fault.SWAPPED} & set(faults))

    @rule(
        method=st.sampled_from(["status", "list_jobs", "download_link", "cancel", "balance"]),
        faults=st.lists(st.sampled_from(_CALL), min_size=1, max_size=3),
    )
    def calls_will_fail(self, method: str, faults: list[Fault]) -> None:
        self.harness.service.plan(method, *faults)

    @rule(faults=st.lists(st.sampled_from(_DOWNLOAD), min_size=1, max_size=3))
    def downloads_will_fail(self, faults: list[Fault]) -> None:
        self.harness.service.plan("download", *faults)

    @rule()
    def a_job_will_fail_at_the_service(self) -> None:
        self.harness.service.fail_next_jobs += 1

    @rule(is_told=st.booleans())
    def crash(self, is_told: bool) -> None:
        async def again() -> None:
            if is_told:  # a stop and a kill: what is on its way is answered, or not
                await self.engine.wind_down()
            await self.harness.crash()
            await self.harness.open()

        self.runner.run(again())

    @rule(lie=st.sampled_from(_LIES))
    def the_list_lies(self, lie: str) -> None:
        """Not that it is empty, to a profile from a backup that knows of no job there: two such lies at once nobody can see."""
        if not (self.is_old and lie == "empty"):
            self._tell(lie)
        # A job that was adopted meanwhile keeps the upload it was told; against it every later list contradicts itself.
        self.is_mixed_up |= lie == "other uploads"

    def _tell(self, lie: str) -> None:
        service = self.harness.service
        service.hides = lambda _: lie == "empty"
        service.odd_list = lie == "none"
        service.odd_entries = set(list(service.entries)[::2]) if lie == "odd entries" else set()
        changes = {
            "other names": lambda job: {"file_name": f"{job.remote_id}.png"},
            "no names": lambda _: {"file_name": ""},
            "other uploads": lambda job: {"source_id": f"copy-of-{job.source_id}"},
            "no uploads": lambda _: {"source_id": ""},
        }
        change = changes.get(lie, lambda _: {})
        service.shows = lambda job: replace(job, **change(job))

    @rule()
    def the_profile_is_backed_up(self) -> None:
        shutil.rmtree(self.root / "backup", ignore_errors=True)
        (self.root / "backup").mkdir()
        for path in self.harness.profile.glob("jobs.db*"):
            if path.suffix in (".db", ".db-wal"):
                shutil.copy(path, self.root / "backup")

    @precondition(lambda self: (self.root / "backup").exists())
    @rule()
    def the_backup_is_put_back(self) -> None:
        async def again() -> None:
            await self.harness.crash()
            for path in self.harness.profile.glob("jobs.db*"):
                path.unlink()
            for path in (self.root / "backup").iterdir():
                shutil.copy(path, self.harness.profile)
            await self.harness.open()

        self.is_old = True
        self._tell("truth")
        self.runner.run(again())

    @rule(seconds=st.sampled_from([-7200.0, 60.0, 3600.0]))
    def the_clock_jumps(self, seconds: float) -> None:
        self.harness.clock.jump(seconds)

    @rule()
    def held_submits_go_on(self) -> None:
        self.harness.service.release.set()
        self.runner.run(asyncio.sleep(2.0))
        self.harness.service.release.clear()

    @rule(credits=st.sampled_from([0, 100_000]))
    def the_account_changes(self, credits: int) -> None:
        self.harness.service.credits = credits

    @rule(pause=st.booleans())
    def the_user_pauses_or_goes_on(self, pause: bool) -> None:
        self.runner.run(self.engine.pause() if pause else self.engine.resume())

    @precondition(lambda self: (self.root / "out").is_dir())
    @rule()
    def the_folder_goes_away(self) -> None:
        # As an unplugged drive: what is on it comes back with it. A file in its place keeps it from being made anew.
        (self.root / "out").rename(self.root / "unplugged")
        (self.root / "out").touch()

    @precondition(lambda self: (self.root / "unplugged").exists())
    @rule()
    def the_folder_comes_back(self) -> None:
        self._plug_in()

    def _plug_in(self) -> None:
        if (self.root / "unplugged").exists():
            (self.root / "out").unlink()
            (self.root / "unplugged").rename(self.root / "out")

    @rule(pick=st.integers(0, 30))
    def the_user_cancels(self, pick: int) -> None:
        jobs = self.harness.jobs()
        if jobs:
            self.runner.run(self.engine.cancel(jobs[pick % len(jobs)].id))

    @rule(pick=st.integers(0, 30), presses=st.integers(1, 2))
    def the_user_retries(self, pick: int, presses: int) -> None:
        """From window and terminal at once, too: that is one wish."""
        jobs = self.harness.jobs()
        if not jobs:
            return
        job, known = jobs[pick % len(jobs)], {each.id for each in jobs}

        async def press() -> list[Job | BaseException]:
            return await asyncio.gather(*(self.engine.retry(job.id) for _ in range(presses)), return_exceptions=True)

        answers = self.runner.run(press())
        assert all(isinstance(answer, Job | UseError | ComputerError) for answer in answers), answers
        new = {answer.id: answer for answer in answers if isinstance(answer, Job) and answer.id not in known}
        assert len(new) <= 1
        self._clicked(list(new.values()))

    @rule(pick=st.integers(0, 30), presses=st.integers(1, 2))
    def the_user_sends_a_doubt_again(self, pick: int, presses: int) -> None:
        """Which may cost once more, and no more than that, however often it is pressed."""
        doubts = [job for job in self.harness.jobs() if job.state is _S.DOUBTFUL]
        if not doubts:
            return
        job = doubts[pick % len(doubts)]

        async def press() -> list[BaseException | None]:
            work = (self.engine.resolve(job.id, resend=True) for _ in range(presses))
            return await asyncio.gather(*work, return_exceptions=True)

        answers = self.runner.run(press())
        assert all(answer is None or isinstance(answer, UseError | ComputerError) for answer in answers), answers
        self.clicks += 1
        mates = [each for each in self.harness.jobs() if job.upload_group and each.upload_group == job.upload_group]
        self.sent_again.update(each.token for each in (job, *mates))
        self.wanted.update([(job.recipe.model, job.recipe.settings.get("denoise"))])

    @rule()
    def the_user_recovers(self) -> None:
        """Also while a job is in doubt, whose result may be among what is fetched."""
        account = Account(SANDBOX)

        async def fetch() -> Sequence[Job]:
            return await self.engine.fetch(account, await self.engine.recover(account), self.root / "recovered")

        try:
            self.is_mixed_up |= bool(self.runner.run(fetch()))
        except (TopazdeskError, RuntimeError):  # the latter is what `Fault.CRASH` raises
            return

    # -- what must hold -----------------------------------------------------------------------------------------------

    @invariant()
    def nothing_is_paid_twice(self) -> None:
        if not hasattr(self, "harness"):
            return
        assert self.harness.service.taken <= self.clicks
        entries = self.harness.service.entries.values()
        names = Counter(entry.request.file_name for entry in entries if not entry.request.source_id)
        twice = {token for name in names - Counter(set(names)) for token in tokens_in(name)}
        assert twice <= self.sent_again
        # Equal requests on one upload are interchangeable in doubt, so they are counted, not named.
        taken = Counter((e.request.model.slug, e.request.settings.get("denoise")) for e in entries)
        assert not taken - self.wanted, (taken, self.wanted)

    def teardown(self) -> None:
        try:
            if hasattr(self, "harness"):
                self.runner.run(self._come_to_rest())
                self._check()
        finally:
            if hasattr(self, "harness"):
                self.runner.run(self.harness.close())
            self.runner.close()
            shutil.rmtree(self.root)

    async def _come_to_rest(self) -> None:
        """Faults cease; all goes on by itself, and what asks for a free second try gets it."""
        service = self.harness.service
        for queue in service.faults.values():
            queue.clear()
        service.fail_next_jobs = 0
        service.credits = 100_000
        service.release.set()
        self._tell("truth")
        self._plug_in()
        try:
            async with asyncio.timeout(WAIT_S):
                for _ in range(5):
                    service.swap_no_more()
                    await self.engine.resume()
                    await self.engine.idle()
                    for job in self.engine.jobs():
                        if job.state is _S.DOUBTFUL:  # looked at once more, now that nobody lies
                            await self.engine.retry(job.id)
                    await self.engine.idle()
                    for job in self.harness.jobs():
                        if job.state is _S.FAILED and job.remote_id and job.refunded is None:
                            await self.engine.retry(job.id)
                    if any(job.state is _S.DOUBTFUL for job in self.engine.jobs()):
                        # One that the list shows under its name proves that others are missing.
                        self._clicked(await self.engine.enqueue([self.harness.draft(self.picture)]))
                    await self.engine.idle()
        except TimeoutError:
            open_jobs = [(j.state, j.not_before - self.harness.clock.now(), j.trouble) for j in self.harness.jobs()]
            raise AssertionError(f"not at rest: {open_jobs}, {self.engine._supervisor.names}") from None

    def _check(self) -> None:
        self.nothing_is_paid_twice()
        jobs = {job.remote_id: job for job in self.harness.jobs() if job.remote_id}
        assert len(jobs) == sum(bool(job.remote_id) for job in self.harness.jobs())
        assert self.picture.read_bytes() == self.source
        if self.is_old:
            self._check_old(jobs)
            return
        open_ = [job for job in self.harness.jobs() if not job.state.is_final]
        # An id that was told to the wrong one of two jobs before either was known leaves the other to the user: both choices, unpaid.
        unfinished = [job for job in open_ if not (self.is_mixed_up and is_undecided(job))]
        told = [(job.state, job.by_source, job.recipe.model, job.trouble) for job in unfinished]
        assert not told, "\n".join(map(str, told))
        for entry in self.harness.service.entries.values():
            job = jobs.get(entry.remote_id)
            if job is None:
                assert self._is_users_choice(entry), entry
                continue
            assert job.recipe.model == CATALOGUE.find(SANDBOX, entry.request.model.name).slug
            assert job.recipe.settings.items() <= dict(entry.request.settings).items()
            if entry.charged and entry.cancelled_at is None:
                assert job.state is _S.DONE, (job.state, job.trouble)
                assert job.charged == entry.charged
            elif entry.refunded:
                assert (job.state, job.charged, job.refunded) == (_S.FAILED, 0, entry.refunded)
        expected = result_bytes(self.harness.draft(self.picture).target, FileFormat.PNG)
        done = [job for job in jobs.values() if job.state is _S.DONE]
        assert len({job.result for job in done}) == len(done)
        for job in done:
            assert job.result is not None
            assert job.result.read_bytes() == expected
        if (self.root / "out").exists():
            own = {job.result for job in done if not job.was_found}
            assert set((self.root / "out").iterdir()) == own

    def _is_users_choice(self, entry: Entry) -> bool:
        """Whether the user took a job back, or sent it again, while nobody could say if it had arrived, or is asked."""
        # The name at the service is that of the upload, which a wrong answer may have taken from other pictures.
        if not self.sent_again.isdisjoint(tokens_in(f"{entry.file_name} {entry.request.file_name}")):
            return True
        if (
            self.is_mixed_up
        ):  # several wrong numbers for equal requests leave one of them over, and the user one question
            asked = [job for job in self.harness.jobs() if is_undecided(job) and not job.remote_id]
            if any(job.recipe.model == entry.request.model.slug for job in asked):
                return True
        codes = (GIVEN_UP, UNDECIDED)
        known = [job for job in self.harness.jobs() if job.trouble is not None and job.trouble.code in codes]
        return any(job.token in entry.request.file_name or job.source_id == entry.source_id for job in known)

    def _check_old(self, jobs: dict[str, Job]) -> None:
        """What the backup does not know is told and can be found at the service; what it knows comes home, or asks."""
        open_ = [job for job in self.harness.jobs() if not job.state.is_final]
        assert all(is_undecided(job) for job in open_), open_
        strangers = {remote.remote_id for remote in self.runner.run(self.engine.recover(Account(SANDBOX)))}
        for entry in self.harness.service.entries.values():
            job = jobs.get(entry.remote_id)
            if entry.charged and entry.cancelled_at is None:
                is_home = job is not None and job.state is _S.DONE
                assert is_home or entry.remote_id in strangers or open_, (job, entry)


Runs.TestCase.settings = settings(
    max_examples=int(os.environ.get("TOPAZDESK_MACHINE_RUNS", "50")),
    stateful_step_count=25,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
TestRuns = Runs.TestCase
