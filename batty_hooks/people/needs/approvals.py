"""Offers that wait for a person's word, in words: what `status` shows of them, and what the human has to type."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from batty_hooks.rules import escalation
from batty_hooks.rules.look import Look
from batty_hooks.rules.standing import IN_REVIEW, PROTECTED, REVIEW, Standing, standing
from batty_hooks.vocabulary import offer_ids

_MANY = 3


def stage(now: Standing) -> str:
    """What an offer in one of these rows waits for."""
    if now.row == IN_REVIEW:
        return "passed, its reviewer looks at it"
    if now.row == REVIEW:
        return "passed, to be reviewed"
    return f"passed, to be approved: it changes {_some(now.held_by)}"


def needs(look: Look) -> Iterator[tuple[str, float, str]]:
    """(what, since when, the command to type) of each offer that waits for review or approval; not what somebody below
    is asked for, and has the time to give."""
    for offer in look.offers:
        now = standing(look, offer)
        if now.row not in (REVIEW, PROTECTED):
            continue
        if not escalation.is_with_human(look, offer_ids.word_wanted(offer.key, now.row, offer.commit)):
            continue
        since = datetime.fromisoformat(offer.at.replace("Z", "+00:00")).timestamp()
        protected = now.row == PROTECTED
        why = f"changes what is protected: {_some(now.held_by)}" if protected else "waits for review"
        command = f"batty-hooks merge {'--approve ' if protected else ''}{offer.typed}"
        yield (f"{offer.label} passed and {why} (batty-hooks show {offer.typed})", since, command)


def _some(paths: tuple[str, ...]) -> str:
    return ", ".join(paths[:_MANY]) + (f" and {len(paths) - _MANY} more" if paths[_MANY:] else "")
