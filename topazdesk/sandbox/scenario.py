"""Scenario files: make the sandbox fail in chosen ways.

A scenario is a JSON file, read at the start and again whenever it changes (all counts then start anew)::

    {"credits": 20, "rules": [{"match": {…}, "do": {…}}, …]}

`credits` is the starting balance of a fresh state folder. For each request the first matching rule is applied, no other.

`match`, all given conditions must hold:

- `method`: "GET", "POST", "DELETE", "HEAD"
- `path`: regular expression, searched in the path ("/enhance/async", "^/image/v1/status/", "/storage/")
- `model`: API name of a submit; such a rule is looked at once the body was read, and only when no rule without `model`
  applied. What would have to happen earlier (`delay_s`, `top_up`, `gone`, `drop` "before" or {"request": N}) it cannot do.
- `nth`: number or list of numbers, from 1: only these of the requests that fulfil the conditions above
- `from`, `until`: only from this one on, only up to and with this one (from 1)

`do`, any combination that makes sense:

- `status`, `body`, `headers`: answer this instead of handling the request; `body` is any JSON value, a string is sent as it
  is; without a body an error answer in the published shape. `headers` alone are added to the real answer.
- `delay_s`: wait before the request is handled. `answer_delay_s`: handle it, wait, then answer.
- `drop`: "before" (cut the connection unread), "after" (handle the request, then cut instead of answering),
  {"request": N} (cut after N bytes of the request's body), {"answer": N} (cut after N bytes of the answer's body).
- `truncate`: N, a well-formed answer of only the first N bytes. `corrupt`: N, flip bytes of the answer from byte N on.
- `link_s`: links given out by this request live so many seconds (0: expired at once).
- `gone`: true, the job named in the path is unknown from now on, and its files too.
- `top_up`: add so many credits before the request is handled.
- on submits: `job_s` seconds of work for this job whatever the speed, `queue_s` seconds before it starts, `fail_job` percentage
  at which it fails (true: 0), `refund` false withholds the refund of the failed job, `credits` what the job costs whatever
  its price. `ignore` ["name", …]: these settings are no longer known, neither used nor reported. `rename` {"old": "new"}:
  the same, and the report has a value of the service's own under the new name. `change` {"name": value}: used instead of
  what was sent. `retire` true: the model is unknown from now on, to estimates as well.
  `lose_source` true: the earlier upload that this submit names is gone from now on (with Runflow: the asset).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from topazdesk.errors import Code, UseError


@dataclass(frozen=True, slots=True)
class Effect:
    """What a rule does; the fields are those of `do` in the module's text."""

    status: int | None = None
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    answer_delay_s: float = 0.0
    drop: str | Mapping[str, int] = ""
    truncate: int | None = None
    corrupt: int | None = None
    link_s: int | None = None
    gone: bool = False
    top_up: int = 0
    job_s: float | None = None
    queue_s: float | None = None
    fail_job: int | None = None
    refund: bool = True
    credits: int | None = None
    ignore: tuple[str, ...] = ()
    rename: Mapping[str, str] = field(default_factory=dict)
    change: Mapping[str, Any] = field(default_factory=dict)
    retire: bool = False
    lose_source: bool = False

    @property
    def cut_request_at(self) -> int | None:
        """Bytes of the request's body after which the connection is cut."""
        return self.drop.get("request") if isinstance(self.drop, Mapping) else None

    @property
    def cut_answer_at(self) -> int | None:
        """Bytes of the answer's body after which the connection is cut."""
        return self.drop.get("answer") if isinstance(self.drop, Mapping) else None


NO_EFFECT = Effect()


@dataclass(slots=True)
class Rule:
    """One rule with its count of matching requests."""

    effect: Effect
    method: str = ""
    path: re.Pattern[str] | None = None
    model: str = ""
    nth: frozenset[int] = frozenset()
    first: int = 1
    last: int | None = None
    count: int = 0

    def takes(self, method: str, path: str, model: str | None) -> bool:
        """Whether it applies; counts the request. `model` is None while the body has not been read."""
        if (self.method and self.method != method) or (self.path is not None and not self.path.search(path)):
            return False
        if bool(self.model) != (model is not None) or (self.model and self.model != model):
            return False
        self.count += 1
        if self.nth and self.count not in self.nth:
            return False
        return self.first <= self.count and (self.last is None or self.count <= self.last)


_EFFECT_NAMES = frozenset(Effect.__dataclass_fields__)
_MATCH_NAMES = frozenset({"method", "path", "model", "nth", "from", "until"})


def _rule(data: Mapping[str, Any]) -> Rule:
    match, effect = dict(data.get("match", {})), dict(data["do"])
    unknown = (set(match) - _MATCH_NAMES) | (set(effect) - _EFFECT_NAMES) | (set(data) - {"match", "do"})
    if unknown:
        raise ValueError(f"unknown key {min(unknown)!r}")
    if effect.get("fail_job") is True:
        effect["fail_job"] = 0
    effect["ignore"] = tuple(effect.get("ignore", ()))
    drop = effect.get("drop", "")
    if drop not in ("", "before", "after") and not (isinstance(drop, dict) and set(drop) <= {"request", "answer"}):
        raise ValueError(f"drop cannot be {drop!r}")
    too_early = {"delay_s", "top_up", "gone"} & set(effect) or drop == "before" or "request" in drop
    if "model" in match and too_early:
        raise ValueError("a rule with a model comes too late for this effect")
    nth = match.get("nth", [])
    return Rule(
        effect=Effect(**effect),
        method=str(match.get("method", "")).upper(),
        path=re.compile(match["path"]) if "path" in match else None,
        model=str(match.get("model", "")),
        nth=frozenset([nth] if isinstance(nth, int) else nth),
        first=int(match.get("from", 1)),
        last=match.get("until"),
    )


class Scenario:
    """The rules of a file, kept up to date. Without a file nothing ever happens."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._read_as: tuple[int, int] | None = None
        self.credits: int | None = None
        self._rules: list[Rule] = []
        self._refresh()

    def effect(self, method: str, path: str, model: str | None = None) -> Effect:
        """What happens to this request; `model` once it is known (only rules with `model` are looked at then)."""
        if model is None:
            self._refresh()
        for rule in self._rules:
            if rule.takes(method, path, model):
                return rule.effect
        return NO_EFFECT

    def _refresh(self) -> None:
        if self._file is None:
            return
        try:
            state = self._file.stat()
            version = (state.st_mtime_ns, state.st_size)
            if version == self._read_as:
                return
            data = json.loads(self._file.read_text(encoding="utf-8"))
            self._rules = [_rule(rule) for rule in data.get("rules", [])]
            self.credits = data.get("credits")
            self._read_as = version
        except (OSError, ValueError, TypeError, KeyError, AttributeError, re.error) as error:
            raise UseError(
                "The scenario file cannot be used.",
                "Its format is described in topazdesk/sandbox/scenario.py.",
                details=f"{self._file}: {error}",
                code=Code.USE_SCENARIO,
            ) from error
