"""What somebody is asked about an offer, in words: its reviewer, or whoever is above its engineer.

A reviewer gets all that a word needs: what the card asks for, what became of it so far, and the diff. It is bounded, as
an agent's attention is; what is cut off `batty-hooks show` has whole.
"""

from __future__ import annotations

from collections.abc import Iterator

from batty_hooks.rules import protection, reviewing
from batty_hooks.rules.advice import how_to_report
from batty_hooks.rules.look import Look
from batty_hooks.rules.standing import Standing
from batty_hooks.state import inbox, members
from batty_hooks.state.queue import Offer
from batty_hooks.state.trunk import Candidate
from batty_hooks.system.git import diff
from batty_hooks.vocabulary import offer_ids

_LINES, _CHARACTERS = 400, 24_000  # of a diff
_COMMITS, _REASON_LINES = 20, 30
_NO_FAILURE = "It counts as no failed test."


def named(offer: Offer) -> str:
    """A card with its title, or a branch."""
    return f"{offer.card} ({offer.title})" if offer.card else offer.branch


def question(look: Look, offer: Offer, now: Standing) -> str:
    """For whoever is above the engineer: may it land?"""
    owner = f" of {offer.member}" if offer.member else ""
    paths = "".join(f"  {path}\n" for path in now.held_by)
    protected = f"It changes what is protected, and lands only if you allow that:\n{paths}\n" if paths else ""
    before = "".join(f"{line}\n" for line in _before(look, offer))
    return (
        f"{named(offer)}{owner}, attempt {offer.attempt}, passed its test{_seconds(now)}, merged with "
        f"{look.trunk}. It waits for your word.\n\n{before}{protected}{_commands(offer, bool(paths))}"
    )


def brief(look: Look, offer: Offer, now: Standing) -> str:
    """For its reviewer: the card, where it stands, what was said before, and the diff."""
    card, candidate = look.card(offer.card), now.candidate or look.candidate(offer.commit)
    body = f"\n{card.body.rstrip()}\n" if card and card.body.strip() else ""
    left = look.team.review.rounds - reviewing.sent_back(look, offer)
    boss = look.team.boss(offer.member)
    return (
        f"Review {named(offer)} of {offer.member}, attempt {offer.attempt}. Its test has passed{_seconds(now)}; it "
        f"lands when you say so.\n\n{offer.card or offer.branch}: {offer.title}\n{body}\n"
        + "".join(f"{line}\n" for line in (*_facts(look, offer, candidate), *_last_word(look, offer)))
        + f"\n{_commands(offer, False)}"
        f"Say what to change, with file and line; you can send it back {left} more time{'s' if left != 1 else ''}, "
        f"then {boss} decides.\n\n{_bounded(look, offer, candidate)}"
    )


def rejection(look: Look, offer: Offer, id: str) -> str:
    """For the engineer: why it is sent back, by the message of that ``id``."""
    return (
        f"{named(offer)}, attempt {offer.attempt} at {offer.commit[:10]}, was looked at by {offer.by} "
        f"and does not land as it is:\n\n{offer.rejected.rstrip()}\n\n"
        f"{_NO_FAILURE} Change it on {offer.branch}, commit, and report again:\n"
        f"    {how_to_report(look, offer)}\n"
        f"To ask back:\n    batty-hooks send {offer.by} --re {id} 'your question'\n"
    )


def _seconds(now: Standing) -> str:
    return f" in {now.verdict.seconds:.1f} s" if now.verdict else ""


def _commands(offer: Offer, approve: bool) -> str:
    flag = "--approve " if approve else ""
    return (
        f"Look at it:    batty-hooks show {offer.typed}\n"
        f"Let it land:   batty-hooks merge {flag}--commit {offer.commit[:10]} {offer.typed}\n"
        f"Send it back:  batty-hooks reject {offer.typed} 'why'\n\n"
        f"Your word is about commit {offer.commit[:10]} of {offer.branch}; a newer one is put to you again.\n"
    )


def _before(look: Look, offer: Offer) -> Iterator[str]:
    """What its reviewer has said, or why it has not been waited for."""
    if offer.reviewed == offer.commit:
        yield f"{offer.by or reviewing.assigned(look, offer)} has reviewed it and would let it land.\n"
    elif why := reviewing.passed_by(look, offer):
        yield f"{why[0].upper()}{why[1:]}.{_how_it_ended(look, offer)}\n"
        yield from (f"{line}\n" for line in _last_word(look, offer))


def _how_it_ended(look: Look, offer: Offer) -> str:
    """What a reviewer's command has left, when that ended without a word."""
    ended = members.ran(look.project, reviewing.assigned(look, offer), reviewing.asked_id(offer))
    return f" Its command ended with exit {ended['exit']}; log: {ended['log']}" if ended else ""


def _last_word(look: Look, offer: Offer) -> Iterator[str]:
    """Why it was sent back last, as the engineer got it."""
    prefix = offer_ids.rejections(offer.key)
    last = inbox.listed(look.project, offer.member, prefix)[-1:] if offer.member in look.names else []
    for one in last:
        why = one.body.partition("\n\n")[2].rpartition(f"\n\n{_NO_FAILURE}")[0]
        quoted = "\n".join(f"> {line}".rstrip() for line in why.splitlines()[:_REASON_LINES])
        yield f"{one.sender} sent it back last with these words:\n\n{quoted}"


def _facts(look: Look, offer: Offer, candidate: Candidate) -> Iterator[str]:
    commits = diff.commits(look.project.root, candidate.base, offer.commit)
    verdict, kept = look.verdict(candidate), protection.touched(look, candidate)
    yield f"branch       {offer.branch} at {offer.commit[:10]}, merged with {look.trunk} at {candidate.base[:10]}"
    if verdict:
        yield f"verdict      {verdict.result}; log {verdict.log}"
    if kept:
        yield f"protected    {', '.join(kept)} ({look.team.boss(offer.member)} has the last word on that)"
    yield f"commits      {len(commits)}"
    yield from (f"  {commit[:10]} {subject}" for commit, subject in commits[:_COMMITS])
    if commits[_COMMITS:]:
        yield f"  … and {len(commits) - _COMMITS} older ones"


def _bounded(look: Look, offer: Offer, candidate: Candidate) -> str:
    """The diff of the trunk against what would land, as much of it as one reads at a time."""
    lines = diff.patch(look.project.root, candidate.base, candidate.tree).decode("utf-8", "replace").splitlines()
    shown, room = [], _CHARACTERS
    for line in lines[:_LINES]:
        room -= len(line) + 1
        if room < 0:
            break
        shown.append(line)
    more = len(lines) - len(shown)
    rest = f"… {more} more lines: batty-hooks show {offer.typed}\n" if more else ""
    return "\n".join([*shown, rest])
