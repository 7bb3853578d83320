"""batty-hooks with a board and a worktree for each engineer: cards are reported, then one step tests and lands them.

What landing a card does beyond landing a branch is in it: the board, the engineer's message, his branch.
"""

from __future__ import annotations

import time

from batty_hooks.state import members
from batty_hooks.state import project as project_map
from contest.arena import Arena
from contest.landers import ours

NAME = "batty-hooks, cards"


def prepare(arena: Arena) -> None:
    """Install, a card and a worktree for each branch, and every card reported and offered."""
    ours.install(arena)
    project = project_map.find(arena.root)
    cards = "".join(f"- [x] Work {branch} (agent-{branch}) ^t{branch[1:]}\n" for branch in arena.branches)
    project.board_file.write_text(f"## TODO\n\n## IN PROGRESS\n{cards}\n## DONE\n")
    for branch, tip in zip(arena.branches, arena.tips, strict=True):
        member, card = f"agent-{branch}", f"t{branch[1:]}"
        own = f"{member}/{card}-work"
        arena.git("worktree", "add", "-q", "-b", own, str(arena.place / member), tip)
        members.report(project, members.Report(member, card, own, tip, "done", time.time()))
    ours.batty(arena, "step", "--until-idle", "reconcile", "offer")


land = ours.land
