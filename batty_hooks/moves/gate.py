"""gate: tests the exact tree that would land, in a warm worktree of its own; the verdict's rename ends the move.

Offers go first: several are tested as one candidate, and rules/batch.py says which. A commit that nobody has
reported yet (its worktree's hook left a file in the spool) is tested too when a slot is free: by the time it is
reported its verdict is usually there. A run that nobody needs any more is ended.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from batty_hooks.errors import FatalError
from batty_hooks.moves.base import away, leaving, telling_guard, testing
from batty_hooks.moves.base.interface import Item
from batty_hooks.rules import branch_owner, hosting, serving, sharing
from batty_hooks.rules.batch import Batch, one, plan
from batty_hooks.rules.look import Look
from batty_hooks.state import events, hosts, pace, server, slots, spool, trunk, verdicts
from batty_hooks.state.project import Project
from batty_hooks.state.slots import Running, Slot
from batty_hooks.state.verdicts import Verdict
from batty_hooks.system import machines, watch
from batty_hooks.system.git import refs
from batty_hooks.system.records import replace
from batty_hooks.vocabulary import happened, keys, offer_ids

NAME = "gate"
ORDER = 80
WATCHES = ("queue", "spool")
SLOW = True
_TEST, _LOOK = "test", "look"


def ripe(look: Look) -> Iterator[Item]:
    """Candidates without a verdict, then commits to look at early; nothing without a test command."""
    if not look.team.gate.command or serving.waits_for_look(look):
        return
    for batch in plan(look).test:
        if batch.key not in look.running:
            one = batch.offers[0] if len(batch.offers) == 1 else None
            card, member = (one.card, one.member) if one else ("", "")
            says = f"{batch.label} to be tested{' together' * (len(batch.offers) > 1)}"
            yield Item(keys.join(_TEST, batch.key), says, card, member)
    for entry in spool.entries(look.project):
        yield Item(keys.join(_LOOK, entry.path.name), f"a commit in {entry.worktree.name} to be tested early")


def take(project: Project, item: Item) -> None:
    """Test one candidate if there is a free slot."""
    kind, key = keys.split(item.key)
    if kind == _LOOK:
        _look_early(project, key)
        return
    needed = _StillNeeded(project, lambda: _is_of_use(project, key))  # of before the look: changes after it count
    look = Look(project)
    batch = next((batch for batch in plan(look).test if batch.key == key), None)
    if batch:
        judge(look, batch, needed=needed)


def running(project: Project) -> Sequence[Running]:
    """The test runs going on at this moment, here or in other processes."""
    return slots.running(project)


def capacity(look: Look) -> int:
    """How many may go on at once."""
    return hosting.capacity(look)


def judge(look: Look, batch: Batch, member: str = "", needed: Callable[[], bool] | None = None) -> Verdict | None:
    """The verdict on a candidate: a known one at once, else by testing it.

    None when no slot is free, when a run on another machine came to nothing, or when it was no longer ``needed`` (asked
    now and then while it is being tested).
    """
    far = look.team.gate.far
    if far.elsewhere:
        hosts.ensure(look.project, far.hosts, far.slots, far.python, far.scheduler)
    if not far.classes:
        return _judge(look, batch, "", batch, member, needed)
    while True:
        whole = verdicts.get(look.project, batch.key)
        if whole and whole.at != batch.again:
            return whole
        parts = hosting.parts(batch.key, far)
        known = {part.key: verdicts.get(look.project, part.key) for part in parts}
        part = hosting.due(parts, known, bool(batch.again) and whole is not None)
        if part is None:
            return _put_together(look, batch, [known[part.key] for part in parts])
        again = batch.again if known[part.key] else ""
        asked = replace(batch, key=part.key, again=again, commits=())
        if _judge(look, asked, part.wanted, batch, member, needed) is None:
            return None
        if again:
            return _put_together(look, batch, [verdicts.get(look.project, part.key) for part in parts])


def _put_together(look: Look, batch: Batch, parts: list[Verdict | None]) -> Verdict | None:
    """The verdict on a candidate that has one for each class of machines: the first red one, or the last."""
    known = [part for part in parts if part]
    made = next((part for part in known if not part.passed), known[-1])
    if made.passed and len(known) < len(parts):
        return None  # a red part has passed on its second run: the others are still to be tested
    verdict = replace(made, key=batch.key, commits=batch.commits)
    verdicts.put(look.project, verdict)
    telling_guard.remember(look, verdict)
    return verdict


def _judge(
    look: Look, batch: Batch, wanted: str, whole: Batch, member: str, needed: Callable[[], bool] | None
) -> Verdict | None:
    """The same for one class of machines (``wanted`` "": this one's); the candidate is judged as a ``whole``."""
    with slots.first_of(look.project, _places(look, batch, wanted)) as slot:
        known = verdicts.get(look.project, batch.key)
        if (
            (known and known.at != batch.again)
            or slot is None
            or whole.key in {r.key for r in slots.running(look.project)}
        ):
            return known  # what another slot is testing is not tested beside it
        slots.announce(slot, whole.key, whole.label, batch.commits)
        begun = time.time()
        try:
            verdict = testing.test(look, slot, batch, needed, wanted)
        except machines.Lost as error:
            _tell_lost(look, batch, member, slot, begun, error)
            return None
        if verdict is None:
            _tell_in_vain(look, whole, member, slot, begun)
            return None
        verdict = verdicts.after(known, verdict)
        _tell(look, verdict, whole, member, slot)
        verdicts.put(look.project, verdict)
        if whole is batch:
            telling_guard.remember(look, verdict)
        _note_pace(look, verdict, slot)
    return verdict


def _note_pace(look: Look, verdict: Verdict, slot: Slot) -> None:
    """How long it took, with as many beside it as there are at its end. Nothing hangs on that: it may be lost."""
    if verdict.passed and not slot.host:
        at_once = sum(not run.host for run in slots.running(look.project))
        with contextlib.suppress(OSError):
            pace.note(look.project, look.team.gate.command or "", max(1, at_once), verdict.seconds, time.time())


def _places(look: Look, batch: Batch, wanted: str) -> list[tuple[int, str]]:
    """The slots that may take it, the best first; where there are no hosts, those here."""
    gate = look.team.gate
    if not gate.far:
        return [(number, "") for number in sharing.free(look)]
    places = hosting.for_run(look, batch.key, wanted, time.time())
    return places if away.can(look, batch) else [place for place in places if not place[1]]


def _tell(look: Look, verdict: Verdict, batch: Batch, member: str, slot: Slot) -> None:
    """The event comes before the verdict: killed in between, the tree is tested, and told of, once more."""
    append = partial(
        events.append, look.project, **_about(look, batch, member), base=verdict.base,
        commit="" if batch.offers[1:] else verdict.commit, tree=verdict.tree, slot=slot.number, host=slot.host,
        seconds=round(verdict.seconds, 2), log=verdict.log, text=verdict.first,
    )  # fmt: skip
    append(id=offer_ids.verdict(verdict.key, verdict.at), event=happened.gate(verdict.result))
    if verdict.flaky:
        append(id=offer_ids.verdict(verdict.key, verdict.at, flaky=True), event=happened.GATE_FLAKY)


def _tell_in_vain(look: Look, batch: Batch, member: str, slot: Slot, begun: float) -> None:
    """A run that was ended leaves no verdict, but it took its time."""
    events.append(
        look.project, offer_ids.verdict(batch.key, f"{begun:.3f}"), happened.IN_VAIN, **_about(look, batch, member),
        tree=batch.candidate.tree, slot=slot.number, host=slot.host, seconds=round(time.time() - begun, 2),
    )  # fmt: skip


def _tell_lost(look: Look, batch: Batch, member: str, slot: Slot, begun: float, lost: machines.Lost) -> None:
    """A run that came to nothing on another machine: the next one is made elsewhere. Killed in between, it is told
    again under the same id."""
    whose = slot.host if lost.by_host else ""
    before = hosts.lost_on(look.project, batch.key).get(whose, 0.0)
    id = offer_ids.verdict(batch.key, f"lost.{slot.host}.{before:.0f}")
    events.append(
        look.project, id, happened.RUN_LOST, **_about(look, batch, member), tree=batch.candidate.tree,
        slot=slot.number, host=slot.host, seconds=round(time.time() - begun, 2), text=str(lost),
    )  # fmt: skip
    hosts.tell_lost(look.project, batch.key, whose, str(lost))


def _about(look: Look, batch: Batch, member: str) -> dict[str, Any]:
    """What a run was for."""
    one = batch.offers[0] if len(batch.offers) == 1 else None
    return {
        "card": one.card if one else _card_in_hand(look, member) if member else "",
        "member": one.member if one else member,
        "cards": [offer.card for offer in batch.offers if offer.card] if len(batch.offers) > 1 else None,
        "label": batch.label,
    }


class _StillNeeded:
    """Says whether a run is still needed, beginning with a yes; asks again only when something has changed since."""

    def __init__(self, project: Project, needed: Callable[[], bool]) -> None:
        self.project, self.needed = project, needed
        self.seen = self._snapshot()

    def __call__(self) -> bool:
        if leaving.is_so():
            return False
        now = self._snapshot()
        if now == self.seen:
            return True
        self.seen = now
        try:
            return self.needed()
        except FatalError:  # team.yaml half-typed, say: no reason to throw a run away
            return True

    def _snapshot(self) -> object:
        project = self.project
        common = project.common
        places = [project.queue, project.spool, project.verdicts, project.branches, common / "packed-refs"]
        places += server.places(project)  # (what the trunk is there: upon that the run is made)
        return watch.snapshot([*places, *spool.files(project)])


def _is_of_use(project: Project, key: str) -> bool:
    """Whether an offer still waits for the verdict of that name, or (of several slots) nobody for the slot of that run:
    what it may still tell then costs nothing."""
    look = Look(project)
    slots = hosting.capacity(look)
    if slots > 1 and len(look.running) < slots:
        return True
    wanted = {batch.key for batch in plan(look).test}
    return key in wanted or (slots > 1 and wanted <= look.running.keys())


def _wanted(project: Project, key: str) -> bool:
    """Whether an offer waits for the verdict of that name."""
    return key in {batch.key for batch in plan(Look(project)).test}


def _look_early(project: Project, name: str) -> None:
    """Judge the newest commit of a worktree that is still at work; the spool file goes last."""
    needed = _StillNeeded(project, lambda: _still_newest(project, name, batch))  # of before the look, as in `take`
    entry = spool.get(project, name)
    if not entry:
        return
    look = Look(project)
    if look.team.gate.on == "commit":
        commit = _newest(look, entry.worktree)
        candidate = look.candidate(commit) if commit else None
        if commit and candidate and not candidate.conflicts:
            home = entry.worktree.name
            batch = one(look, candidate, f"{home} at {commit[:8]}", (commit,))
            if judge(look, batch, home, needed) is None:
                return  # no slot, or cancelled: a newer file stays, and with it the wish
    spool.drop(project, entry)


def _still_newest(project: Project, name: str, batch: Batch) -> bool:
    """Whether no newer commit was made in that worktree, unless an offer waits for this one's verdict."""
    return spool.get(project, name) is not None or _wanted(project, batch.key)


def _card_in_hand(look: Look, member: str) -> str:
    card = look.in_hand(member)
    return card.id if card else ""


def _newest(look: Look, place: Path) -> str | None:
    """The commit at the tip of the branch in a worktree, if the trunk does not hold it."""
    branch, commit = refs.checked_out(place)
    if not branch or branch == look.trunk or not commit or trunk.contains(look.project, look.tip, commit):
        return None
    own, mine = branch_owner.card_of(look, branch), look.in_hand(place.name)
    about = own or (mine.id if mine else "")
    if about and any(card.blocked and card.id == about for card in look.cards):
        return None
    return commit
