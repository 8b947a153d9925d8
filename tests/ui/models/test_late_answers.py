"""Small watchers whose answer comes after something else was wanted, or something had happened meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from PySide6.QtCore import QObject

from tests.support.catalogue import packaged_catalogue
from tests.support.fake_context import Spawned, info_of
from topazdesk.domain.candidates import Candidate
from topazdesk.domain.image import ImageInfo
from topazdesk.domain.ports import Draft
from topazdesk.domain.recipe import Recipe
from topazdesk.domain.services import ServiceName
from topazdesk.domain.trial import Patch
from topazdesk.engine.preview import Preview
from topazdesk.errors import AccountError, Code, NetworkError, TopazdeskError
from topazdesk.media.offsets_file import load, save
from topazdesk.ui.models.names_watch import NamesWatch, ResultName
from topazdesk.ui.models.offer_watch import OfferWatch
from topazdesk.ui.models.recipe import fresh_recipe
from topazdesk.ui.models.team_watch import TeamWatch
from topazdesk.ui.trials.asking import TrialPrices
from topazdesk.ui.viewer.offsets import Offsets


@pytest.fixture
def spawned(qapp: object) -> Iterator[Spawned]:
    made = Spawned()
    yield made
    made.drop()


def _taken(spawned: Spawned) -> Coroutine[Any, Any, Any]:
    (found,) = spawned.waiting
    spawned.waiting.clear()
    return found[1]


class _Offers:
    """A service that refuses the key that it is asked with first."""

    def __init__(self) -> None:
        self.has_key = self.is_accepted = False
        self.asked_with: list[bool] = []

    def problem(self, _service: ServiceName, _model: object) -> TopazdeskError | None:
        return None if self.is_accepted else NetworkError("not asked yet", code=Code.USE_NOT_VERIFIED)

    async def check(self, _service: ServiceName, _model: object) -> None:
        self.asked_with.append(self.has_key)
        if not self.has_key:
            raise AccountError("the key is refused", code=Code.ACCOUNT_KEY_REFUSED)
        self.is_accepted = True


def test_a_model_is_asked_for_again_where_a_key_was_entered_while_the_old_one_was_refused(spawned: Spawned) -> None:
    """It could not be used before it was chosen anew: "The service could not be asked", and nothing asked."""
    offers = _Offers()
    watch = OfferWatch(cast(Any, offers), spawned)
    model = cast(Any, SimpleNamespace(slug="new", name="New", needs_check=True))

    watch.want(ServiceName.TOPAZ, [model])
    early = _taken(spawned)
    watch.want(ServiceName.TOPAZ, [model])  # for there is another key now
    assert spawned.waiting == []
    asyncio.run(early)  # which had been sent with the one before
    offers.has_key = True
    spawned.run()

    assert offers.asked_with == [False, True]
    assert watch.problem(ServiceName.TOPAZ, model) is None

    offers.has_key = offers.is_accepted = False
    watch.want(ServiceName.TOPAZ, [model])
    spawned.run()
    assert spawned.waiting == [], "what is refused once is not asked for again by itself"


class _Trials:
    """Prices that only the service knows: each picture has its own."""

    def __init__(self, plain: Candidate) -> None:
        self.plain = plain
        self.problem: TopazdeskError | None = None

    async def priced(self, info: ImageInfo, _patch: Patch | None, _recipes: Sequence[Recipe]) -> tuple[Candidate]:
        if self.problem is not None:
            raise self.problem
        return (replace(self.plain, whole_problem=NetworkError(str(info.size), code=Code.NETWORK_BROKEN)),)

    def drafts(self, *_: object) -> tuple[Candidate]:
        return (self.plain,)


def _unpriced() -> Candidate:
    known = packaged_catalogue().find(ServiceName.TOPAZ, "Standard 2")
    model = cast(Any, SimpleNamespace(price=SimpleNamespace(is_known=False)))
    return Candidate(fresh_recipe(ServiceName.TOPAZ, known), model, cast(Any, object()), None, None, None)


def _prices(spawned: Spawned) -> tuple[_Trials, TrialPrices, QObject]:
    parent = QObject()
    trials = _Trials(_unpriced())
    return trials, TrialPrices(cast(Any, trials), spawned, parent), parent


def test_the_price_of_a_trial_is_that_of_the_file_as_it_is_now(spawned: Spawned) -> None:
    """A picture that was saved in another size kept the price of a trial of what it had been."""
    trials, prices, _parent = _prices(spawned)
    small, large = info_of(Path("/p.jpg"), 300, 200), info_of(Path("/p.jpg"), 6000, 4000)

    def priced(info: ImageInfo) -> str:
        prices.begin()
        prices.of(info, None, trials.plain)
        prices._timer.flush()
        spawned.run()
        found = prices.of(info, None, trials.plain)
        return found.whole_problem.title if found.whole_problem is not None else ""

    assert priced(small) == str(small.size)
    assert priced(large) == str(large.size)


def test_a_refusal_that_answers_an_older_key_is_not_kept_as_the_price_of_a_trial(spawned: Spawned) -> None:
    """It was forgotten when the key was entered, and came after that: the trial stayed without a price."""
    trials, prices, _parent = _prices(spawned)
    info = info_of(Path("/p.jpg"))
    prices.of(info, None, trials.plain)
    prices._timer.flush()
    early = _taken(spawned)

    prices.forget_refusals()
    trials.problem = AccountError("the key is refused", code=Code.ACCOUNT_KEY_REFUSED)
    asyncio.run(early)
    trials.problem = None
    prices.begin()
    prices.of(info, None, trials.plain)
    prices._timer.flush()
    spawned.run()

    assert prices.of(info, None, trials.plain).problem is None


def test_names_of_a_run_that_is_over_do_not_stay_for_an_empty_list(spawned: Spawned) -> None:
    """Nothing was asked where nothing had been wanted before the run."""

    async def preview(_drafts: Sequence[Draft], *, names: bool, of: int) -> Sequence[Preview]:
        assert names, of
        return ()

    watch = NamesWatch(preview, spawned)
    watch.watch([], 0)
    watch.settle([ResultName(Path("/a.jpg"), Path("/results/a.jpg"))])
    watch.watch([], 0)
    watch._soon.flush()
    for _name, work in spawned.naming:
        asyncio.run(work)
    spawned.naming.clear()

    assert watch.names == ()


@pytest.mark.parametrize("news", ["work", "line"])
def test_what_happens_while_the_team_is_looked_at_is_looked_at_too(qapp: object, news: str) -> None:
    """The look had not seen it yet, and the next one was ten seconds away."""

    async def look_on() -> None:
        looks, begun, go_on = 0, asyncio.Event(), asyncio.Event()
        again = asyncio.Event()

        async def look() -> object:
            nonlocal looks
            looks += 1
            if looks == 2:
                again.set()
            begun.set()
            await go_on.wait()
            return SimpleNamespace(at_work=())

        watch = TeamWatch(cast(Any, SimpleNamespace(look=look)), tuple)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("topazdesk.ui.models.team_watch._EVERY_S", 3600)
            patched.setattr("topazdesk.ui.models.team_watch._SOON_S", 0)
            running = asyncio.create_task(watch.run())
            await begun.wait()
            if news == "work":
                watch.look_soon()
            else:
                watch.set_line(NetworkError("no connection", code=Code.NETWORK_BROKEN))
            go_on.set()
            for _ in range(50):
                await asyncio.sleep(0)
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
            assert again.is_set()

    asyncio.run(look_on())


def test_an_offset_that_is_set_before_the_others_are_read_does_not_replace_them(qapp: object, tmp_path: Path) -> None:
    """A window that was closed soon after a picture was moved wrote that one alone."""
    file = tmp_path / "offsets.json"
    known, new = (Path("/a"), Path("/b")), (Path("/c"), Path("/d"))
    save(file, {known: (0.25, 0.0)})
    offsets = Offsets(file)
    offsets.show_pair(new)
    offsets.move(0.125, 0.0)
    offsets.stop()
    offsets._pool.shutdown(wait=True)
    assert load(file) == {known: (0.25, 0.0), new: (0.125, 0.0)}
