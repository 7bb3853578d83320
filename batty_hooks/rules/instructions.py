"""What an engineer is given to read: the brief of a card, and what a command is run with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from shlex import quote

from batty_hooks.rules import advice, readiness
from batty_hooks.rules.look import Look
from batty_hooks.state import inbox, lessons, trunk, worktrees
from batty_hooks.state.board import card_line, hand, wrapped
from batty_hooks.state.board.text import Card
from batty_hooks.state.inbox import Message
from batty_hooks.system import late, screen
from batty_hooks.system.git import links
from batty_hooks.vocabulary import ids, kinds

_BACK = (kinds.FAILED, kinds.TOGETHER, kinds.CONFLICT, kinds.REJECTED, kinds.INCOMPLETE)
_MANY = 20
_BOX = late.pattern(r"^([ \t]*[-*+][ \t]+)\[[^\]]\]", re.MULTILINE)


def brief(look: Look, card: Card, branch: str, without: str = "") -> str:
    """What an engineer gets: the card, what became of it so far (but for the message ``without``), where to work, how
    it will be tested and how to report."""
    home = look.homes[card.owner].path
    gate, boss = look.team.gate, look.team.boss(card.owner)
    who = [" or ".join(look.team.reviewers_of(card.owner)), boss if look.team.merge_mode == "review" else ""]
    eyes = ", then ".join(filter(None, who))
    green = f"{eyes} looks at it, then it lands" if eyes else "it lands"
    kept = f"What changes {', '.join(gate.protect)} waits until {boss} allows it.\n" if gate.protect else ""
    test = f"    {gate.command}" if gate.command else "    (no test command is set yet)"
    ports = list(readiness.environment(look, card.owner).values())[1:]
    own = f"\nPorts of your own: {', '.join(ports)} ($BATTY_PORT_1 …).\n" if ports else ""
    body = f"\n{card.body.rstrip()}\n" if card.body.strip() else ""
    before = "".join(f"\n{line}\n" for line in _before(look, card, branch, without))
    learned = "".join(f"- {lesson}\n" for lesson in lessons.newest(look.project))
    learned = f"\nWhat this team has learned:\n{learned}" if learned else ""
    return (
        f"{card.id}: {card.title}\n{body}{before}{learned}\n"
        f"Work in your worktree {home} on branch {branch}. {_how_to_report(look, card.owner, own)}\n"
        f"Your branch merged with the trunk ({look.trunk}) is then tested with\n{test}\n"
        f"Exit 0: {green}. Anything else: you get the last 50 lines and mend it (at most {gate.retries} times)."
        f"\n{kept}Do not merge, push or move the card yourself.\n"
    )


def _how_to_report(look: Look, member: str, own: str) -> str:
    if not advice.types_commands(look, member):
        return f"\n{own}\n{advice.without_commands('When it is done')}"
    return (
        f"Commit there.\n{own}\nWhen it is done and committed, report it from there:\n    batty-hooks done\n"
        f'If you cannot go on:\n    batty-hooks blocked "why"\n'
    )


def words_of(card: Card) -> str:
    """A hash of what a card asks for: title and body, without the boxes in it, without what plugins add to its line,
    and however a formatter marks it."""
    body = _BOX.sub(r"\1", card.body)
    text = wrapped.without_marks(f"{card_line.without_additions(card.title)}\n{body}")
    return ids.hash_of(" ".join(text.split()))


def prompt(look: Look, card: Card, branch: str, message: Message) -> str:
    """What a command is run with for a message that is no brief: the message, then the card as in its brief."""
    return f"{message.subject}\n\n{message.body.rstrip()}\n\n{brief(look, card, branch, message.id)}"


def is_told_along(message: Message) -> bool:
    """Whether a message is told with the next brief or prompt of its card, so that it needs no run of its own."""
    return message.kind == kinds.UNBLOCKED or kinds.is_note(message.kind)


def _before(look: Look, card: Card, branch: str, without: str) -> Iterator[str]:
    """What has become of a card before: attempts, work of others, uncommitted files, words, and cards that wait."""
    project, member = look.project, card.owner
    if landed := landed_since(look, card):
        yield landed
    back = look.attempts(card.id)
    if back:
        yield f"This card has come back {screen.counted(len(back), 'time')} before; its branch holds the earlier work."
    if trunk.landed_before(project, card.id):
        merge = f"git merge {advice.trunk_to_merge(look)}"
        yield f"It has landed before and was reopened: begin from today's trunk (`{merge}`)."
    for name, commit in worktrees.branches_for(project, card.id).items():
        if name != branch and not look.contains(commit):
            see = f"git log {quote(f'{look.trunk}..{name}')}"
            yield f"Earlier work on it is on branch {name}: `{see}`, `git merge {quote(name)}`."
    for ref in worktrees.saved_of(project, member, branch):
        restore = f"git diff --binary {quote(f'{ref}^')} {quote(ref)} | git apply"
        yield f"What you had not committed of it is kept: `{restore}` brings it back."
    if links.is_sparse(look.homes[member].path):
        which, all_of_it = "git sparse-checkout list", "git sparse-checkout disable"
        yield f"Your worktree is a sparse checkout: `{which}` says what is there, `{all_of_it}` brings the rest."
    for other in hand.cards_of(look.cards, member):
        if other.blocked and other.id != card.id:
            yield f"{other.id} ({other.title}) is blocked and waits with its branch: leave it as it is."
    for message in _said(look, card, without):
        quoted = "\n".join(f"> {line}".rstrip() for line in message.body.strip().splitlines())
        yield f"{message.sender} has said of it ({message.id}):\n\n{quoted}"


def landed_since(look: Look, card: Card) -> str:
    """What of its engineer's has landed since the last brief of another card, in a line: it was told nothing of that;
    "" for nothing."""
    project, member = look.project, card.owner
    briefed = [id for id in inbox.keys(project, member) if ids.card_of_brief(id) not in ("", card.id)]
    since = max((inbox.written_at(project, member, id) for id in briefed), default=0.0)
    landed = [one for one in inbox.listed(project, member, since=since) if one.kind == kinds.LANDED][-_MANY:]
    said = ", ".join(f"{one.card or one.subject} as {ids.number_of(one.id)[:7]}" for one in landed)
    return f"Of yours has landed since: {said}." if said else ""


def _said(look: Look, card: Card, without: str) -> list[Message]:
    """What was said of a card since its last brief (but for ``without``): words, and how it came back last."""
    project, member = look.project, card.owner
    briefed = [key for key in inbox.keys(project, member) if key.startswith(ids.briefs(card.id)) and key != without]
    since = max((inbox.written_at(project, member, key) for key in briefed), default=0.0)
    if not since:
        return []
    about = [
        one for one in inbox.listed(project, member, since=since) if one.card in ("", card.id) and one.id != without
    ]
    back = [one for one in about if one.kind in _BACK][-1:]
    told = [one for one in about if is_told_along(one)]
    return [one for one in about if one in told[-_MANY:] or one in back]
