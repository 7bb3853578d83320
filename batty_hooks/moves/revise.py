"""revise: tells an engineer that the words of the card in its hand are others now than those it was told.

A brief is made at once from a line that may still be half typed: no pause before it would fit an editor that saves
every second and one that saves every minute, and every card would wait for it. So what is typed after the brief
reaches its engineer as a message; one that is not read yet is withdrawn for the next. Boxes that are ticked, and what
plugins add at the end of a line, are no words.

The message, then what is remembered of its words. Killed in between, the same message is made again.
"""

from __future__ import annotations

from collections.abc import Iterator

from batty_hooks.agents import base as agents
from batty_hooks.moves.base.interface import Item
from batty_hooks.rules.briefs import standing_brief
from batty_hooks.rules.instructions import words_of
from batty_hooks.rules.look import Look
from batty_hooks.state import deliveries, inbox, members, wording
from batty_hooks.state.board.text import Card
from batty_hooks.state.project import Project
from batty_hooks.vocabulary import ids, keys, kinds

NAME = "revise"
ORDER = 45
WATCHES = ("board_file",)
SLOW = False
_GO_BY_IT = "Go by this text. If you have reported it already and more is to be done now, do it and report it again.\n"
_RUNS = 3  # a command that writes into its own card would be run again for ever


def ripe(look: Look) -> Iterator[Item]:
    """Briefed cards in progress whose words have changed since their engineer was told them."""
    if look.doubt:
        return
    for card in look.cards:
        if _is_news(look, card):
            yield Item(keys.join(card.owner, card.id), f"{card.owner} is to be told the new words of {card.id}",
                       card.id, card.owner)  # fmt: skip


def take(project: Project, item: Item) -> None:
    """Tell it, or the human where a command has been run for it often enough; then remember what was told."""
    look = Look(project)
    card = look.card(item.card)
    if card is None or card.owner != item.member or not _is_news(look, card):
        return
    prefix = ids.changes(card.id)
    sent = {key: flags for key, flags in inbox.keys(project, item.member).items() if key.startswith(prefix)}
    latest = max(sent, key=ids.number_and_words, default="")
    number, before = ids.number_and_words(latest)
    words = words_of(card)
    id = latest if before == words else ids.change(card.id, number + 1, words)
    read = sum("T" not in flags for flags in sent.values())
    gist, now = f"the text of {card.id} has changed on the board", _text(card)
    if read >= _RUNS and _is_command(look, item.member):
        text = f"{now}\n{_not_again(card)}"
        inbox.send(project, inbox.Message(id, "batty-hooks", look.team.human, gist, text, kinds.NOTICE, card.id))
    else:
        text = f"{now}\n{_GO_BY_IT}"
        inbox.send(project, inbox.Message(id, "batty-hooks", item.member, gist, text, kinds.CHANGED, card.id))
    _withdraw(project, item.member, [key for key, flags in sent.items() if not flags and key != id])
    wording.keep(project, item.member, card.id, words)


def _is_news(look: Look, card: Card) -> bool:
    if card.lane != "in progress" or not card.id or card.owner not in look.names or card.id in look.landed:
        return False
    told = wording.told(look.project, card.owner).get(card.id)
    return told not in (None, words_of(card)) and standing_brief(look.project, card.owner, card.id) is not None


def _is_command(look: Look, name: str) -> bool:
    member = look.team.member(name)
    agent = agents.readable(member.role.agent, look.project.adapters) if member else None
    return agent is not None and not agent.INTERACTIVE


def _withdraw(project: Project, member: str, messages: list[str]) -> None:
    """What was not read yet says less than the newest; one that is being pasted or run at this moment is left."""
    going = [one.message for one in (deliveries.of(project, member), members.last_run(project, member)) if one]
    for id in messages:
        if id not in going:
            inbox.confirm(project, member, id, "ST")


def _text(card: Card) -> str:
    body = f"\n{card.body.rstrip()}\n" if card.body.strip() else ""
    return f"It was changed after {card.owner} had it. Now it is:\n\n{card.id}: {card.title}\n{body}"


def _not_again(card: Card) -> str:
    return (
        f"{card.owner} was run again for such a change {_RUNS} times, and is not run for another one. To have it go by "
        f"this text:\n    batty-hooks send {card.owner} 'what is to be done'\n"
    )
