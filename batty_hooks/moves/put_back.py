"""put_back: a card whose landing `undo` has taken off the trunk is to be done again: it goes back to TODO.

What `undo` offers lands like anything else; its pin says what is to follow, and goes last. The landing becomes history
by the move reopen, as for any card that is on the board again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from batty_hooks.moves.base.effects import update_board
from batty_hooks.moves.base.interface import Item
from batty_hooks.rules import merged
from batty_hooks.rules.look import Look
from batty_hooks.state import events, queue, trunk, worktrees
from batty_hooks.state.board.text import DONE, Board
from batty_hooks.state.project import Project
from batty_hooks.vocabulary import happened, ids

NAME = "put_back"
ORDER = 14
WATCHES = ("board_file", "branches", "queue")
SLOW = False


def ripe(look: Look) -> Iterator[Item]:
    """Landings whose revert is on the trunk, once it is entered as landed."""
    undoing = trunk.undoing_of(look.project)
    if not undoing or not look.has_board or look.doubt:
        return
    waiting = {offer.branch for offer in look.offers}
    for card, commit in undoing.items():
        if trunk.undo_branch(card) not in waiting and _is_off(look, card, commit):
            yield Item(card, f"{card} was taken off {look.trunk}: back to TODO", card)


def _is_off(look: Look, card: str, commit: str) -> bool:
    """Whether the trunk has the revert, as it was made or as a pull request was merged (squashed, say)."""
    return look.contains(commit) or merged.has_landed(look, queue.branch_key(trunk.undo_branch(card)), commit)


def take(project: Project, item: Item) -> None:
    """The event, the board, the branch; the pin goes last."""
    look = Look(project)
    commit = trunk.undoing_of(project).get(item.card)
    if not commit or not _is_off(look, item.card, commit):
        return
    landed = look.landed.get(item.card, "")
    why = trunk.why_undone(project, commit)
    id = ids.of_command("undo", f"{item.card}.{commit[:12]}")
    events.append(project, id, happened.UNDONE, card=item.card, commit=commit, text=why)
    reason = f": {why}" if why else ""
    said = f"Taken off {look.trunk} by {commit[:10]}{reason}. `git show {landed[:10]}` has what it was."

    def back(board: Board, new_id: Callable[[], str]) -> None:
        if (card := board.card(item.card)) and card.lane == DONE:
            free = board.release(card)
            board.rewrite(free, [*board.lines_of(free), f"  {said}"])

    if landed:
        update_board(project, back)
    worktrees.drop_branches(project, [trunk.undo_branch(item.card)], look.tip)
    trunk.undone(project, item.card, commit)
