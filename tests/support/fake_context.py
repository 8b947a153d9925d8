"""A context without services: events, catalogue and settings are real, the engine and the estimator do what a test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable, Sequence
from pathlib import Path
from typing import Any

from tests.support.catalogue import whole_catalogue
from topazdesk.app.accounts import Accounts
from topazdesk.app.examples import Examples
from topazdesk.app.offers import Offers
from topazdesk.app.paths import Paths
from topazdesk.app.settings import Settings
from topazdesk.app.trials import Trials
from topazdesk.domain.account import Account
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.domain.job import Job, JobState
from topazdesk.domain.money import Unit
from topazdesk.domain.ports import Balance, Draft, EstimateRequest
from topazdesk.domain.pricing import Estimate
from topazdesk.domain.sending_hours import SendingHours
from topazdesk.domain.services import SERVICES, ServiceName
from topazdesk.domain.usage_policy import UsagePolicy
from topazdesk.engine.clock import SystemClock
from topazdesk.engine.events import EventHub, JobAdded
from topazdesk.engine.job_queries import Page
from topazdesk.engine.jobs_before import Before
from topazdesk.engine.preview import Preview
from topazdesk.errors import TopazdeskError
from topazdesk.ui.models.changed_files import LOOK
from topazdesk.ui.models.names_watch import NAMES
from topazdesk.ui.models.picture import Picture, shared_size
from topazdesk.ui.models.send_watch import SENDING
from topazdesk.ui.models.session import WindowSession
from topazdesk.ui.shell.appearance import MOTION


class FakeEstimator:
    """Questions wait until the test answers them."""

    def __init__(self) -> None:
        self.asked: list[tuple[ServiceName, EstimateRequest, asyncio.Future[Estimate]]] = []
        self._bell = asyncio.Event()

    async def estimate(self, service: ServiceName, request: EstimateRequest) -> Estimate:
        answer: asyncio.Future[Estimate] = asyncio.get_running_loop().create_future()
        self.asked.append((service, request, answer))
        self._bell.set()
        return await answer

    async def estimate_many(
        self, service: ServiceName, requests: Sequence[EstimateRequest]
    ) -> list[Estimate | TopazdeskError]:
        """Each question waits for its own answer."""
        answers = await asyncio.gather(*(self.estimate(service, each) for each in requests), return_exceptions=True)
        strange = [each for each in answers if not isinstance(each, Estimate | TopazdeskError)]
        assert not strange, strange
        return [each for each in answers if isinstance(each, Estimate | TopazdeskError)]

    async def was_asked(self) -> None:
        """Returns once there is a question."""
        await self._bell.wait()


class FakeEngine:
    """Takes drafts and makes queued jobs of them."""

    def __init__(self, events: EventHub) -> None:
        self.events = events
        self.taken: list[Draft] = []
        self.available = 480
        self.paused = False

    async def enqueue(
        self,
        drafts: Sequence[Draft],
        *,
        run_budget: int | None = None,
        hours: SendingHours | None = None,
        account_id: str = "default",
    ) -> tuple[Job, ...]:
        jobs = tuple(job_of(each, f"job-{len(self.taken) + n}") for n, each in enumerate(drafts))
        self.taken += drafts
        for job in jobs:
            self.events.emit(JobAdded(job))
        return jobs

    async def refresh_balance(self, account: Account) -> Balance:
        return Balance(self.available, 0)

    async def pause(self) -> None:
        self.paused = True

    @property
    def is_paused(self) -> bool:
        return self.paused

    paused_on = ""
    pause_reason = None

    async def resume(self) -> None:
        self.paused = False

    def stopped(self, account: Account) -> None:
        """No account has stopped here."""

    def jobs(self) -> tuple[Job, ...]:
        return ()

    async def preview(self, drafts: Sequence[Draft], *, names: bool = False, of: int = 0) -> tuple[Preview, ...]:
        return tuple(Preview(each) for each in drafts)

    async def results_among(self, infos: Iterable[ImageInfo]) -> set[Path]:
        return set()

    async def results_of(self, info: ImageInfo) -> list[Job]:
        return []

    async def before(self, drafts: Sequence[Draft]) -> dict[int, Job]:
        return {}

    async def had(self, drafts: Sequence[Draft]) -> dict[int, Before]:
        return {}

    async def twins(self, drafts: Sequence[Draft]) -> dict[int, int]:
        return {}

    async def take_up(self, job_ids: Iterable[str]) -> tuple[Job, ...]:
        return ()

    def unfinished(self) -> tuple[Job, ...]:
        return ()


class FakeContext:
    """What a workspace and its features need of a context."""

    def __init__(self, root: Path) -> None:
        self.paths = Paths(root)
        self.clock = SystemClock()
        self.catalogue = whole_catalogue()
        self.settings = Settings()
        self.after_run = self.settings.after_run_action
        self.policy = UsagePolicy()
        self.is_team = False
        self.team = None
        self.services_offered = tuple(each for each in SERVICES.free_first if self.catalogue.of(each))
        self.events = EventHub()
        self.engine = FakeEngine(self.events)
        self.accounts = Accounts()
        self.estimator = FakeEstimator()
        self.offers = Offers(Path("/nowhere/offers.json"), self.estimator.estimate, self.clock)
        self.examples = Examples(self.paths.examples)
        self.trials = Trials(
            self.paths.trials,
            self.clock,
            self.engine,  # type: ignore[arg-type]
            self.catalogue,
            self.estimator.estimate,
            self.offers.require,
        )

    @property
    def service_in_use(self) -> ServiceName:
        return self.settings.service_name

    def account(self, service: ServiceName) -> Account:
        return Account(service)

    def account_name(self, account: Account) -> str:
        return ""

    def caps(self, unit: Unit) -> tuple[int | None, int | None]:
        return self.settings.caps(unit)

    def model_name(self, job: Job) -> str:
        return self.catalogue.name_of(job.recipe.service, job.recipe.model)

    def sets_caps(self, unit: Unit) -> tuple[bool, bool]:
        return False, False

    async def saved_pages(self, _count: int) -> AsyncIterator[Page]:
        yield Page([], [], None)

    async def origin_of(self, path: Path) -> None:
        """No file was made here."""

    def save_settings(self, settings: Settings) -> Coroutine[Any, Any, None]:
        self.settings = settings
        return asyncio.sleep(0)


class Spawned:
    """Coroutines that the session started, run one after the other when the test says so.

    The question what would be sent, which comes by itself a moment after each change, stands apart in `sending`; the
    one for names of results in `naming`. Those for the system's motion and for changed files come when the application becomes
    active, which the first window of a process waits for, and stand in `looking`.
    """

    def __init__(self) -> None:
        self.waiting: list[tuple[str, Coroutine[Any, Any, Any]]] = []
        self.sending: list[tuple[str, Coroutine[Any, Any, Any]]] = []
        self.naming: list[tuple[str, Coroutine[Any, Any, Any]]] = []
        self.looking: list[tuple[str, Coroutine[Any, Any, Any]]] = []

    def __call__(self, name: str, work: Coroutine[Any, Any, Any]) -> None:
        {SENDING: self.sending, NAMES: self.naming, MOTION: self.looking, LOOK: self.looking}.get(
            name, self.waiting
        ).append((name, work))

    def names(self) -> list[str]:
        return [name for name, _ in self.waiting]

    def run(self) -> None:
        """Run what waits, on a plain loop; for work that needs no window.

        Questions for prices stay, which come by themselves after a pause: their answer is the test's, and else never comes.
        """
        waiting = [each for each in self.waiting if each[0] != "estimates"]
        self.waiting = [each for each in self.waiting if each[0] == "estimates"]
        for _name, work in waiting:
            asyncio.run(work)

    def drop(self) -> None:
        for _name, work in (*self.waiting, *self.sending, *self.naming, *self.looking):
            work.close()
        self.waiting.clear()
        self.sending.clear()
        self.naming.clear()
        self.looking.clear()


def info_of(path: Path, width: int = 1500, height: int = 1000) -> ImageInfo:
    """Header facts of a JPEG that is nowhere."""
    return ImageInfo(path, FileFormat.JPEG, Size(width, height), 1, 8, 3, False, False, 1, 1000, 1)


def known(session: WindowSession, *sizes: tuple[int, int]) -> list[Picture]:
    """Pictures of these sizes in the list, their headers read."""
    count = len(session.library.pictures)
    pictures = session.library.pictures.add(Path(f"/nowhere/picture-{count + n:05}.jpg") for n in range(len(sizes)))
    for picture, (width, height) in zip(pictures, sizes, strict=True):
        picture.info = info_of(picture.path, width, height)
        picture.size = shared_size(picture.info.size)
    session.library.pictures.arrange()
    return pictures


def job_of(draft: Draft, job_id: str, state: JobState = JobState.QUEUED, **more: Any) -> Job:
    """A job of a draft."""
    return Job(
        id=job_id,
        token=f"token-{job_id}",
        run_id="run",
        source=draft.info.path,
        source_digest="",
        source_size=draft.info.size,
        recipe=draft.recipe,
        target_size=draft.target,
        estimate=draft.estimate,
        state=state,
        created_at=1.0,
        changed_at=1.0,
        **more,
    )
