"""What an organisation allows on its computers: tiers, services and formats that are forbidden, limits, and duties.

The policy is no setting: whoever uses the program cannot loosen it. It is asked when a recipe is checked, so that
window and command line refuse in the same words, and once more by the engine before a picture is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

from topazdesk.domain.image import SERVICE_FORMATS, FileFormat
from topazdesk.domain.money import MICRO_USD, Unit
from topazdesk.domain.services import SERVICES
from topazdesk.errors import Code, UseError
from topazdesk.language import say

_TIERS = ("precise", "generative", "creative")


@dataclass(frozen=True, slots=True)
class UsagePolicy:
    """The rules of one policy file; the default forbids nothing.

    Tiers and services are words of the catalogue. A cap of 0 is none. `contact` is whom to ask, said with each refusal.
    `fault`: the file cannot be read, so what it forbids is unknown and nothing is sent.
    """

    forbid_tiers: tuple[str, ...] = ()
    forbid_services: tuple[str, ...] = ()
    forbid_formats: tuple[str, ...] = ()
    sidecars: bool = False
    label: bool = False
    run_cap: int = 0
    day_cap: int = 0
    run_cap_usd: float = 0.0
    day_cap_usd: float = 0.0
    contact: str = ""
    fault: UseError | None = field(default=None, compare=False)

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Self:
        """Return the policy that a file's data states.

        Raises ValueError for any key or word that is not known: a rule with a typing error must not be passed over.
        """
        words = {
            "forbid_tiers": _TIERS,
            "forbid_services": tuple(SERVICES),
            "forbid_formats": tuple(sorted(SERVICE_FORMATS)),
        }
        default = cls()
        kinds: dict[str, type] = {
            item.name: type(getattr(default, item.name)) for item in fields(cls) if item.name != "fault"
        }
        found: dict[str, Any] = {}
        for key, value in data.items():
            if key not in kinds:
                raise ValueError(f"“{key}” is not a rule. Rules are: {', '.join(kinds)}")
            if key in words:
                found[key] = _words(key, value, words[key])
            elif kinds[key] in (int, float):
                found[key] = kinds[key](_cap(key, value, whole=kinds[key] is int))
            elif type(value) is kinds[key]:
                found[key] = value
            else:
                raise ValueError(f"“{key}” cannot be {value!r}")
        return cls(**found)

    @property
    def demanded(self) -> frozenset[str]:
        """The settings of the program that are on, whatever the user chose."""
        return frozenset(name for name, is_on in (("sidecars", self.sidecars), ("labels", self.label)) if is_on)

    @property
    def ask(self) -> str:
        """Whom to ask about the policy, as a sentence."""
        return (
            say("Questions: {contact}", contact=self.contact)
            if self.contact
            else say("Ask whoever looks after this computer.")
        )

    def problem(self, service: str, tier: str, result: FileFormat | None) -> UseError | None:
        """Return why a model of this tier may not be used here, or None. `result`: its format; None if unknown."""
        if self.fault is not None:
            return self.fault
        if service in self.forbid_services:
            return self._refused(
                say("{service} is not allowed on this computer", service=_label(service)),
                say("Choose another service."),
            )
        if tier in self.forbid_tiers:
            return self._refused(
                say("{tier:text} models are not allowed on this computer", tier=tier.capitalize()),
                say("Choose another model."),
            )
        if result is not None and result.value in self.forbid_formats:
            return self._refused(
                say("Results in {result} are not allowed on this computer", result=result.value.upper()),
                say("Choose another format."),
            )
        return None

    def caps(self, unit: Unit, run: int | None, day: int | None) -> tuple[int | None, int | None]:
        """Return the lower of the user's own caps and the policy's, a run and a day, in whole `unit`s."""
        own = self._caps(unit)
        return _lower(run, own[0]), _lower(day, own[1])

    def sets(self, unit: Unit, run: int | None, day: int | None) -> tuple[bool, bool]:
        """Return whether the cap that holds is the policy's and not the user's own, for a run and a day."""
        own = self._caps(unit)
        return run != _lower(run, own[0]), day != _lower(day, own[1])

    def _caps(self, unit: Unit) -> tuple[int, int]:
        if unit is Unit.CREDIT:
            return self.run_cap, self.day_cap
        if unit is Unit.NONE:
            return 0, 0
        return round(self.run_cap_usd * MICRO_USD), round(self.day_cap_usd * MICRO_USD)

    def _refused(self, title: str, hint: str) -> UseError:
        return UseError(
            title, say("{hint:text} Nothing was sent. {ask:text}", hint=hint, ask=self.ask), code=Code.USE_POLICY
        )


def _lower(one: int | None, cap: int) -> int | None:
    found = [each for each in (one, cap or None) if each is not None]
    return min(found, default=None)


def _label(service: str) -> str:
    return next((each.label for each in SERVICES if each == service), service)


def _words(key: str, value: Any, known: tuple[str, ...]) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError(f"“{key}” is a list of words, such as [{known[0]!r}]")
    odd = [word for word in value if word not in known]
    if odd:
        raise ValueError(f"“{key}” cannot have {odd[0]!r}. It may have: {', '.join(known)}")
    return tuple(value)


def _cap(key: str, value: Any, *, whole: bool) -> float:
    """Return a cap. 0 would read as "nothing" and mean "no limit", so it is refused."""
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float) or not 0 < value < 1e9:
        raise ValueError(f"“{key}” is {'a whole number' if whole else 'a number'} above 0")
    return float(value)
