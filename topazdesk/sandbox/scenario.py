"""Scenario files, which make the sandbox fail in chosen ways.

A scenario is a JSON file that is read at the start and again whenever it changes, which resets all counts::

    {"credits": 20, "rules": [{"match": {…}, "do": {…}}, …]}

`credits` is the starting balance of a new state folder. For each request only the first matching rule is applied.

Conditions in `match`; all that are given must hold:

- `method`: "GET", "POST", "DELETE", "HEAD"
- `path`: regular expression, searched in the path ("/enhance/async", "^/image/v1/status/", "/storage/")
- `model`: API name in a submit. Such a rule is checked only after the body was read, and only when no rule without
  `model` applied. So it cannot do what has to happen earlier (`delay_s`, `top_up`, `gone`, `drop` "before" or
  {"request": N}).
- `nth`: number or list of numbers, counted from 1: only these of the requests that meet the conditions above
- `from`, `until`: only from this one on, only up to and including this one (counted from 1)

Effects in `do`, in any sensible combination:

- `status`, `body`, `headers`: send this response instead of handling the request. `body` is any JSON value; a string is
  sent as it is; without a body an error response of the published shape is sent. `headers` alone are added to the real
  response.
- `delay_s`: wait before the request is handled. `answer_delay_s`: handle it, wait, then respond.
- `drop`: "before" (cut the connection without reading), "after" (handle the request, then cut instead of responding),
  {"request": N} (cut after N bytes of the request's body), {"answer": N} (cut after N bytes of the response's body).
- `truncate`: N, send a well-formed response with only the first N bytes. `corrupt`: N, flip bytes from byte N on.
- `link_s`: links in the response are valid for this many seconds (0: expired at once).
- `gone`: true, the job in the path and its files no longer exist.
- `top_up`: add this many credits before the request is handled.

Effects on submits only:

- `job_s`: seconds of work for this job at any speed. `queue_s`: seconds before it starts.
- `fail_job`: percentage at which the job fails (true: 0). `refund`: false withholds the refund of the failed job.
- `credits`: what the job costs, whatever its price.
- `ignore`: ["name", …], these settings are unknown, neither used nor reported. `rename`: {"old": "new"}, the same, and
  a value that the service chose is reported under the new name. `change`: {"name": value}, used instead of the value
  that was sent.
- `retire`: true, the model no longer exists, not even for estimates.
- `lose_source`: true, the earlier upload that this submit names no longer exists (with Runflow: the asset).
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
    """What a rule does; the fields are those of `do`, described in the module's docstring."""

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
        """Bytes of the response's body after which the connection is cut."""
        return self.drop.get("answer") if isinstance(self.drop, Mapping) else None


NO_EFFECT = Effect()


@dataclass(slots=True)
class Rule:
    """One rule, with the number of requests that met its conditions."""

    effect: Effect
    method: str = ""
    path: re.Pattern[str] | None = None
    model: str = ""
    nth: frozenset[int] = frozenset()
    first: int = 1
    last: int | None = None
    count: int = 0

    def takes(self, method: str, path: str, model: str | None) -> bool:
        """Count the request if it meets the conditions, and return whether the rule applies.

        `model` is None while the body has not been read.
        """
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
    """The rules of a file, reloaded when it changes. Without a file nothing ever happens."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._version: tuple[int, int] | None = None
        self.credits: int | None = None
        self._rules: list[Rule] = []
        self._refresh()

    def effect(self, method: str, path: str, model: str | None = None) -> Effect:
        """Return what happens to this request. With `model`, known once the body was read, only rules with it count.

        Raises UseError when the file cannot be used.
        """
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
            if version == self._version:
                return
            data = json.loads(self._file.read_text(encoding="utf-8"))
            self._rules = [_rule(rule) for rule in data.get("rules", [])]
            self.credits = data.get("credits")
            self._version = version
        except (OSError, ValueError, TypeError, KeyError, AttributeError, re.error) as error:
            raise UseError(
                "The scenario file cannot be used",
                "Its format is described in topazdesk/sandbox/scenario.py",
                details=f"{self._file}: {error}",
                code=Code.USE_SCENARIO,
            ) from error
