"""label: writes into the border of each pane who works there, what it is doing since when, and on which card."""

from __future__ import annotations

import time
from collections.abc import Iterator

from batty_hooks.moves.base.interface import Item
from batty_hooks.rules.look import Look
from batty_hooks.state import members, panes
from batty_hooks.state.panes import Pane
from batty_hooks.state.project import Project
from batty_hooks.vocabulary import keys

NAME = "label"
ORDER = 95
WATCHES = ("members", "board_file")
SLOW = False
_LOUD = (members.ASKING, members.LIMIT, members.GONE)


def ripe(look: Look) -> Iterator[Item]:
    """One item for all borders that say something else than what is so."""
    labels = [(pane, _label(look, pane)) for pane in look.panes]
    changed = [label for pane, label in labels if label != panes.label(look.project, pane)]
    if changed:
        yield Item(keys.join(*changed), "the borders of panes are to say what has changed")


def take(project: Project, item: Item) -> None:
    """tmux first, then what we remember of it."""
    look, server = Look(project), panes.server(project)
    for pane in panes.listed(project):
        label = _label(look, pane)
        if label != panes.label(project, pane):
            server.ask("set-option", "-p", "-t", pane.id, "@batty_label", label)  # a closed pane has no border
            panes.record_label(project, pane, label)


def _label(look: Look, pane: Pane) -> str:
    """`engineer-1 · working since 14:03 · t12`. No title: in tmux `#` begins a word of its own."""
    state = look.state(pane.member)
    word, since = (state.state, state.since) if state else (members.STARTING, pane.started)
    clock = time.strftime("%H:%M", time.localtime(since))
    style = ("#[reverse]", "#[noreverse]") if word in _LOUD else ("", "")
    card = _card(look, pane.member)
    return f"{pane.member} · {style[0]}{word}{style[1]} since {clock}" + (f" · {card}" if card else "")


def _card(look: Look, member: str) -> str:
    card = look.in_hand(member)
    return card.id if card else ""
