"""Plans that were made: what a run was to make of which pictures, at which price, and where. Kept in the profile.

A plan has a hash. A run that names it is the run that was planned, or it does not begin, and says what differs.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import NamedTuple

from topazdesk.disk import private_file
from topazdesk.disk.newest import beyond_newest
from topazdesk.disk.reading import read_json
from topazdesk.domain.displayed_text import one_line
from topazdesk.domain.money import Unit, amount_text
from topazdesk.domain.ports import Draft
from topazdesk.domain.recipe import Recipe
from topazdesk.engine.preview import Preview
from topazdesk.errors import Code, ComputerError, UseError
from topazdesk.language import nsay, say

PLAN_VERSION = 1
_HASH_LENGTH = 12
_MOST_KEPT = 200
_MOST_BYTES = 200_000_000
#: So many differences are named.
_NAMED = 5


class ResultKey(NamedTuple):
    """Of what a result is made, and by what: picture, page (from 0), service and the model's name.

    The renditions of a picture share it: their recipes tell them apart.
    """

    path: str
    page: int
    service: str
    model: str

    @classmethod
    def of(cls, draft: Draft) -> ResultKey:
        """Return the key of what a draft would make."""
        return cls(str(draft.info.path), draft.recipe.page or 0, draft.recipe.service.value, draft.model.name)


@dataclass(frozen=True, slots=True)
class PlannedResult:
    """A result as it was planned. `recipe` is a digest of all of the recipe, `amount` in whole units of the service."""

    path: str
    page: int
    sha256: str
    service: str
    model: str
    recipe: str
    target: str
    amount: int
    unit: str

    @property
    def key(self) -> ResultKey:
        """What it has in common with the other renditions of its picture."""
        return ResultKey(self.path, self.page, self.service, self.model)

    @property
    def name(self) -> str:
        """The picture and the model, for people."""
        page = f", page {self.page + 1}" if self.page else ""
        return f"{one_line(Path(self.path).name, 200)}{page} with {self.model}"


@dataclass(frozen=True, slots=True)
class Plan:
    """All results of a run, in their order."""

    results: tuple[PlannedResult, ...]

    @classmethod
    def of(cls, found: Sequence[Preview], digests: Mapping[Path, str | None]) -> Plan:
        """Return the plan to make these results; `digests` has those of the pictures."""
        return cls(tuple(_planned(each, digests) for each in found))

    def without(
        self, made: Sequence[Draft], digests: Mapping[Path, str | None]
    ) -> tuple[Plan, tuple[PlannedResult, ...]]:
        """Return the plan without results that are there already, or are being made: the rest of what was agreed to.

        So a run that was cut short goes on by the same plan. Nothing more is paid: what is left is part of the plan.
        `made` are drafts that have a job. Those of another picture than was planned under the name, or with other
        settings, stay in the plan and are returned as they are now.
        """
        now = [(ResultKey.of(draft), _recipe_digest(draft.recipe), draft.info.path) for draft in made]
        found = _paired([(each.key, each.recipe) for each in self.results], [(key, recipe) for key, recipe, _ in now])
        there: set[int] = set()
        changed: list[PlannedResult] = []
        for number, (_, recipe, path) in enumerate(now):
            place = found.get(number)
            if place is not None:
                was = self.results[place]
                is_now = replace(was, sha256=digests.get(path) or "", recipe=recipe)
                if is_now == was:
                    there.add(place)
                else:
                    changed.append(is_now)
        rest = Plan(tuple(each for place, each in enumerate(self.results) if place not in there))
        return rest, tuple(changed)

    @property
    def hash(self) -> str:
        """The name of the plan: the same for the same results of the same pictures at the same price."""
        text = json.dumps([asdict(each) for each in self.results], sort_keys=True)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH_LENGTH]

    def differences(self, now: Plan) -> list[str]:
        """Return what of this plan does not hold any more, one sentence for each result."""
        was, new = ([(each.key, each.recipe) for each in plan.results] for plan in (self, now))
        likes = {place: number for number, place in _paired(was, new).items()}
        left = dict(enumerate(now.results))
        several = {key for results in (was, new) for key, n in Counter(key for key, _ in results).items() if n > 1}

        def name(each: PlannedResult) -> str:
            return f"{each.name} ({one_line(Path(each.target).name, 200)})" if each.key in several else each.name

        found: list[str] = []
        for place, each in enumerate(self.results):
            other = left.pop(likes[place], None) if place in likes else None
            if other is None:
                found.append(say("{name} would not be made any more", name=name(each)))
            elif other.sha256 != each.sha256:
                found.append(say("{name}: the picture was changed since", name=name(each)))
            elif (other.amount, other.unit) != (each.amount, each.unit):
                old, is_now = (amount_text(one.amount, Unit(one.unit)) for one in (each, other))
                found.append(
                    say(
                        "{name}: the price is {is_now:text}, it was {was:text}", name=name(each), is_now=is_now, was=old
                    )
                )
            elif other.target != each.target:
                found.append(
                    say("{name}: it would be saved as {target}", name=name(each), target=one_line(other.target, 400))
                )
            elif other.recipe != each.recipe:
                found.append(say("{name}: its settings are others", name=name(each)))
        return found + [say("{name} was not in the plan", name=name(each)) for each in left.values()]


def _paired(planned: Sequence[tuple[ResultKey, str]], now: Sequence[tuple[ResultKey, str]]) -> dict[int, int]:
    """Return, by its number among those of now, the number of the planned result that each one is.

    It is the one with the same key and recipe, else the next one with the same key that no other is.
    """
    free: dict[ResultKey, dict[int, str]] = defaultdict(dict)
    for place, (key, recipe) in enumerate(planned):
        free[key][place] = recipe
    found: dict[int, int] = {}
    for is_exact in (True, False):
        for number, (key, recipe) in enumerate(now):
            likes = free.get(key, {})
            alike = (place for place, its in likes.items() if its == recipe or not is_exact)
            match = None if number in found else next(alike, None)
            if match is not None:
                found[number] = match
                del likes[match]
    return found


def _recipe_digest(recipe: Recipe) -> str:
    """Return a digest of all of a recipe: its own leaves out the rules for names and files."""
    return hashlib.sha256(json.dumps(recipe.to_json(), sort_keys=True).encode()).hexdigest()[:16]


def _planned(preview: Preview, digests: Mapping[Path, str | None]) -> PlannedResult:
    draft, target = preview.draft, preview.target
    key = ResultKey.of(draft)
    return PlannedResult(
        path=key.path,
        page=key.page,
        sha256=digests.get(draft.info.path) or "",
        service=key.service,
        model=key.model,
        recipe=_recipe_digest(draft.recipe),
        target="" if target is None else str(target),
        amount=draft.estimate.credits,
        unit=draft.estimate.unit.value,
    )


class Plans:
    """The plans of a profile. Blocking."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, plan: Plan) -> str:
        """Keep a plan and return its hash; the oldest are dropped. Raises ComputerError."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            data = {"kind": "topazdesk plan", "version": PLAN_VERSION, "results": [asdict(e) for e in plan.results]}
            private_file.write(self._folder / f"{plan.hash}.json", json.dumps(data))
            for old in beyond_newest(self._folder.glob("*.json"), _MOST_KEPT):
                old.unlink(missing_ok=True)
        except OSError as error:
            raise ComputerError(
                "The plan could not be kept",
                "Check the free space and the permissions of the profile folder.",
                details=str(error),
                code=Code.DISK_WRITE,
            ) from error
        return plan.hash

    def find(self, name: str) -> Plan:
        """Return the plan of this hash. Raises UseError if there is none."""
        is_hash = len(name) == _HASH_LENGTH and set(name) <= set("0123456789abcdef")
        with suppress(OSError, ValueError, TypeError, KeyError, RecursionError):
            if is_hash:
                data = read_json(self._folder / f"{name}.json", _MOST_BYTES)
                found = Plan(tuple(PlannedResult(**each) for each in data["results"]))
                if found.hash == name:
                    return found
        raise UseError(
            say("There is no plan {name} in this profile", name=one_line(name, 40)),
            "Make one: topazdesk plan with the same words; its last line has the hash. Nothing was sent.",
            code=Code.USE_PLAN,
        )


def check_plan(wanted: Plan, now: Plan) -> None:
    """Raise UseError, naming the differences, unless a run is the one that was planned."""
    if wanted.hash == now.hash:
        return
    found = wanted.differences(now) or [say("The results are the same, in another order")]
    more = [nsay("and {n} more", "and {n} more", len(found) - _NAMED)] if len(found) > _NAMED else []
    raise UseError(
        say("This is not what was planned: {found:text}", found="; ".join(found[:_NAMED] + more)),
        "Nothing was sent. Look at it again with topazdesk plan, and use the hash that it prints.",
        details="\n".join(found),
        code=Code.USE_PLAN,
    )
