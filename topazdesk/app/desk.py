"""Everything a face of the program needs, put together: the window and the command line open one Desk each."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from topazdesk.app.keys import Keys
from topazdesk.app.log import start_log
from topazdesk.app.offers import Offers
from topazdesk.app.own_folders import ensure
from topazdesk.app.paths import Paths
from topazdesk.app.resources import load_catalogue
from topazdesk.app.sandbox_launcher import SandboxLauncher
from topazdesk.app.services import Services
from topazdesk.app.session import Session
from topazdesk.app.settings import Settings
from topazdesk.app.sidecars import Origin, Sidecars, digest_of, is_sidecar, read_sidecar
from topazdesk.app.trials import Trials
from topazdesk.domain.catalogue import Catalogue
from topazdesk.domain.echo import Echo, echo_of
from topazdesk.domain.job import Job
from topazdesk.domain.money import Unit
from topazdesk.engine.clock import SystemClock
from topazdesk.engine.engine import Engine
from topazdesk.engine.estimates import Estimator
from topazdesk.engine.events import EventHub
from topazdesk.engine.shelf import Page
from topazdesk.engine.store import Store
from topazdesk.errors import CatalogueError, Code, UseError
from topazdesk.media.picture_files import PictureFiles


class Desk:
    """Profile, settings, keys, catalogue, services and engine. Open it with `Desk.open`, close it with `close`."""

    def __init__(
        self,
        paths: Paths,
        settings: Settings,
        keys: Keys,
        catalogue: tuple[Catalogue, tuple[CatalogueError, ...]],
        store: Store,
        log_handler: logging.Handler,
    ) -> None:
        self.paths = paths
        self.settings = settings
        self.keys = keys
        self.catalogue, self.catalogue_faults = catalogue
        self.sandbox = SandboxLauncher(
            paths.sandbox, speed=settings.sandbox_speed, log_folder=paths.logs, models=paths.own_models
        )
        self.services = Services(lambda: self.settings, keys, self.sandbox)
        self.events = EventHub()
        self.clock = SystemClock()
        self.estimator = Estimator(self.services)
        self.offers = Offers(paths.offers, self.estimator.estimate, self.clock)
        self._saving = asyncio.Lock()
        self._loop = asyncio.get_running_loop()
        self._store = store
        self._log_handler = log_handler
        self.engine = Engine(
            store=store,
            services=self.services,
            pictures=PictureFiles(paths.pyramids),
            catalogue=self.catalogue,
            folder=paths.uploads,
            clock=self.clock,
            events=self.events,
        )
        self.trials = Trials(
            paths.trials, self.clock, self.engine, self.catalogue, self.estimator.estimate, self.offers.require
        )
        self._sidecars = Sidecars(self.events, lambda: self.settings.sidecars, self.echo_of, self._is_result)
        self._cap()

    @classmethod
    async def open(
        cls,
        profile: Path | None = None,
        *,
        exclusive: bool = True,
        change: Callable[[Settings], Settings] | None = None,
    ) -> Desk:
        """Opens a profile (see `Paths.choose`). `change` alters the settings for this run without saving them.

        Does not start the engine: `await desk.engine.start()` continues unfinished jobs, and only an `exclusive` desk
        may do so. Raises TopazdeskError; ComputerError when another program has the profile.
        """
        paths = Paths.choose(profile)
        await asyncio.to_thread(ensure, paths)
        settings = await asyncio.to_thread(Settings.load, paths.settings)
        if change is not None:
            settings = change(settings)
        catalogue = await asyncio.to_thread(load_catalogue, paths.own_models)
        store = await Store.open(paths.jobs)
        if exclusive:
            try:
                await store.claim()
            except BaseException:
                await store.close()
                raise
        desk = cls(paths, settings, Keys(), catalogue, store, start_log(paths.logs))
        await asyncio.to_thread(desk.offers.load)
        return desk

    async def save_settings(self, settings: Settings) -> None:
        """Takes over and saves changed settings. Raises ComputerError."""
        self.settings = settings
        self._cap()
        async with self._saving:  # two changes at a time would write the same part file; the later holds the earlier
            await asyncio.to_thread(self.settings.save, self.paths.settings)

    def _cap(self) -> None:
        for unit in Unit:
            run, day = self.settings.caps(unit)
            self.engine.cap_run(unit, run)
            self.engine.cap_day(unit, day)

    async def saved_pages(self, count: int) -> AsyncIterator[Page]:
        """The jobs as they stand on disk, newest first, `count` at a time: for looking only, beside a program that runs them."""
        place = None
        while True:
            page = await self._store.page(count, place)
            yield page
            place = page.goes_on
            if place is None:
                return

    async def unfinished_jobs(self) -> list[Job]:
        """Those of them that are not over, newest first."""
        jobs, _ = await self._store.load_open()
        return sorted((j for j in jobs if not j.state.is_final), key=lambda j: (j.created_at, j.position), reverse=True)

    async def count_jobs(self) -> int:
        """How many jobs the list on disk has."""
        return await self._store.count()

    async def saved_job(self, job_id: str) -> Job:
        """One job as it stands on disk, by its id or the first characters of it. Raises UseError when it is not one."""
        found = await self._store.named(job_id) if job_id else []
        if len(found) != 1:
            title = "There is no such job." if not found else "Several jobs begin with this id."
            raise UseError(title, "All jobs: topazdesk jobs list", details=job_id, code=Code.USE_NO_JOB)
        return found[0]

    def echo_of(self, job: Job) -> Echo:
        """What the service reports of a finished job's settings, beside what was sent."""
        return echo_of(job, self.catalogue)

    async def origin_of(self, path: Path) -> Origin | None:
        """How a file was made: by its sidecar if it is one, or by the jobs of this profile if it is a result of one.

        None for any other file. Only a file that is as long as a result is read. Raises UseError for a damaged sidecar.
        """
        if is_sidecar(path):
            return await asyncio.to_thread(read_sidecar, path)
        try:
            size = (await asyncio.to_thread(path.stat)).st_size
            candidates = [job for job in await self._store.with_result(path, size) if job.result_bytes == size]
            if not candidates:
                return None
            digest = await asyncio.to_thread(digest_of, path)
        except OSError:
            return None  # it is gone or cannot be read: whoever adds it says so
        job = next((job for job in candidates if job.result_digest == digest), None)
        if job is None:
            return None
        return Origin(job.recipe if job.trial is None else job.trial.recipe, job.picture.name)

    def _is_result(self, digest: str) -> bool:
        """Whether a file of these bytes is a result of this profile. Blocking: for another thread than the loop's."""
        return asyncio.run_coroutine_threadsafe(self._store.has_result(digest), self._loop).result()

    async def load_session(self) -> Session:
        """What the window showed last."""
        return await asyncio.to_thread(Session.load, self.paths.session)

    async def save_session(self, session: Session) -> None:
        """Keeps what the window shows. Raises OSError."""
        await asyncio.to_thread(session.save, self.paths.session)

    async def close(self) -> None:
        """Stops the engine (jobs go on at the next start), closes connections, database and log."""
        await self.engine.close()
        await asyncio.to_thread(self._sidecars.close)
        await self.services.close()
        await self._store.close()
        logging.getLogger().removeHandler(self._log_handler)
        self._log_handler.close()
