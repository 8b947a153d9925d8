"""`topazdesk`: a command runs on the command line, anything else opens the window with these pictures."""

from __future__ import annotations

import os
import sys

from topazdesk import own_program

_FOR_THE_COMMAND_LINE = ("--help", "-h", "--help-all")


#: As a shell counts a program that Ctrl-C ended (`errors.ExitCode`, which is not loaded yet).
_INTERRUPTED = 130


def main() -> int:
    """Entry point. Returns the exit code."""
    try:
        return _run()
    except KeyboardInterrupt:  # while a command was still being loaded; later each sums itself up
        return _INTERRUPTED


def _run() -> int:
    _open_streams()
    arguments = sys.argv[1:]
    first = arguments[0] if arguments else ""
    if first == own_program.WORD:
        return own_program.run(arguments[1:])
    if any(word.startswith("--language") for word in arguments):
        from topazdesk.app.speaking import take_option

        try:
            arguments = take_option(arguments)
        except ValueError as error:
            sys.stderr.write(f"{error}\n")
            return 2
        first = arguments[0] if arguments else ""
    if any(word.startswith("--team") for word in arguments):
        from topazdesk.app.team_option import take_option as take_team

        try:
            arguments = take_team(arguments)
        except ValueError as error:
            sys.stderr.write(f"{error}\n")
            return 2
        first = arguments[0] if arguments else ""
    if arguments == ["--version"]:
        return _tell_version()
    if "_TOPAZDESK_COMPLETE" in os.environ:  # a shell asks what may come next
        from topazdesk.cli.completions import answer

        return answer(os.environ["_TOPAZDESK_COMPLETE"])
    from topazdesk.cli.commands import NAMES  # the words alone: the window does not pay for the command line's imports

    if first.startswith("--profile"):
        arguments = _with_profile_behind(arguments, NAMES)
        first = arguments[0]
    if first in NAMES or first in _FOR_THE_COMMAND_LINE or _is_mistyped_command(first, NAMES):
        from topazdesk.cli.main import main as run_command

        return run_command(arguments)
    from topazdesk.ui.main import main as open_window

    return open_window(arguments)


def _with_profile_behind(arguments: list[str], names: tuple[str, ...]) -> list[str]:
    """Move `--profile DIR` from in front of a command behind it, where its options stand; else change nothing."""
    count = 1 if "=" in arguments[0] else 2
    option, rest = arguments[:count], arguments[count:]
    if not rest or rest[0] not in names:
        return arguments
    end = rest.index("--") if "--" in rest else len(rest)
    return [*rest[:end], *option, *rest[end:]]


def _open_streams() -> None:
    """Open the null device for every standard stream that the caller closed.

    Otherwise the first file that the program opens, perhaps a result, would get its number and be written into.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free: this one
        if getattr(sys, name) is None:  # on Windows also in a program without a console, where the numbers mean nothing
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 - as long as the program


def _tell_version() -> int:
    from topazdesk import __version__
    from topazdesk.cli.streams import keep_streams

    output_lost = keep_streams()
    print(f"topazdesk {__version__}")
    if output_lost() is None:
        return 0
    from topazdesk.errors import ExitCode

    return ExitCode.COMPUTER


def _is_mistyped_command(word: str, names: tuple[str, ...]) -> bool:
    """Tell whether a word is no file but looks like a command: saying so beats opening an empty window."""
    if not word or word.startswith("-") or os.path.lexists(word):
        return False
    is_bare = not any(mark in word for mark in "/\\.")  # a file has an ending, a folder elsewhere a separator
    if is_bare:
        return True
    import difflib

    return bool(difflib.get_close_matches(word, names, n=1, cutoff=0.6))


if __name__ == "__main__":
    sys.exit(main())
