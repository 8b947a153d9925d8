"""The table of all commands: all that is read to list them. A command's own module is loaded when it runs.

To add a command:

1. Write its function in a module of `topazdesk/cli`. Its parameters are `Annotated[type, Option(...)]` or `Argument`
   (`params.py`; shared ones in `options.py`), its docstring is its help, and it returns an `errors.ExitCode`.
2. Add a line to `COMMANDS` below: its words, the module and function, and what the list of commands says of it. A
   command in a group (`jobs move`) names the group first.
3. Add examples in `help_pages.py`; the tests run each of them through the real parser.

This module imports nothing of the program, so that looking a word up costs nothing.
"""

from __future__ import annotations

from typing import NamedTuple

from topazdesk.language import say


class Command(NamedTuple):
    """A command: its words, where its function is ("" for a group), and one line about it."""

    words: str
    place: str
    about: str

    @property
    def name(self) -> str:
        """The last word, as it is typed in its group."""
        return self.words.rpartition(" ")[2]

    @property
    def group(self) -> str:
        """The words of the group it belongs to; "" at the top."""
        return self.words.rpartition(" ")[0]


_PACKAGE = "topazdesk.cli."

COMMANDS = tuple(
    Command(words, f"{_PACKAGE}{place}" if place else "", about)
    for words, place, about in (
        ("enhance", "enhance:enhance", say("Enhance pictures: the price is said first, results are saved.")),
        ("plan", "enhance:plan", say("Say what enhance would do and cost; no picture is sent.")),
        ("run", "run_file:run", say("Run what a file describes.")),
        ("try", "trial:try_", say("Try up to four models on a patch of a picture.")),
        ("watch", "watch:watch", say("Enhance the pictures that come into a folder.")),
        ("estimate", "estimate:estimate", say("Say what a model would cost for pictures or for a size.")),
        ("models", "models:models", say("The models; with a name its settings, limits and price.")),
        ("jobs", "", say("Continue, list, show, retry and cancel jobs of this profile.")),
        ("jobs run", "jobs:run", "Continue everything unfinished until it is done."),
        ("jobs list", "jobs:list_", "List the jobs of this profile, newest first."),
        ("jobs show", "jobs:show", "Show all that is known of a job."),
        ("jobs retry", "job_acts:retry", "Try a job again; its price is said first."),
        ("jobs cancel", "job_acts:cancel", "Take a job back; what that costs is said first."),
        ("jobs add", "enhance:add", "Put pictures into the queue and come back at once."),
        ("jobs pause", "queue_acts:pause", "Send nothing more until the queue is resumed."),
        ("jobs resume", "queue_acts:resume", "Let a paused queue go on."),
        ("jobs move", "queue_acts:move", "Put a queued job in front, or one place up or down."),
        ("jobs report", "report:report", "Sum up a run that is over, or write a report of it."),
        ("jobs file", "run_file:file", "Print the file of a past run, for topazdesk run."),
        ("jobs recover", "recover:recover", "Find and fetch results that this profile does not know. Free."),
        ("account", "", say("Credits, books, limits and key.")),
        ("account balance", "account:balance", "Ask the service for the balance."),
        ("account ledger", "account:ledger", "Show what was reserved, charged and refunded, job by job."),
        ("account cap", "account:cap", "Show or set how much a day may be spent."),
        ("account login", "account:login", "Keep the key of a service in the system's key ring."),
        ("account logout", "account_names:logout", "Remove a key from the key ring and the file."),
        ("account list", "account_names:list_", "List the accounts by name, and which is in use."),
        ("account use", "account_names:use", "Have new pictures paid by this account."),
        ("account rename", "account_names:rename", "Give an account another name."),
        ("team", "", say("One queue for many machines, on PostgreSQL.")),
        ("team init", "team:init", "Make a database a team's, or bring one up to date."),
        ("team join", "team:join", "Use a team's queue on this machine."),
        ("team leave", "team:leave", "Use the profile's own queue again."),
        ("team name", "team:name", "Show or set what the team calls this machine."),
        ("team root", "team:root", "Say where a folder of the team is on this machine."),
        ("team accept", "team:accept", "Go on at once with a database that was restored."),
        ("team cap", "team:cap", "Show or set how many credits the team may spend a day."),
        ("team status", "team:status", "Show the team's jobs, accounts and machines."),
        ("worker", "team:worker", say("Work for a team until stopped, without a window.")),
        ("metadata", "metadata:metadata", say("Show or set what of the originals' metadata comes back.")),
        ("bag", "bag:bag", say("Save finished results as an archive bag (BagIt).")),
        ("completion", "completions:completion", say("Print what bash, zsh or fish needs to complete words.")),
        ("doctor", "doctor:doctor", say("What works on this computer, what does not, and the remedy.")),
        ("help", "help_command:help_", say("Help in plain words: first steps, models, prices, errors.")),
        ("manual", "manual:manual", say("Print the manual of all commands, for man or as Markdown.")),
        ("sandbox", "sandbox:sandbox", say("Run the free practice service until it is stopped.")),
    )
)

#: The first words: what `topazdesk WORD` takes for a command and not for a picture.
NAMES = tuple(command.name for command in COMMANDS if not command.group)


def commands_in(group: str) -> tuple[Command, ...]:
    """Return the commands of a group, of the top with ""."""
    return tuple(command for command in COMMANDS if command.group == group)
