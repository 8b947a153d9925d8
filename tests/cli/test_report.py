"""The report of a run: on the terminal, as a table, as data, and as a page that works offline."""

from __future__ import annotations

import csv
import json
import os
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.cli.conftest import Program
from tests.support import pictures
from tests.support.sandbox import RunningSandbox

RUN = ("--model", "Low Resolution 2", "--service", "topaz", "--yes")
_EVIL = "<img src=x onerror=alert(1)>'\"&.png"


class _Page(HTMLParser):
    """All tags with their attributes, and all text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_run_is_reported_in_each_form_and_adds_up_to_the_books(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    folder = tmp_path / "scans"
    folder.mkdir()
    for name in ("a.png", _EVIL):
        pictures.write(folder / name)
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0nonsense")
    html = tmp_path / "night.html"
    ran = program.run("enhance", folder, *RUN, "--report", html, "--json")
    assert (ran.code, ran.summary["done"], ran.summary["refused"]) == (1, 2, 1)
    assert [each["path"] for each in ran.of("report")] == [str(html)]
    (run,) = ran.summary["runs"]
    (reason,) = ran.summary["reasons"]
    assert [Path(path).name for path in reason["paths"]] == ["broken.jpg"]

    page = _Page(html.read_text("utf-8"))
    images = [attributes for tag, attributes in page.tags if tag == "img"]
    assert len(images) == 4, "before and after of each"
    assert all((image["src"] or "").startswith("data:image/jpeg;base64,") for image in images)
    assert not [tag for tag, attributes in page.tags if tag == "script" or {"onerror", "onload"} & set(attributes)]
    assert not [
        a for _, a in page.tags for name in ("src", "href") if (a.get(name) or "data:").partition(":")[0] != "data"
    ]
    assert "<img src=x onerror" in page.text, "the name is text"
    assert "The picture is cut off" in page.text

    books = sum(-row["reserved"] for row in service.rows("ledger") if row["kind"] == "charge")
    data = tmp_path / "night.json"
    again = program.run("jobs", "report", run[:8], data, "--json")
    assert (again.code, again.summary["done"], again.summary["credits"]) == (0, 2, books)
    report = json.loads(data.read_text("utf-8"))
    assert (report["version"], report["runs"], report["books"]["credit"]["charged"]) == (1, [run], books)
    assert {Path(job["original"]).name for job in report["jobs"]} == {"a.png", _EVIL}

    table = tmp_path / "night.csv"
    assert program.run("jobs", "report", "last", table).code == 0
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert sum(int(row["charged"]) for row in rows) == books
    since = tmp_path / "since.json"
    night = program.run("jobs", "report", "--since", "1h", since, "--json")
    assert (night.code, night.summary["done"], night.summary["credits"]) == (0, 2, books)
    assert json.loads(since.read_text("utf-8"))["books"]["credit"]["charged"] == books
    assert program.run("jobs", "report", "--since", "2999-01-01", "--json").summary["done"] == 0
    assert "Nothing was started since then" in program.run("jobs", "report", "--since", "2999-01-01").out
    assert program.run("jobs", "report", run[:8], "x.csv", "--since", "1h").code == 2
    told = program.run("jobs", "report", "last")
    assert "2 pictures done" in told.out
    assert f"Results: {folder} (2)" in told.out


def test_a_report_replaces_nothing_and_is_refused_before_the_price(
    program: Program, service: RunningSandbox, tmp_path: Path
) -> None:
    source = pictures.write(tmp_path / "a.png")
    taken = tmp_path / "taken.html"
    taken.write_text("mine")
    for path, said in (
        (taken, "is there already"),
        (source, "no name for a report"),
        (tmp_path / "no" / "a.csv", "not there"),
    ):
        ran = program.run("enhance", source, *RUN, "--report", path)
        assert (ran.code in (2, 5), said in ran.err) == (True, True), ran.err
    assert taken.read_text() == "mine"
    assert not service.rows("jobs")
    assert program.run("jobs", "report", "nosuch").code == 2


def test_a_report_for_which_there_is_no_room_says_so_and_costs_no_result(program: Program, tmp_path: Path) -> None:
    """It said to make it again with the very command that had failed, and not why."""
    small = tmp_path / "two words"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", os.fspath(small)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no volume can be made here")
    try:
        ran = program.run("enhance", pictures.write(tmp_path / "a.png"), *RUN, "--report", small / "r.html")
        assert (ran.code, "1 picture done" in ran.out) == (5, True), ran.out + ran.err
        again = f"Then make it: topazdesk jobs report {program.run('jobs', 'list', '--json').of('job')[0]['run'][:8]}"
        assert f"Free some space for {small}. {again} '{small / 'r.html'}'" in ran.err
        assert not list(small.iterdir())
    finally:
        subprocess.run(["umount", "-l", os.fspath(small)], check=True)
