"""argv → command, and the one mouth: every error of the program becomes words and an exit code here."""

from __future__ import annotations

import errno
import io
import os
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from batty_hooks import __version__
from batty_hooks.errors import OUR_BUG, USAGE, YOUR_TURN, FatalError
from batty_hooks.system import atomic

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_COMMANDS = Path(__file__).parent / "commands"
_INTERRUPTED = 130


class Verbs(click.Group):
    """The verbs are the files (and packages) of commands/; one is imported only when it is typed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_files())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        name = cmd_name.replace("-", "_")
        if cmd_name not in _files():
            return None
        command = import_module(f"batty_hooks.commands.{name}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        click.Group(commands=self._described()).format_commands(ctx, formatter)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        verbs = {name: verb for name, verb in self._described().items() if name.startswith(incomplete)}
        items = [
            CompletionItem(name, help=verb.get_short_help_str()) for name, verb in verbs.items() if not verb.hidden
        ]
        return [*items, *click.Command.shell_complete(self, ctx, incomplete)]

    def _described(self) -> dict[str, click.Command]:
        """Each verb with what it says of itself, read from its file: all of them imported would take half a second."""
        return {name: described(name, path.read_text("utf-8")) for name, path in sorted(_files().items())}

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            raise FatalError(
                f"there is no command {args[0]!r}{nearest(args[0], self.list_commands(ctx))}",
                "`batty-hooks --help` lists the commands",
                USAGE,
            ) from None


def _files() -> dict[str, Path]:
    """The verbs, each with its file."""
    found = {}
    for name in os.listdir(_COMMANDS):
        verb, dot, ending = name.partition(".")
        path = f"{_COMMANDS}/{name}" if dot else f"{_COMMANDS}/{name}/__init__.py"
        if not name.startswith("_") and ending in ("", "py") and os.path.isfile(path):
            found[verb.replace("_", "-")] = Path(path)
    return found


def described(name: str, source: str) -> click.Command:
    """A verb that only has its name and its help, taken from the text of its module."""
    decorators, _, function = source.partition("\ndef command(")
    words = function.split('"""', 2)[1]
    return click.Command(name, help=words, hidden="\n@click.command(hidden=True)" in decorators)


def nearest(word: str, words: list[str]) -> str:
    """ ", did you mean …?" when something close is known, else nothing."""
    import difflib

    close = difflib.get_close_matches(word, words, 1)
    return f", did you mean {close[0]!r}?" if close else ""


@click.group(cls=Verbs, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="batty-hooks")
@click.pass_context
def batty_hooks(context: click.Context) -> None:
    """A kanban file, a worktree per agent, a test gate, one merge at a time.

    Without a command: where you stand, and what to do next.
    """
    if context.invoked_subcommand is None:
        command = batty_hooks.get_command(context, "where")
        if command:
            context.invoke(command)


def main() -> None:
    """Run the command line and leave with its exit code; no traceback ever reaches a user."""
    _open_what_is_closed()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a file's name may be no text in anybody's encoding
    sys.exit(run(sys.argv[1:]))


def _open_what_is_closed() -> None:
    """Let streams that we were started without (`>&-`, some daemons) lead to nothing: the next file that is opened
    would get their number, and what is said would be written into it."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            stream = os.fdopen(os.open(os.devnull, os.O_RDWR), mode)  # (it gets the first number that is free)
            setattr(sys, name, stream)


def run(arguments: list[str]) -> int:
    """Run one command line; its exit code (DESIGN: 0 ok, 1 your turn, 2 usage, 3 our bug, 75 try again)."""
    try:
        code = batty_hooks.main(args=arguments, prog_name="batty-hooks", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.exceptions.Abort:
        return _INTERRUPTED
    except click.ClickException as error:
        if isinstance(error, click.NoSuchOption) and (meant := _with_ids(arguments)) != arguments:
            return run(meant)
        context = getattr(error, "ctx", None)
        typed = context.command_path if context else "batty-hooks"
        return _say(_one_line(error.format_message()), f"`{typed} --help` shows the usage", USAGE)
    except FatalError as error:
        return _say(error.what, error.mend, error.code)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        return _without_terminal(0)
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.EIO and not error.filename:
            return _without_terminal(_INTERRUPTED)
        if isinstance(error, FileNotFoundError) and not _is_somewhere():
            return _say(
                "the current directory is not there any more", "`cd` to the project, then type it again", YOUR_TURN
            )
        if _cannot_be_printed(error):
            _without_terminal(0, sys.stdout)
            return _say(
                f"what it prints cannot be written: {_one_line(str(getattr(error, 'strerror', error)))}",
                "send it elsewhere (what stands behind `>` or `|`); `batty-hooks log` shows what was done",
                YOUR_TURN,
            )
        refused = atomic.refusal(error)
        if refused:
            return _say(refused.what, refused.mend, refused.code)
        return _say(
            f"batty-hooks itself went wrong: {type(error).__name__}: {_one_line(str(error))}",
            f"please report it with {_crash_log(arguments)}; running the command again is safe",
            OUR_BUG,
        )


def _with_ids(arguments: list[str]) -> list[str]:
    """The words typed, where one of them may be a card's id that begins with a dash, with that as an id."""
    if not any(word[:1] == "-" != word[1:2] for word in arguments):
        return arguments
    from batty_hooks.commands.task import with_ids

    return with_ids(arguments)


def _is_somewhere() -> bool:
    """Whether the current directory is there: an agent's worktree may have been taken away under its feet."""
    try:
        return bool(os.getcwd())
    except OSError:
        return False


def _cannot_be_printed(error: Exception) -> bool:
    """Whether it is the output that the system refuses to take (a full disk that it was sent to, /dev/full): then it
    takes no line end either."""
    if not isinstance(error, OSError) or error.filename:
        return False
    try:
        os.write(1, b"\n")
    except OSError as again:
        return again.errno == error.errno
    return False


def _without_terminal(code: int, *streams: TextIO) -> int:
    """The reader (head, less) or the terminal has gone; keep Python from complaining when it closes its streams."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    for stream in streams or (sys.stdout, sys.stderr):
        os.dup2(nothing, stream.fileno())
    return code


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _say(what: str, mend: str, code: int) -> int:
    red, off = ("\033[31m", "\033[0m") if sys.stderr.isatty() and "NO_COLOR" not in os.environ else ("", "")
    try:
        print(f"{red}batty-hooks:{off} {what}\n  → {mend}", file=sys.stderr, flush=True)
    except OSError:  # nobody is there to read it
        return _without_terminal(code)
    return code


def _crash_log(arguments: list[str]) -> str:
    import tempfile
    import traceback

    name = f"batty-hooks-crash-{time.strftime('%Y%m%dT%H%M%S')}-{os.getpid()}.log"
    words = f"batty-hooks {__version__}, Python {sys.version}\n{arguments!r}\n\n"
    try:
        path = Path(tempfile.gettempdir()) / name
        path.write_text(words + traceback.format_exc())
    except OSError:
        return "the command you typed (its log could not be written)"
    return str(path)
