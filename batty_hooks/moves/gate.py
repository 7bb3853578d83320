"""gate: tests the exact tree that would land, in a warm worktree of its own; the verdict's rename ends the move.

Offers go first, in their order. A commit that nobody has reported yet (its worktree's hook left a file in the spool)
is tested too when a slot is free: by the time it is reported its verdict is usually there.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from batty_hooks.moves.base import Item, Look, standing
from batty_hooks.moves.base.standing import WAITING
from batty_hooks.state import events, queue, slots, spool, trunk, verdicts
from batty_hooks.state.project import Project
from batty_hooks.state.slots import Slot
from batty_hooks.state.trunk import Candidate
from batty_hooks.state.verdicts import Verdict
from batty_hooks.system import process
from batty_hooks.system.git import objects, refs

NAME = "gate"
ORDER = 80
WATCHES = ("queue", "spool")
SLOW = True
_NOT_FOR_TESTS = ("BATTY_MEMBER", "BATTY_NO_WAKE", "BATTY_PROJECT")


def ripe(look: Look) -> Iterator[Item]:
    """Offers without a verdict, then commits to look at early; nothing without a test command."""
    if not look.team.gate.command:
        return
    testing = {run.key for run in slots.running(look.project)}
    for offer in queue.offers(look.project):
        now = standing(look, offer)
        if now.row == WAITING and now.candidate and look.key(now.candidate) not in testing:
            yield Item(offer.key, f"{offer.label} waits to be tested", offer.card, offer.member)
    for entry in spool.entries(look.project):
        yield Item(f"look:{entry.path.name}", f"a commit in {entry.worktree.name} to look at")


def take(project: Project, item: Item) -> None:
    """Test one candidate if there is a free slot."""
    if item.key.startswith("look:"):
        _look_early(project, item.key.removeprefix("look:"))
        return
    offer = queue.get(project, item.key)
    if offer:
        look = Look(project)
        candidate = look.candidate(offer.commit)
        if not candidate.conflicts:
            judge(look, candidate, offer.label, offer.card, offer.member)


def judge(look: Look, candidate: Candidate, label: str, card: str = "", member: str = "") -> Verdict | None:
    """The verdict on a candidate: a known one at once, else by testing it; None when no slot is free."""
    key = look.key(candidate)
    with slots.free(look.project, look.team.gate.slots) as slot:
        known = verdicts.get(look.project, key)
        if known or slot is None or key in {run.key for run in slots.running(look.project)}:
            return known  # what another slot is testing is not tested beside it
        slots.announce(slot, key, label)
        verdict = _test(look, slot, candidate, key, label)
        _tell(look, verdict, label, card, member)
        verdicts.put(look.project, verdict)
    return verdict


def _tell(look: Look, verdict: Verdict, label: str, card: str, member: str) -> None:
    """The event comes before the verdict: killed in between, the tree is tested, and told of, once more."""
    events.append(
        look.project, f"gate.{verdict.key[:16]}.{verdict.at}", f"gate {verdict.result}", card=card, member=member,
        label=label, commit=verdict.commit, base=verdict.base, tree=verdict.tree, seconds=round(verdict.seconds, 2),
        log=verdict.log, text=verdict.first,
    )  # fmt: skip


def _test(look: Look, slot: Slot, candidate: Candidate, key: str, label: str) -> Verdict:
    project, gate = look.project, look.team.gate
    commit = objects.commit(
        project.root, candidate.tree, [candidate.base, candidate.commit], f"Candidate: {label}\n",
        ("batty-hooks", "batty-hooks@localhost"), "@0 +0000",
    )  # fmt: skip
    slots.prepare(slot, commit)
    log = verdicts.log_path(project, label, candidate.tree)
    lacking = slots.prepare_submodules(slot)
    if lacking:
        log.write_text(f"FAILED the submodules of this commit are not all in the primary checkout:\n{lacking}")
        outcome = process.Outcome(1, 0.0)
    else:
        outcome = _run(look, slot, log, key, label)
    result = verdicts.result_of(outcome)
    return Verdict(
        key, candidate.tree, gate.command or "", result, outcome.exit, outcome.seconds, str(log), candidate.base,
        candidate.commit, events.now(), "" if result == verdicts.PASSED else verdicts.first_failure(log),
    )  # fmt: skip


def _run(look: Look, slot: Slot, log: Path, key: str, label: str) -> process.Outcome:
    gate = look.team.gate
    return process.run_user(
        gate.command or "false",
        slot.path,
        log,
        process.clean_environment({"PYTHONDONTWRITEBYTECODE": "1", "BATTY_GATE": "1"}, drop=_NOT_FOR_TESTS),
        gate.timeout,
        started=lambda group: slots.announce_group(slot, key, label, group),
    )


def _look_early(project: Project, name: str) -> None:
    """Judge the newest commit of a worktree that is still at work; the spool file goes last."""
    entry = spool.get(project, name)
    if not entry:
        return
    look = Look(project)
    if look.team.gate.on == "commit":
        commit = _newest(look, entry.worktree)
        candidate = look.candidate(commit) if commit else None
        if candidate and not candidate.conflicts:
            home = entry.worktree.name
            label = f"{home} at {candidate.commit[:8]}"
            if judge(look, candidate, label, _card_in_hand(look, home), home) is None:
                return  # no slot: the file stays, and with it the wish
    spool.drop(project, entry)


def _card_in_hand(look: Look, member: str) -> str:
    if not look.project.board_file.exists():
        return ""
    mine = [card for card in look.board.cards if card.lane == "in progress" and card.owner == member]
    return next((card.id for card in mine if not card.blocked), "")


def _newest(look: Look, place: Path) -> str | None:
    """The commit at the tip of the branch in a worktree, if the trunk does not hold it."""
    if not place.is_dir():
        return None
    branch, commit = refs.current_branch(place), refs.resolve(place, "HEAD")
    if not branch or branch == look.trunk or not commit or trunk.contains(look.project, look.tip, commit):
        return None
    return commit
