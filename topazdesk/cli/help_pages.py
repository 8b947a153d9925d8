"""What a help page says beside the options themselves: examples, and which options are shown when there are many.

A page is at most 40 lines. A command with more options than fit shows the ones that are used often, each in a line, and
names the others; `--help-all` explains all of them.
"""

from __future__ import annotations

#: By the words of the command. Each is one that works as it stands, but for the names of files and jobs.
EXAMPLES: dict[str, tuple[str, ...]] = {
    "": (
        "topazdesk photo.jpg",
        'topazdesk plan scans/ --model "Recover 3" --scale 4',
        'topazdesk enhance scans/ --model "Recover 3" --scale 4 --out results',
    ),
    "enhance": (
        'topazdesk enhance photo.jpg --model "Recover 3" --scale 4',
        'topazdesk enhance a.jpg --model "Recover 3" --scale 2 --scale 4 --format tiff',
        'topazdesk enhance scans/ --model "Standard 2" --budget 200 --out results',
        'topazdesk enhance scans/ --model "Standard 2" --plan 3f2a9c01d7e4 --yes',
    ),
    "plan": (
        'topazdesk plan scans/ --model "Recover 3" --scale 4',
        'topazdesk plan scans/ --model "Standard 2" --out results --budget 200',
        "topazdesk plan scans/ --newer-than 2d --exclude '*_2x.*' --model \"Standard 2\"",
    ),
    "run": ("topazdesk run night.toml", "topazdesk run night.toml --yes --json"),
    "try": (
        'topazdesk try photo.jpg --model "Recover 3" --model "Standard 2"',
        'topazdesk try photo.jpg --patch 100,200,768,768 --model "Recover 3"',
    ),
    "watch": (
        'topazdesk watch incoming/ --model "Recover 3" --out results --per-day 200',
        'topazdesk watch incoming/ --model "Standard 2" --once --per-day 200',
    ),
    "estimate": (
        'topazdesk estimate --size 6000x4000 --model "Standard 2"',
        'topazdesk estimate scans/ --model "Recover 3" --scale 4',
    ),
    "models": ("topazdesk models", 'topazdesk models "Recover 3"', "topazdesk models --service runflow --all"),
    "jobs": ("topazdesk jobs list", "topazdesk jobs run", "topazdesk jobs show 3f2a"),
    "jobs run": ("topazdesk jobs run", "topazdesk jobs run --wait 600 --json"),
    "jobs list": ("topazdesk jobs list --last 20", "topazdesk jobs list --json"),
    "jobs show": ("topazdesk jobs show 3f2a",),
    "jobs retry": ("topazdesk jobs retry 3f2a", "topazdesk jobs retry --failed --run last"),
    "jobs cancel": ("topazdesk jobs cancel 3f2a", "topazdesk jobs cancel --all"),
    "jobs add": ('topazdesk jobs add photo.jpg --model "Recover 3" --scale 4',),
    "jobs pause": ("topazdesk jobs pause",),
    "jobs resume": ("topazdesk jobs resume",),
    "jobs move": ("topazdesk jobs move 3f2a", "topazdesk jobs move 3f2a --down"),
    "jobs report": ("topazdesk jobs report last", "topazdesk jobs report --since 12h night.html"),
    "jobs file": ("topazdesk jobs file last > night.toml",),
    "jobs recover": ("topazdesk jobs recover", "topazdesk jobs recover --out results"),
    "account": ("topazdesk account balance", "topazdesk account cap 200"),
    "account balance": ("topazdesk account balance --service topaz",),
    "account ledger": ("topazdesk account ledger --json",),
    "account cap": ("topazdesk account cap", "topazdesk account cap 200", "topazdesk account cap none"),
    "account login": (
        "topazdesk account login --service topaz",
        "topazdesk account login --service topaz --name Studio",
    ),
    "account list": ("topazdesk account list",),
    "account use": ("topazdesk account use Studio",),
    "account rename": ('topazdesk account rename Studio "Studio Berlin"',),
    "account logout": ("topazdesk account logout --service topaz", "topazdesk account logout Studio"),
    "team": ("topazdesk team init postgresql://anna@archive/pictures", "topazdesk team status"),
    "team init": ("topazdesk team init postgresql://anna@archive/pictures --member scanner",),
    "team join": ("topazdesk team join postgresql://scanner@archive/pictures",),
    "team leave": ("topazdesk team leave",),
    "team root": ("topazdesk team root scans /mnt/scans", "topazdesk team root"),
    "team accept": ("topazdesk team accept",),
    "team name": ("topazdesk team name", "topazdesk team name scanner-2"),
    "team cap": ("topazdesk team cap", "topazdesk team cap 500", "topazdesk team cap none"),
    "team status": ("topazdesk team status", "topazdesk team status --json"),
    "worker": ("topazdesk worker", "topazdesk worker --uploads 2 --downloads 4 --json"),
    "metadata": ("topazdesk metadata --no-location", "topazdesk metadata photo.jpg"),
    "bag": ("topazdesk bag archive-2026", "topazdesk bag archive-2026 results/ --with-originals"),
    "completion": ("topazdesk completion bash", "topazdesk completion fish"),
    "doctor": ("topazdesk doctor", "topazdesk doctor --offline --json", "topazdesk doctor --report report.txt"),
    "help": ("topazdesk help", "topazdesk help money", 'topazdesk help "Recover 3"', "topazdesk help --html pages/"),
    "manual": ("topazdesk manual | man -l -", "topazdesk manual --form markdown"),
    "sandbox": ("topazdesk sandbox", "topazdesk sandbox --port 8080 --speed 0", "topazdesk sandbox --credits 20000"),
}

_RUN = (
    "--model",
    "--preset",
    "--service",
    "--set",
    "--scale",
    "--long-edge",
    "--format",
    "--out",
    "--name",
    "--on-conflict",
    "--budget",
    "--yes",
    "--json",
)
#: The options that are shown where not all fit on a page, by the words of the command.
OFTEN: dict[str, tuple[str, ...]] = {
    "enhance": _RUN,
    "jobs add": tuple(name for name in _RUN if name not in ("--name", "--format")),
    "plan": tuple(name for name in _RUN if name not in ("--yes", "--name", "--format")),
    "watch": (
        *(name for name in _RUN if name not in ("--budget", "--long-edge")),
        *("--done-dir", "--per-hour", "--per-day", "--once"),
    ),
    "try": ("--patch", "--model", "--service", "--set", "--scale", "--out", "--budget", "--yes", "--json"),
}
