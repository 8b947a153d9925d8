"""What a shell offers while a command is typed, and `topazdesk completion`, which prints the shell's part of it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from topazdesk.cli.output import state_word
from topazdesk.cli.params import Argument
from topazdesk.cli.stoppable import run_stoppable
from topazdesk.errors import ExitCode
from topazdesk.language import say

VARIABLE = "_TOPAZDESK_COMPLETE"
#: So many of the newest jobs and runs are offered.
_MOST_JOBS = 50


class Shell(StrEnum):
    """The shells that are known."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def completion(shell: Annotated[Shell, Argument(metavar="bash|zsh|fish", help="Which shell.")]) -> ExitCode:
    """Print what a shell needs to complete commands, options, models, presets, settings and job ids.

    Put it into the shell's start file: eval "$(topazdesk completion bash)", or zsh. In fish: topazdesk completion fish
    | source.
    """
    return answer(f"{shell.value}_source")


def answer(instruction: str) -> ExitCode:
    """Do what a shell asks for; `instruction` is what it put into the environment."""
    from click.shell_completion import shell_complete

    from topazdesk.cli.program import program

    return ExitCode(shell_complete(program(), {}, "topazdesk", VARIABLE, instruction))


def models(incomplete: str, given: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Offer the models of the service that was named, by the names that need no quotes."""
    from topazdesk.app.profile_view import ProfileView

    view = ProfileView.of(_profile(given))
    for model in view.catalogue.of(given.get("service") or view.settings.service_name, with_legacy=True):
        if model.slug.startswith(incomplete.lower()):
            yield model.slug, model.purpose


def presets(incomplete: str, given: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Offer the saved presets."""
    from topazdesk.app.paths import Paths
    from topazdesk.app.presets import Presets

    for preset in Presets(Paths.choose(_profile(given)).presets).all()[0]:
        if preset.name.lower().startswith(incomplete.lower()):
            yield preset.name, preset.recipe.model


def settings(incomplete: str, given: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Offer the settings of the models that were named, of all models where there is none."""
    from topazdesk.app.profile_view import ProfileView

    view = ProfileView.of(_profile(given))
    service = given.get("service") or view.settings.service_name
    named = given.get("model") or ()
    names = (named,) if isinstance(named, str) else tuple(named)
    wanted = [view.catalogue.find(service, name) for name in names] or view.catalogue.of(service)
    offered = {f"{each.name}=": each.range_text() for model in wanted for each in model.parameters}
    return [(name, about) for name, about in sorted(offered.items()) if name.startswith(incomplete)]


def accounts(incomplete: str, given: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Offer the accounts of the service that was named, else of all."""
    from topazdesk.app.accounts import Accounts
    from topazdesk.app.paths import Paths
    from topazdesk.domain.services import SERVICES

    found = Accounts(Paths.choose(_profile(given)).accounts)
    found.load()
    named = given.get("service")
    for service in SERVICES.with_key if named is None else (named,):
        for known in found.of(service):
            word = known.name or known.account.id
            if word.casefold().startswith(incomplete.casefold()):
                yield word, service.label


def jobs(incomplete: str, given: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Offer the newest jobs."""
    return [(job_id, about) for job_id, _, about in _newest(given) if job_id.startswith(incomplete)]


def runs(incomplete: str, given: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Offer the newest runs."""
    found = {"last": say("the newest")} | {
        run: say("with {about}", about=about) for _, run, about in reversed(_newest(given))
    }
    return [(run, about) for run, about in found.items() if run.startswith(incomplete)]


def _newest(given: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return id, run and a word about each of the newest jobs; none where there is no profile."""
    from topazdesk.app.app_context import AppContext
    from topazdesk.app.paths import Paths
    from topazdesk.domain.displayed_text import one_line

    profile = _profile(given)
    if not Paths.choose(profile).jobs.exists():
        return []

    async def read() -> list[tuple[str, str, str]]:
        context = await AppContext.open(profile, exclusive=False)
        try:
            async for page in context.saved_pages(_MOST_JOBS):
                return [(j.id, j.run_id, f"{one_line(j.picture.name, 60)}, {state_word(j.state)}") for j in page.jobs]
            return []
        finally:
            await context.close()

    return run_stoppable(read())


def _profile(given: Mapping[str, Any]) -> Path | None:
    named = given.get("profile")
    return Path(os.fspath(named)) if named else None
