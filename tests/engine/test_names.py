"""A paid result gets a file whatever its name was to be: an impossible template, a name that the disk or the locale does not take."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.engine_harness import EngineHarness
from topazdesk.disk.names import native, path_bytes, shown_path
from topazdesk.domain.job import JobState
from topazdesk.domain.ports import Draft
from topazdesk.errors import UseError

_S = JobState


def named(draft: Draft, template: str) -> Draft:
    """A draft as an older program, which looked at templates less closely, would have taken it."""
    return replace(draft, recipe=replace(draft.recipe, output=replace(draft.recipe.output, template=template)))


@pytest.mark.parametrize(
    "template",
    ["{scale:.1f}", "{name:d}", "{name!x}", "{name:x>400000000}", "{name.__class__}", "{", "{nome}", "\ud800", "  "],
)
def test_a_job_that_is_paid_already_gets_the_usual_name(harness: EngineHarness, template: str) -> None:
    async def test() -> None:
        engine = await harness.open()
        (job,) = await engine.enqueue([named(harness.draft(harness.picture("a.png")), template)])
        done = await harness.finished(job)
        assert done.state is _S.DONE
        assert done.result is not None
        assert done.result.exists()
        if template == "\ud800":
            return  # a name, if an odd one
        assert done.result.name == "a_standard-2_2x.png"
        assert done.trouble is not None
        assert done.trouble.code == "result.name"
        assert "a_standard-2_2x.png" in done.trouble.hint

    harness.run(test)


def test_a_template_that_makes_no_name_is_refused_before_the_run(harness: EngineHarness) -> None:
    async def test() -> None:
        engine = await harness.open()
        await engine.pause()
        (job,) = await engine.enqueue([named(harness.draft(harness.picture("a.png")), "{scale:.1f}")])
        await engine.cancel(job.id)
        assert harness.job(job).state is _S.CANCELLED
        with pytest.raises(UseError, match="name for results"):
            await engine.retry(job.id)

    harness.run(test)


def test_a_name_that_the_disk_refuses_is_replaced_by_a_plain_one(harness: EngineHarness, tmp_path: Path) -> None:
    """Some encrypted folders take 143 bytes; here a folder so deep that the whole path is too long stands in for them."""

    async def test() -> None:
        engine = await harness.open()
        room = os.pathconf(tmp_path, "PC_PATH_MAX") - len(str(tmp_path)) - 60
        deep = tmp_path
        while room > 0:
            step = min(200, room)
            deep, room = deep / ("d" * step), room - step - 1
        deep.mkdir(parents=True)
        (job,) = await engine.enqueue([named(harness.draft(harness.picture("a.png"), out=deep), "n" * 100)])
        done = await harness.finished(job)
        assert done.state is _S.DONE, done.trouble
        assert done.result is not None
        assert done.result.exists()
        assert done.result.name.startswith("result-td")
        assert done.trouble is not None
        assert done.result.name in done.trouble.hint

    harness.run(test)


ODD = ["Grüße 😀", "a\udcff\udce9", "half \ud83d", "名前"]


@pytest.mark.parametrize("locale", ["C", "C.UTF-8", "en_US.ISO-8859-1"])
def test_every_text_is_a_path_in_every_locale(tmp_path: Path, locale: str) -> None:
    script = (
        "import sys; from pathlib import Path; from topazdesk.disk.names import native, path_bytes, shown_path\n"
        f"for text in {ODD!a}:\n"
        "    path = Path(sys.argv[1]) / native(text); path.write_bytes(b'x'); assert path.is_file(); shown_path(path)\n"
        "    path_bytes(Path(text)); shown_path(Path(text))\n"
        "print(sys.getfilesystemencoding())"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], env=in_locale(locale), check=True)
    names = os.listdir(os.fsencode(tmp_path))  # noqa: PTH208 bytes
    assert len(names) == len(ODD)
    if locale != "en_US.ISO-8859-1":
        assert "Grüße 😀".encode() in names


def in_locale(locale: str) -> dict[str, str]:
    """An environment where Python takes the locale's word for the encoding of file names."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("LC_") and k != "LANG"}
    return env | {"LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONPATH": str(Path.cwd())}


def test_a_path_comes_back_as_it_was() -> None:
    for text in ODD[:2]:
        assert native(text) == text
        assert os.fsdecode(path_bytes(Path(text))) == text
    assert shown_path(Path(os.fsdecode(b"caf\xe9\nx"))) == "caf\ufffd⏎x"


def test_the_day_in_a_name_is_that_of_the_camera_or_of_the_file(harness: EngineHarness) -> None:
    """`{date}` is the day of the run; people who sort by the day a picture was taken write `{taken}`. Both are fixed when
    the run is made, also where the picture is gone by the time its result comes."""

    async def test() -> None:
        engine = await harness.open()
        said, unsaid = harness.picture("a.png"), harness.picture("b.png")
        os.utime(unsaid, (1_000_000_000, 1_000_000_000))
        tokyo = datetime(1999, 12, 31, 23, 59, tzinfo=UTC)
        harness.pictures.taken_at = lambda path: tokyo if path == said else None  # type: ignore[method-assign]
        drafts = [named(harness.draft(path), "{taken}_{name}_{counter}") for path in (said, unsaid)]
        names = [each.target.name for each in await engine.preview(drafts, names=True, of=1000) if each.target]
        assert names == ["1999-12-31_a_0001.png", "2001-09-09_b_0002.png"]
        done = [await harness.finished(job) for job in await engine.enqueue(drafts)]
        made = [job.result.name for job in done if job.result is not None]
        assert made == ["1999-12-31_a_001.png", "2001-09-09_b_002.png"]

    harness.run(test)
