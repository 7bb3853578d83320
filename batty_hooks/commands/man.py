"""batty-hooks man: the manual page, made from what `--help` says."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click


@click.command()
def command() -> None:
    """Print the manual page, for `man`.

    `batty-hooks man | man -l -` shows it; where ./install.sh put the command, `man batty-hooks` does.
    """
    root = click.get_current_context().find_root()
    click.echo("\n".join(page(root)))


def page(root: click.Context) -> Iterator[str]:
    """The page in roff (man macros), a line each: every command that is listed, with its arguments and options."""
    name = root.info_name or "batty-hooks"
    first, *more = _paragraphs(root.command)
    yield f'.TH {name.upper()} 1 "" "{name}" "User Commands"'
    yield from (".SH NAME", f"{_plain(name)} \\- {_plain(first.rstrip('.'))}")
    yield from (".SH SYNOPSIS", f".B {_plain(name)}", _plain("[OPTIONS] [COMMAND [ARGUMENTS]...]"))
    yield ".SH DESCRIPTION"
    yield from _joined(more)
    yield ".SH COMMANDS"
    yield from _commands(root)
    yield ".SH EXIT STATUS"
    for code, meaning in (("0", "well"), ("1", "your turn"), ("2", "usage"), ("3", "our bug"), ("75", "try again")):
        yield from (".TP", f".B {code}", meaning)
    yield ".SH FILES"
    for path, what in (("kanban.md", "the board"), (".batty/team_config/team.yaml", "the team, its gate and settings")):
        yield from (".TP", f".I {_plain(path)}", what)


def _commands(context: click.Context) -> Iterator[str]:
    """Each command below that of ``context``; a group is its commands."""
    group = context.command
    assert isinstance(group, click.Group)
    for name in group.list_commands(context):
        one = group.get_command(context, name)
        if one is None or one.hidden:
            continue
        inner = click.Context(one, info_name=name, parent=context)
        if isinstance(one, click.Group):
            yield from _commands(inner)
            continue
        usage = " ".join(one.collect_usage_pieces(inner))
        path = inner.command_path.partition(" ")[2]
        yield from (".TP", f"\\fB{_plain(path)}\\fR {_plain(usage)}")
        yield from _joined(_paragraphs(one))
        for option in one.get_params(inner):
            record = option.get_help_record(inner)
            if record and isinstance(option, click.Option) and "--help" not in option.opts:
                yield from (".RS", ".TP", f".B {_plain(record[0])}", _plain(record[1]), ".RE")


def _paragraphs(of: click.Command) -> list[str]:
    text = inspect.cleandoc(of.help or "")
    return [" ".join(paragraph.split()) for paragraph in text.split("\n\n")]


def _joined(paragraphs: list[str]) -> Iterator[str]:
    for number, paragraph in enumerate(paragraphs):
        if number:
            yield ".IP"
        yield _plain(paragraph)


def _plain(text: str) -> str:
    """Text that roff takes as it is: hyphens that can be copied, nothing that looks like a request."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text.startswith((".", "'")) else text
