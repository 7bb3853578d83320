"""What of the board and its cards needs a person: (what, since when, the command to type)."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from batty_hooks.rules import circling, dispatching, escalation, planning, routing, uprooted
from batty_hooks.rules.briefs import standing_brief
from batty_hooks.rules.look import Look
from batty_hooks.state import blocks
from batty_hooks.state.board import store
from batty_hooks.state.board.text import Card
from batty_hooks.state.team.model import ARCHITECT, MANAGER


def needs(look: Look) -> Iterator[tuple[str, float, str]]:
    """A board that is not acted on, cards that are blocked or belong to nobody; not what somebody below is asked to
    mend, and has the time to."""
    no_board = look.no_board
    if no_board:
        # A kanban.md without a lane of ours is somebody's own, unless a team waits for its cards.
        if look.team.engineers or not look.project.board_file.is_file():
            yield (no_board.what, 0.0, no_board.mend)
        return
    if look.board.doubt:
        yield (
            f"kanban.md is not acted on: {look.board.doubt}",
            0.0,
            "batty-hooks board --restore  (or `batty-hooks board --accept` takes it as it is)",
        )
    told = {f"line {line}: {what}" for line, what in planning.told_elsewhere(look)}
    for problem in look.board.problems(look.landed):
        line = problem.removeprefix("line ").partition(":")[0]
        if problem not in told:
            yield (f"kanban.md: {problem}", 0.0, f"${{EDITOR:-vi}} +{line} kanban.md")
    for what, at, mend in dispatching.left_out(look) if look.team.engineers else ():
        yield (f"kanban.md: line {at}: {what}", 0.0, f"${{EDITOR:-vi}} +{at} kanban.md  ({mend})")
    for name in store.conflict_copies(look.project):
        both = f"kanban.md {shlex.quote(name)}"
        yield (f"{name} is another save of the board, which a program that syncs files has put aside", 0.0,
               f"${{EDITOR:-vi}} {both}  (take over what kanban.md lacks, then delete the copy)")  # fmt: skip
    for mistake in planning.mistakes(look):
        if mistake.planner == look.team.human and not mistake.is_listed:
            what = f"{mistake.label} cannot be begun: {mistake.why}; {mistake.mend}"
            yield (what, 0.0, f"${{EDITOR:-vi}} +{mistake.card.line} kanban.md")
    for title in dispatching.unknown_lanes(look):
        what = (
            f"team.yaml says how cards of “{title}” are dispatched, and the board has no such lane to begin cards from"
        )
        yield (
            what,
            0.0,
            "${EDITOR:-vi} .batty/team_config/team.yaml  (its `dispatch:`, or add the lane to kanban.md)",
        )
    yield from _to_be_assigned(look)
    since = _blocked_since(look)
    below = {need.what for need, level in escalation.needs(look) if level.who != look.team.human}
    for card in look.board.cards:
        if card.blocked and card.lane != "done":
            if escalation.blocked_what(card) in below:
                continue
            look_at = f" (batty-hooks task show {card.id})" if card.id else ""
            again = circling.words(look, card) if card.id and look.team.member(card.owner) else ""
            deleted = uprooted.gone(look, card)[0]
            again += f"; its branch {deleted} was deleted, and comes back with it" if deleted else ""
            what = f"{card.id or card.title} is blocked: {card.blocked}{again}{look_at}"
            yield (what, since.get(card.id, 0.0), f"batty-hooks task unblock {card.id or shlex.quote(card.title)}")
        elif said := _without_a_member(look, card):
            yield (said, 0.0, f"batty-hooks task release {card.id or shlex.quote(card.title)}")


def _to_be_assigned(look: Look) -> Iterator[tuple[str, float, str]]:
    """A card that an engineer idles for, where cards are begun by hand and nobody but the human says by whose."""
    if any(member.role.role_type in (ARCHITECT, MANAGER) for member in look.team.members):
        return
    waiting = dispatching.to_be_assigned(look)
    for card in waiting[:1]:
        free = [name for name in routing.of(look.team, card).members if dispatching.is_free(look, name)]
        if free:
            label, count = card.id or f"“{card.title}”", f" ({len(waiting)} do)" if waiting[1:] else ""
            word = card.id or shlex.quote(card.title)
            yield (f"{label} waits to be assigned{count}, and {free[0]} has nothing to do", 0.0,
                   f"batty-hooks assign {free[0]} {word}")  # fmt: skip


def _without_a_member(look: Look, card: Card) -> str:
    """What is wrong with a card that nobody will work on, though it looks as if somebody did; "" when nothing is."""
    label = card.id or f"“{card.title}”"
    if card.owner and card.owner not in look.names and card.lane in ("todo", "in progress"):
        return f"{label} belongs to {card.owner}, who is not in the team"
    if card.cancelled and card.lane == "in progress" and card.owner:
        return f"{label} is cancelled (`[-]`), and {card.owner} has it in hand"
    if card.lane == "in progress" and not card.owner:
        return f"{label} is in progress, and nobody has it"
    elsewhere = card.lane not in ("todo", "in progress", "done") and card.owner in look.homes
    if elsewhere and card.id not in look.landed and standing_brief(look.project, card.owner, card.id):
        return f"{label} is in {card.lane.upper()}, and {card.owner} was at it"
    return ""


def _blocked_since(look: Look) -> dict[str, float]:
    return {block.card: block.at for block in blocks.noted(look.project)}
