"""`.batty/worktrees/<member>/`: the engineers' worktrees, and who is at home where.

In a repository without a team (hooks only) every linked worktree is a member named after its directory: the way
people work with `git worktree add ../agent-1 -b agent-1/auth` before they let a tool do it.
"""

from typing import TYPE_CHECKING

from batty_hooks.system import late

if TYPE_CHECKING:
    from batty_hooks.state.worktrees.branches import (
        branch_for,
        branch_of,
        branches_for,
        drop_branches,
        ids_in_refs,
        moved_on,
        name_again,
        named_branch,
    )
    from batty_hooks.state.worktrees.leaving import Kept, saved_of
    from batty_hooks.state.worktrees.moving import begin, ensure, free_board, go_home, has_board, link_board
    from batty_hooks.state.worktrees.places import homes, is_managed, left_branch, member_at, root_of, stood_before
else:
    __getattr__ = late.face(
        __name__,
        branches=("branch_for branch_of branches_for drop_branches ids_in_refs moved_on name_again named_branch"),
        leaving="Kept saved_of",
        moving="begin ensure free_board go_home has_board link_board",
        places="homes is_managed left_branch member_at root_of stood_before",
    )

__all__ = [
    "Kept", "begin", "branch_for", "branch_of", "branches_for", "drop_branches", "ensure", "free_board", "go_home",
    "has_board", "homes", "ids_in_refs", "is_managed", "left_branch", "link_board", "member_at", "moved_on",
    "name_again", "named_branch", "root_of", "saved_of", "stood_before",
]  # fmt: skip
