"""What of pull requests needs a person: a program that is not there or not logged in, and what only he can decide."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from batty_hooks.people import at_forge
from batty_hooks.rules import following
from batty_hooks.rules import pulls as rule
from batty_hooks.rules.look import Look
from batty_hooks.rules.standing import ALTERED, CLOSED, PASSED, PROPOSED, standing
from batty_hooks.state import pulls, queue
from batty_hooks.state.pulls import Pull
from batty_hooks.state.queue import Offer
from batty_hooks.state.team import Remote
from batty_hooks.system import forge

_LASTS_SECONDS = 600.0  # of a forge that does not answer: until then it comes back by itself


def needs(look: Look, remote: Remote) -> Iterator[tuple[str, float, str]]:
    """(what, since when, what mends it)."""
    yield from _of_program(look, remote)
    for offer in look.offers:
        pull = pulls.get(look.project, offer.key)
        if pull:
            yield from _of_pull(look, remote, offer, pull)
    now = following.of(look)
    if now.ahead and rule.has_landed(look, queue.branch_key(look.trunk), now.ahead):
        what = f"{look.trunk} here has commits that landed on {remote.name} in another form, so it does not follow"
        yield what, 0.0, f"git reset --keep {look.tip[:12]}  (in the checkout of {look.trunk})"


def _of_program(look: Look, remote: Remote) -> Iterator[tuple[str, float, str]]:
    known = pulls.notes(look.project)
    lasts = known.outcome in rule.A_PERSONS or look.at - known.since > _LASTS_SECONDS
    if known.outcome and lasts:
        answer = forge.Answer(known.outcome, known.said)
        what, mend = at_forge.trouble(rule.place_of(look), remote.name, answer)
        yield what, known.since, mend


def _of_pull(look: Look, remote: Remote, offer: Offer, pull: Pull) -> Iterator[tuple[str, float, str]]:
    row, name, words = standing(look, offer).row, f"{rule.name_of(pull)} of {offer.label}", forge.words_of(pull.url)
    if row == CLOSED:
        again = words.command("reopen", pull.number)
        mend = f"{again}  (or, back to its engineer: batty-hooks reject {offer.label} 'why')"
        yield f"{name} was closed without being merged", 0.0, mend
    elif row == ALTERED:
        mend = f"git fetch {shlex.quote(remote.name)} {words.head(pull.number)}"
        yield f"{name} was merged with commits that are not here", 0.0, mend
    elif row == PROPOSED and any(check.state == forge.WAITS for check in pull.checks):
        yield f"{name}: a check waits for a person's word", 0.0, words.command("view --web", pull.number)
    elif row == PASSED and pull.trouble and pull.refused == offer.commit:
        again = f"git fetch {shlex.quote(remote.name)} {pull.branch}  (shows it; then: batty-hooks remote)"
        yield f"{offer.label} passed, but cannot be offered on {remote.name}: {pull.trouble}", pull.tried, again
