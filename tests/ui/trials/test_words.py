"""What the buttons and cards of trials say, and that a limit or an empty account is said before the click."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.support.catalogue import packaged_catalogue, whole_catalogue
from tests.support.queue_jobs import job
from topazdesk.domain.candidates import candidates
from topazdesk.domain.geometry import OutputSize, Size
from topazdesk.domain.image import FileFormat, ImageInfo
from topazdesk.domain.job import Job, JobError, JobState
from topazdesk.domain.money import Unit
from topazdesk.domain.recipe import OutputOptions, Recipe
from topazdesk.domain.services import ServiceName
from topazdesk.domain.trial import Patch
from topazdesk.domain.usage_rights import Reservation
from topazdesk.ui.models.spending_limits import SpendingLimits, under
from topazdesk.ui.trials.card import brief_price, name_lines, short_name
from topazdesk.ui.trials.panel import ChosenCard
from topazdesk.ui.trials.texts import (
    CandidateState,
    after_text,
    again_text,
    apart_words,
    card_words,
    held_words,
    hint_text,
    plan_of,
    price_words,
    same_price_text,
    try_text,
    use_reason,
)

CATALOGUE = packaged_catalogue()
INFO = ImageInfo(Path("/pictures/a.jpg"), FileFormat.JPEG, Size(6000, 4000), 1, 8, 3, False, False, 1, 900, 1)


def standings(*slugs: str, **values: float) -> list[CandidateState]:
    recipes = [Recipe.of(ServiceName.TOPAZ, slug, values, OutputOptions(OutputSize.scale(4))) for slug in slugs]
    priced = candidates(INFO, Patch(0, 0, 512, 512), recipes, CATALOGUE, folder="/results")
    models = [CATALOGUE.by_slug(ServiceName.TOPAZ, slug) for slug in slugs]
    return [
        CandidateState(number, model, each, None)
        for number, (model, each) in enumerate(zip(models, priced, strict=True), 1)
        if model is not None
    ]


def said(
    found: list[CandidateState], available: int | None, limits: SpendingLimits | None = None
) -> tuple[str, str, str]:
    plan = plan_of(found, available, Unit.CREDIT)
    prices = {each.number: each.trial.credits for each in found if each.trial is not None}
    limits = limits or SpendingLimits()
    held = held_words(under(plan, limits, lambda number: prices[number]), limits, len(plan.ids))
    text, reason = try_text(held.plan, found, held, ready=True)
    return text, reason, hint_text(held.plan, held)[0]


def test_an_area_that_saves_nothing_says_so() -> None:
    """The smallest price is for up to 24 megapixels: people tried a corner for what all of it costs."""
    recipe = Recipe.of(ServiceName.TOPAZ, "standard-2", {}, OutputOptions(OutputSize.scale(1)))
    model = CATALOGUE.by_slug(ServiceName.TOPAZ, "standard-2")
    assert model is not None
    (small,) = candidates(INFO, Patch(0, 0, 512, 512), [recipe], CATALOGUE, folder="/results")
    same = CandidateState(1, model, small, None)
    assert price_words(same.trial) == price_words(same.priced.whole) == "1 credit"
    assert same_price_text(same, on_whole=False).startswith("The whole picture costs the same")
    assert same_price_text(same, on_whole=True) == ""
    (dearer,) = standings("standard-2")
    assert same_price_text(dearer, on_whole=False) == ""


def test_a_name_that_is_cut_keeps_its_last_word(qapp: QApplication) -> None:
    """Four cards said "Real…hoto" and "Real-…N"."""
    metrics = QFontMetrics(qapp.font())
    for name in ("Real-ESRGAN Photo", "High Fidelity 2"):
        whole = metrics.horizontalAdvance(name)
        assert short_name(name, metrics, whole) == name
        cut = short_name(name, metrics, whole * 3 // 4)
        assert "…" in cut
        assert cut.endswith(f" {name.rpartition(' ')[2]}")
        assert metrics.horizontalAdvance(cut) <= whole * 3 // 4
    assert "…" in short_name("Superresolution", metrics, metrics.horizontalAdvance("Superres"))


def test_a_name_that_is_too_long_for_a_card_has_two_lines(qapp: QApplication) -> None:
    """Three cards said "Real-ES… Photo"."""
    metrics = QFontMetrics(qapp.font())
    name = "Real-ESRGAN Photo"
    first = metrics.horizontalAdvance("Real-ESRGAN")
    assert name_lines(name, metrics, first) == ["Real-ESRGAN", "Photo"]
    assert name_lines(name, metrics, first - 1) == [name], "two lines that are cut are no better than one"


@pytest.mark.usefixtures("themed")
def test_a_long_name_has_its_badge_below(qtbot: QtBot) -> None:
    """In a column of 320 pixels it read "Real-ES…N Photo"."""
    card = ChosenCard()
    qtbot.addWidget(card)
    card.show_candidate(2, "Real-ESRGAN Photo", "generative", "Enlarges photos on this computer.")
    needed = card.name.fontMetrics().horizontalAdvance(card.name.text())
    card.resize(needed + card.badge.sizeHint().width() + 20, 150)
    card.show()
    qtbot.waitUntil(lambda: card.name.width() >= needed)
    assert card.badge.y() >= card.name.geometry().bottom()
    card.resize(needed + card.badge.sizeHint().width() + 120, 150)
    qtbot.waitUntil(lambda: card.badge.x() > card.name.geometry().right())
    assert abs(card.badge.geometry().center().y() - card.name.geometry().center().y()) <= 2


def test_where_all_is_free_nothing_is_said_of_prices() -> None:
    """ "The whole picture costs the same", and "Published price", stood above "Try 1 model · free"."""
    catalogue = whole_catalogue()
    model = catalogue.find(ServiceName.LOCAL, "Real-ESRGAN Fast")
    recipe = Recipe.of(ServiceName.LOCAL, model.slug, {}, OutputOptions(OutputSize.scale(2)))
    (free,) = candidates(INFO, Patch(0, 0, 512, 512), [recipe], catalogue, folder="/results")
    standing = CandidateState(1, model, free, None)
    assert price_words(standing.trial) == "free"
    assert same_price_text(standing, on_whole=False) == ""
    card = card_words(standing, on_whole=False)
    assert (card.first, card.second) == ("free", "")
    done = replace(
        standing, job=job("a.jpg", JobState.DONE, service=ServiceName.LOCAL, charged=0, result=Path("/a.jpg"))
    )
    assert after_text(done, "free", on_whole=False) == "Copies these settings; free."
    assert after_text(done, "free", on_whole=True) == "Keeps this result and copies its settings."
    plan = plan_of([standing], None, Unit.NONE)
    assert hint_text(plan, under(plan, SpendingLimits(), lambda _: 0))[0] == ""


def test_candidates_of_one_model_are_told_apart_by_their_settings() -> None:
    auto, soft, hard = (standings("standard-2", **values)[0] for values in ({}, {"denoise": 0.3}, {"denoise": 0.9}))
    every = [auto, soft, hard, *standings("recover-3")]
    assert [apart_words(each, every) for each in every] == ["Auto", "Noise removal 0.3", "Noise removal 0.9", ""]
    assert apart_words(soft, [soft, soft]) == "", "the same twice"


def test_the_button_says_what_it_starts() -> None:
    found = standings("standard-2", "recover-3")
    assert said(found, 480)[:2] == ("Try 2 models · 3 credits", "")
    assert said(found, 480)[2].endswith("· 477 left afterwards")
    assert said(standings("recover-3", "recover-3"), 480)[0] == "Try 2 versions · 4 credits"
    assert said(found, None)[0] == "Try 2 models · 3 credits", "an unknown balance is no obstacle"


def test_too_little_is_said_before_the_click() -> None:
    found = standings("standard-2", "recover-3")
    text, reason, hint = said(found, 2)
    assert text == "Try 2 models · 3 credits", "as a whole or not at all, as on the command line"
    assert hint == "This needs 3 credits; the account has 2 credits"
    assert reason.startswith(f"{hint}. Top up")
    assert said(found, 3)[1] == ""
    limit = SpendingLimits(run=1)
    assert said(found, 480, limit) == (
        "Try 1 of 2 models · 1 credit",
        "",
        "Your limit of 1 credit per run is enough for 1 of 2 trials",
    )
    used = SpendingLimits(day=10, used=10)
    assert said(found, 480, used)[1:] == ("Your limit for today is reached: 10 of 10 credits",) * 2


def test_what_cannot_be_made_is_left_out_and_says_why() -> None:
    bad, good = standings("recover-3", creativity=99)[0], standings("standard-2")[0]
    found = [bad, CandidateState(2, good.model, good.priced, None)]
    assert said(found, 480)[0] == "Try 1 model · 1 credit"
    assert said(found, 480)[2] == "1 can't be tried"
    assert card_words(bad, on_whole=False).state == "Can't be tried"
    assert "99" in bad.refusal
    assert said([bad], 480)[0] == "Nothing can be tried"


def with_job(state: JobState, **changes: Any) -> CandidateState:
    (one,) = standings("recover-3")
    made: Job = job("a", state, **changes)
    return CandidateState(1, one.model, one.priced, made, 62.0)


def test_a_candidate_at_every_stage() -> None:
    (fresh,) = standings("recover-3")
    words = card_words(fresh, on_whole=False)
    assert (words.first, words.badge) == ("Trial 2 credits", "Not tried yet")
    assert words.second == "Whole ≈ 96 credits", "beyond the published table"
    assert use_reason(fresh) == "Try these settings first"
    assert again_text(fresh, is_alone=False, ready=True) == ("Try this one · 2 credits", "")
    running = with_job(JobState.RUNNING)
    assert card_words(running, on_whole=False).state.startswith("Running 62")
    assert card_words(running, on_whole=False).is_running
    assert use_reason(running) == "No result yet"
    assert again_text(running, is_alone=False, ready=True)[1] == "It is running"
    failed = with_job(JobState.FAILED, trouble=JobError("x", "It failed.", "Try again."))
    assert card_words(failed, on_whole=False).tip == "It failed. Try again."
    assert again_text(failed, is_alone=False, ready=True) == ("Try again · 2 credits", "")
    done = with_job(JobState.DONE, result=Path("/r.png"), result_size=Size(2048, 2048), charged=2)
    assert card_words(done, on_whole=False).state == ""
    assert card_words(done, on_whole=True).first == "2 credits charged"
    assert card_words(done, on_whole=True).second == "2048 × 2048"
    assert use_reason(done) == ""
    assert again_text(done, is_alone=False, ready=True)[1] == "Already tried. Change a setting first"
    assert after_text(done, price_words(done.priced.whole), on_whole=False).startswith("Copies these settings; free.")
    assert "already paid for" in after_text(done, "", on_whole=True)


def test_what_the_owner_does_not_allow_is_said_above_the_button() -> None:
    """A trial sends a part of the picture, and said nothing."""
    info = replace(INFO, reservations=(Reservation.AI_TRAINING,))
    recipes = [Recipe.of(ServiceName.TOPAZ, "standard-2", {}, OutputOptions(OutputSize.scale(4)))]
    (priced,) = candidates(info, Patch(0, 0, 512, 512), recipes, CATALOGUE, folder="/results")
    model = CATALOGUE.by_slug(ServiceName.TOPAZ, "standard-2")
    assert model is not None
    plan = plan_of([CandidateState(1, model, priced, None)], 500, Unit.CREDIT)
    held = under(plan, SpendingLimits(), lambda _number: 1)
    assert hint_text(held.plan, held) == ("1 picture says in its rights: no AI training", "warn")
    plain = plan_of(standings("standard-2"), 500, Unit.CREDIT)
    assert not plain.reserved


def test_a_price_on_a_narrow_card_keeps_its_number() -> None:
    assert brief_price("Whole ≈ 19 credits") == "Whole ≈ 19 cr"
    assert brief_price("Whole 1 credit") == "Whole 1 credit"
    assert brief_price("unchanged") == "unchanged"
