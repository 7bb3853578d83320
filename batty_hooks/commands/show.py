"""batty-hooks show: what would land of a card or a branch, or what has landed."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from functools import cached_property
from shlex import quote
from typing import Any

import click

from batty_hooks.errors import FatalError
from batty_hooks.people import change, identity, overview, past
from batty_hooks.people.change import Change
from batty_hooks.rules import protection
from batty_hooks.rules.look import Look
from batty_hooks.rules.standing import IN_REVIEW, PROTECTED, REVIEW, standing
from batty_hooks.state import events, pulls, queue, trunk
from batty_hooks.state import project as project_map
from batty_hooks.state.trunk import Candidate
from batty_hooks.system import forge, screen
from batty_hooks.system.git import diff
from batty_hooks.system.records import asdict, dataclass

_UNCUT = 10_000  # columns of a pipe
_NAME = 12  # columns
_MANY = 20


@click.command()
@click.argument("what", metavar="CARD|BRANCH")
@click.option("--stat", is_flag=True, help="Which files and how many lines, instead of the whole diff.")
@click.option("--json", "as_json", is_flag=True, help="For scripts: the facts, and the files with their line counts.")
@click.option("--transcript", is_flag=True, help="What the agents said about the card: the files their CLIs keep.")
@click.option("--at", "when", default="", metavar="TIME", help=past.OPTION)
def command(what: str, stat: bool, as_json: bool, transcript: bool, when: str) -> None:
    """Show what would land of CARD or BRANCH, or what landed.

    Commits, verdict, protected paths, and the diff of the trunk against the tree that is tested: the branch merged with
    the trunk. (The card's text, attempts and last test: `batty-hooks task show`.)
    """
    if transcript:
        _show_transcripts(Look(project_map.here()), what.lstrip("^"), as_json)
        return
    with past.looked(project_map.here(), when) as look:
        _show(_View(look, change.named(look, what)), stat, as_json)


def _show(view: _View, stat: bool, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(view.facts(), indent=1, ensure_ascii=False))
        return
    head = "".join(f"{line}\n" for line in view.head())
    if screen.is_terminal():
        colour = "NO_COLOR" not in os.environ
        os.environ.setdefault("LESS", "FRX")  # as git does: what fits on the screen stays on it
        text = f"{head}\n{view.diff(stat, colour).decode('utf-8', 'replace')}"
        try:
            click.echo_via_pager(text.removesuffix("\n"), color=True)
        except ValueError as error:  # an open quote in it
            raise FatalError(f"$PAGER is no command line: {error}", "unset PAGER  (or correct it)") from None
    else:
        click.echo(head)
        click.echo(view.diff(stat, colour=False), nl=False)


def _show_transcripts(look: Look, id: str, as_json: bool) -> None:
    """The paths in a pipe, what is in them on a terminal."""
    from batty_hooks.people.transcripts import readable
    from batty_hooks.rules import transcripts

    found = transcripts.of_card(look, id)
    if as_json:
        click.echo(json.dumps([{**asdict(one), "path": str(one.path)} for one in found], indent=1))
        return
    if not found:
        raise FatalError(
            f"no transcript about {id} is kept", f"batty-hooks log --card {id}  (says who has worked on it)"
        )
    if not screen.is_terminal():
        click.echo("\n".join(str(one.path) for one in found))
        return

    def lines() -> Iterator[str]:
        for one in found:
            yield f"=== {one.member} ({one.cli}) {one.path}\n\n"
            if one.path.suffix == ".db":
                yield f"a database: `{one.cli} export {one.session}` shows it\n\n"
                continue
            with one.path.open(encoding="utf-8", errors="replace") as file:
                yield from (f"{line}\n" for line in readable(file))

    click.echo_via_pager(lines())


@dataclass
class _View:
    """One card or branch, looked at once."""

    look: Look
    change: Change

    @cached_property
    def candidate(self) -> Candidate:
        return change.candidate(self.look, self.change)

    @cached_property
    def base(self) -> str:
        """What the diff begins at: the trunk; where nothing can be merged, the commit the branch comes from."""
        if not self.candidate.conflicts:
            return self.candidate.base
        return trunk.fork(self.look.project, self.candidate.base, self.change.commit) or self.candidate.base

    @cached_property
    def end(self) -> str:
        return self.change.commit if self.candidate.conflicts else self.candidate.tree

    @cached_property
    def protected(self) -> tuple[str, ...]:
        return protection.touched(self.look, self.candidate)

    @cached_property
    def stage(self) -> str:
        if self.change.landed:
            return "landed"
        if self.change.offer:
            return overview.stage(self.look, self.change.offer)
        card = self.look.card(self.change.card) if self.change.card else None
        if card and card.blocked:
            return f"blocked: {card.blocked}"
        back = queue.attempts(self.look.project, self.change.key)
        came_back = back and back[-1].commit == self.change.commit
        return f"came back: {back[-1].word}" if came_back else "not reported yet"

    @cached_property
    def pull(self) -> pulls.Pull | None:
        """Its pull request, if one was made."""
        found = pulls.get(self.look.project, self.change.key)
        return found if found and found.number else None

    @cached_property
    def commits(self) -> list[tuple[str, str]]:
        return diff.commits(self.look.project.root, self.candidate.base, self.change.commit)

    def diff(self, stat: bool, colour: bool) -> bytes:
        """The patch, or how much of which files."""
        root = self.look.project.root
        if not stat:
            return diff.patch(root, self.base, self.end, colour)
        width = shutil.get_terminal_size().columns if screen.is_terminal() else _UNCUT
        return diff.stat(root, self.base, self.end, width, colour)

    def head(self) -> Iterator[str]:
        """What it is and where it stands, before the diff."""
        found, look = self.change, self.look
        title = f": {found.title}" if found.card else ""
        yield from screen.broken(f"{found.label}{title}{f' ({found.member})' if found.member else ''}")
        rows = [
            ("stage", self.stage),
            ("branch", f"{found.branch} at {found.commit[:10]}" if found.branch else found.commit[:10]),
            (forge.words_of(pull.url).name, f"{pull.number}: {pull.url}") if (pull := self.pull) else ("", ""),
            ("landed as", f"{found.landed[:10]} on {look.trunk}" if found.landed else ""),
            ("merged with", "" if found.landed else f"{look.trunk} at {self.candidate.base[:10]}"),
            ("not in it", f"the newer commit {found.newer[:10]}, which is not reported" if found.newer else ""),
            ("conflict in", ", ".join(map(screen.path, self.candidate.conflicts))),
            *self._verdict(),
            ("protected", ", ".join(self.protected)),
        ]
        for name, value in rows:
            yield from screen.broken(f"{name:<{_NAME}} {value}", _NAME + 1) if value else ()
        yield from self._commit_lines()
        yield from self._next()

    def _verdict(self) -> list[tuple[str, str]]:
        verdict = self.look.verdict(self.candidate)
        if verdict is None:
            none = "" if self.candidate.conflicts else f"none yet with {self.look.trunk} as it is"
            return [("verdict", none)]
        first = f": {verdict.first}" if verdict.first else ""
        at = screen.moment(events.seconds(verdict.at))
        said = f"{verdict.result} in {verdict.seconds:.1f} s at {at}{first}"
        return [("verdict", said), ("its log", os.path.relpath(verdict.log))]

    def _commit_lines(self) -> Iterator[str]:
        yield f"{'commits':<{_NAME}} {len(self.commits)}"
        yield from (f"  {commit[:10]} {subject}" for commit, subject in self.commits[:_MANY])
        if self.commits[_MANY:]:
            yield f"  … and {len(self.commits) - _MANY} older ones"

    def _next(self) -> Iterator[str]:
        """The commands of whoever decides, when it is his turn."""
        found, row = self.change, standing(self.look, self.change.offer).row if self.change.offer else ""
        if row in (IN_REVIEW, REVIEW, PROTECTED):
            flag = "--approve " if row == PROTECTED else ""
            who = " or ".join(identity.approvers(self.look, found.member, protected=row == PROTECTED))
            yield f"{who} may type: batty-hooks merge {flag}--commit {found.commit[:10]} {quote(found.label)}"
            yield f"{'':<{len(who)}}       or: batty-hooks reject {quote(found.label)} 'why'"

    def facts(self) -> dict[str, Any]:
        """The same for scripts."""
        found, look, candidate = self.change, self.look, self.candidate
        verdict = look.verdict(candidate)
        keys = ("result", "exit", "seconds", "at", "command", "log", "first")
        offer = found.offer
        return {
            "card": found.card,
            "title": found.title,
            "owner": found.member,
            "branch": found.branch,
            "commit": found.commit,
            "newer": found.newer,
            "stage": self.stage,
            "landed": found.landed,
            "trunk": {"branch": look.trunk, "commit": candidate.base},
            "tree": "" if candidate.conflicts else candidate.tree,
            "conflicts": list(candidate.conflicts),
            "commits": [{"commit": commit, "subject": subject} for commit, subject in self.commits],
            "files": [
                {"path": path, "added": added, "deleted": deleted}
                for path, added, deleted in diff.counts(look.project.root, self.base, self.end)
            ],
            "verdict": {key: getattr(verdict, key) for key in keys} if verdict else None,
            "pull_request": {"number": self.pull.number, "url": self.pull.url, "state": self.pull.state}
            if self.pull
            else None,
            "protected": list(self.protected),
            "approved": bool(offer and offer.approved == offer.commit),
            "cleared": bool(offer and offer.cleared == offer.commit),
            "approvers": list(identity.approvers(look, found.member)),
        }
