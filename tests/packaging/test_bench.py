"""The parts of the bench that need no time: its server, its verdicts, its clients."""

import urllib.request
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from tests.benchmarks import __main__ as bench
from tests.benchmarks.serving import serving
from tests.benchmarks.table import at_least, at_most, left_out, show, within
from tests.benchmarks.transfer import SERVER, client


def test_verdicts_stand_on_the_right_side_of_the_bar() -> None:
    assert at_most("a", 2.0, 1.0, 2.0).ok
    assert at_most("a", 2.1, 1.0, 2.0).ok is False
    assert at_most("a", 9.0, 1.0, 2.0, binding=False).ok is None
    assert at_least("b", 90.0, 100.0, 0.9).ok
    assert at_least("b", 89.0, 100.0, 0.9).ok is False
    assert within("c", 64e6, 64e6).ok
    assert within("c", 65e6, 64e6).ok is False


def test_the_table_says_what_was_missed() -> None:
    out = StringIO()
    lines = [at_most("start", 3.0, 1.0, 2.0), within("memory", 1e6, 64e6), left_out("view", "no vipsthumbnail")]
    show(lines, Console(file=out, width=100))
    text = out.getvalue()
    assert "MISSED" in text
    assert "3.00 ×" in text
    assert "no vipsthumbnail" in text


def test_an_unknown_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["speed"]) == 2
    told = capsys.readouterr().err
    assert all(name in told for name in ("crash", "jobs", "start", "transfer", "view"))


def test_the_server_takes_and_gives_what_was_asked(tmp_path: Path) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with serving(SERVER) as root:
        with opener.open(f"{root}/file?bytes=3000001", timeout=30) as answer:
            assert len(answer.read()) == 3_000_001
        with opener.open(f"{root}/image/v1/enhance/async", data=bytes(2_500_000), timeout=30) as answer:
            assert b"bench-1" in answer.read()
        source = tmp_path / "source.bin"
        source.write_bytes(bytes(2_000_000))
        told = client("ours", "upload", root, source)
        bare = client("bare", "upload", root, source)
        down = client("bare", "download", root, tmp_path / "target.bin", 1_000_000)
    assert told["seconds"] > 0
    assert told["memory"] >= 0
    assert min(bare["seconds"], down["seconds"]) > 0
