"""batty-hooks reject: send work back to its engineer, with a reason."""

from __future__ import annotations

import sys
from pathlib import Path
from shlex import quote

import click

from batty_hooks.errors import USAGE, FatalError
from batty_hooks.moves import review
from batty_hooks.moves.base import runner
from batty_hooks.people import change, identity
from batty_hooks.people.change import Change
from batty_hooks.rules import remarks
from batty_hooks.rules.look import Look
from batty_hooks.rules.standing import REJECTED
from batty_hooks.state import project as project_map
from batty_hooks.state import queue, rejections, watcher
from batty_hooks.state.project import Project
from batty_hooks.state.queue import Offer
from batty_hooks.system import screen
from batty_hooks.system.git import diff


@click.command()
@click.argument("what", metavar="CARD|BRANCH")
@click.argument("why", nargs=-1)
@click.option("--edit", is_flag=True, help="Write WHY between the lines of the diff, in your editor.")
@click.option("--commit", metavar="COMMIT", help="Only if this is the commit that waits: the one you looked at.")
def command(what: str, why: tuple[str, ...], edit: bool, commit: str | None) -> None:
    """Send CARD or BRANCH back to its engineer, saying WHY.

    It may wait for its test, for review or for its landing; the engineer gets the reason and goes on with it. Whoever
    is above the engineer may, who reviews it, and the human. WHY is read from standard input when it is "-". With
    --edit $VISUAL or $EDITOR shows the diff quoted as in a mail: what you write below a line goes back with its place.
    """
    project = project_map.here()
    look = Look(project)
    found = change.named(look, what)
    who = identity.approver(look, Path.cwd(), found.member)
    if who is None:
        mend = f"they send it back with `batty-hooks reject {quote(found.label)} 'why'`"
        raise identity.refusal(look, Path.cwd(), found.member, f"send {found.label} back", mend)
    if commit:
        change.require(found, commit)
    if edit:
        _require_editor(why, found)
    reason = "" if edit else (sys.stdin.read() if why == ("-",) else " ".join(why)).strip()
    if not reason and not edit:
        raise FatalError("there is no reason", "say why, or give `-` and the reason on standard input", USAGE)
    offer = queue.get(project, found.key)
    if offer is None:
        _nothing_waits(look, found)
        return
    if edit:
        _reject_as_edited(look, offer, who)
    else:
        review.reject(project, offer, reason, who)
    _finish(project, found)


def _require_editor(why: tuple[str, ...], found: Change) -> None:
    """Raises FatalError where no editor can be shown, or none is wanted."""
    if why:
        raise FatalError("--edit asks for the reason in the editor", "give the reason, or --edit, not both", USAGE)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        mend = f"say it here: batty-hooks reject {quote(found.label)} 'why'"
        raise FatalError("--edit opens an editor, and there is no terminal for it here", mend)


def _reject_as_edited(look: Look, offer: Offer, who: str) -> None:
    """Let somebody write between the lines, and send that back. Raises FatalError when he wrote nothing; what he wrote
    is kept until it has been taken."""
    project, base = look.project, look.fork(offer.commit) or look.tip
    head = (
        f"{offer.label} ({offer.title}), attempt {offer.attempt} at {offer.commit[:10]} of {offer.branch}",
        "",
        "Write below a line what is to be changed there; above all of them, what is to be said of the whole.",
        "Save it and leave the editor, and it is sent back. Without a word of yours it is not.",
    )
    lines = remarks.quoted(head, diff.patch(project.root, base, offer.commit).decode("utf-8", "replace"))
    path = rejections.begin(project, offer.key, offer.commit, remarks.as_mail(lines))
    try:
        click.edit(filename=str(path))
    except (click.ClickException, ValueError) as error:  # `:cq`, no such program, an open quote in $EDITOR
        said = error.format_message() if isinstance(error, click.ClickException) else f"$EDITOR is no command: {error}"
        mend = f"$VISUAL or $EDITOR says which editor; what is written so far is kept in {path}"
        raise FatalError(f"{said}; {offer.label} is not sent back", mend) from None
    reason = remarks.written(lines, rejections.read(path), offer.commit)
    if not reason:
        rejections.over(path)
        raise FatalError(
            f"nothing was written: {offer.label} is not sent back", f"batty-hooks reject {offer.typed} 'why'"
        )
    try:
        review.reject(project, offer, reason, who)
    except FatalError as error:
        raise FatalError(error.what, f"{error.mend}; your words are kept in {path}", error.code) from None
    rejections.over(path)


def _nothing_waits(look: Look, found: Change) -> None:
    """What was sent back a moment ago (this very command was killed, say) is no mistake; anything else is."""
    if found.landed:
        mend = f"`git revert -m 1 {found.landed[:10]}` on a branch, and merge that"
        raise FatalError(f"{found.label} has landed already", mend)
    back = queue.attempts(look.project, found.key)
    if not back or back[-1].kind != REJECTED:
        raise FatalError(f"{found.label} does not wait for anything", "`batty-hooks status` shows the queue")
    screen.line(f"{found.label} was sent back already, as attempt {back[-1].number}")


def _finish(project: Project, found: Change) -> None:
    """Make the move at once: the engineer should not have to wait for a watcher."""
    troubles: list[FatalError] = []
    runner.Runner(project, [review.NAME], lambda item, error: troubles.append(error)).sweep()
    if troubles:
        raise troubles[0]
    back = queue.attempts(project, found.key)
    number = f" as attempt {back[-1].number}" if back else ""
    whose = f"; it is {found.member}'s again" if found.member in Look(project).names else ""
    screen.line(f"{found.label} is sent back{number}{whose}")
    watcher.wake(project)
