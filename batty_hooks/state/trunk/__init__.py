"""The trunk: what it is called, what a merge into it would be, what has landed. `moving` is the one way it moves."""

from typing import TYPE_CHECKING

from batty_hooks.system import late

if TYPE_CHECKING:
    from batty_hooks.state.trunk.candidates import (
        Candidate,
        also,
        astray,
        candidate,
        for_test,
        foresee,
        has_all,
        is_cut_off,
        is_renewed,
        is_unrelated,
        itself,
        landing_commit,
        together,
    )
    from batty_hooks.state.trunk.landing import (
        bases,
        fork,
        landed_at,
        landed_paths,
        landing_facts,
        landing_of,
        landings,
        landings_of,
        reverted,
        touched_by,
    )
    from batty_hooks.state.trunk.meetings import Side, conflicts, is_known, may_conflict, sides, with_uncommitted
    from batty_hooks.state.trunk.moving import Checkout, checkout, obstacles, publish, recover, stands_for, unseen
    from batty_hooks.state.trunk.standing import (
        bring,
        contains,
        landed,
        landed_before,
        name,
        record_landed,
        reopen,
        tip,
    )
    from batty_hooks.state.trunk.undoing import prepare, undo_branch, undoing_of, undone, why_undone
else:
    __getattr__ = late.face(
        __name__,
        candidates="Candidate also astray candidate for_test foresee has_all is_cut_off is_renewed "
        "is_unrelated itself landing_commit together",
        landing="bases fork landed_at landed_paths landing_facts landing_of landings landings_of reverted touched_by",
        meetings="Side conflicts is_known may_conflict sides with_uncommitted",
        standing="bring contains landed landed_before name record_landed reopen tip",
        moving="Checkout checkout obstacles publish recover stands_for unseen",
        undoing="prepare undo_branch undoing_of undone why_undone",
    )

__all__ = [
    "Candidate",
    "Checkout",
    "Side",
    "also",
    "astray",
    "bases",
    "bring",
    "candidate",
    "checkout",
    "conflicts",
    "contains",
    "for_test",
    "foresee",
    "fork",
    "has_all",
    "is_cut_off",
    "is_known",
    "is_renewed",
    "is_unrelated",
    "itself",
    "landed",
    "landed_at",
    "landed_before",
    "landed_paths",
    "landing_commit",
    "landing_facts",
    "landing_of",
    "landings",
    "landings_of",
    "may_conflict",
    "name",
    "obstacles",
    "prepare",
    "publish",
    "record_landed",
    "recover",
    "reopen",
    "reverted",
    "sides",
    "stands_for",
    "tip",
    "together",
    "touched_by",
    "undo_branch",
    "undoing_of",
    "undone",
    "unseen",
    "why_undone",
    "with_uncommitted",
]
