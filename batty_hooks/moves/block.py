"""block: writes on the board that a card is blocked of which its engineer says that it cannot go on.

`blocked` leaves a file, as `done` does: it is typed in an agent's sandbox, which may not let it write the board.
"""

from __future__ import annotations

from collections.abc import Iterator

from batty_hooks.moves.base.effects import escalate
from batty_hooks.moves.base.interface import Item
from batty_hooks.rules.look import Look
from batty_hooks.state import blocks
from batty_hooks.state.project import Project
from batty_hooks.vocabulary import keys

NAME = "block"
ORDER = 54
WATCHES = ("board_file", "members")
SLOW = False


def ripe(look: Look) -> Iterator[Item]:
    """What members have said, and is not on the board yet."""
    if not look.has_board or look.doubt:
        return
    for block in blocks.stuck(look.project):
        yield Item(keys.join(block.member, block.card), f"{block.card} is to be blocked", block.card, block.member)


def take(project: Project, item: Item) -> None:
    """The card, and who is to know; the file last. What became somebody else's or landed meanwhile stays as it is."""
    look = Look(project)
    said = next((one for one in blocks.stuck(project) if (one.member, one.card) == (item.member, item.card)), None)
    if said is None:
        return
    card = look.card(said.card)
    if card and card.owner == said.member and card.lane == "in progress":
        escalate(look, card, said.why)
    blocks.heard(project, said)
