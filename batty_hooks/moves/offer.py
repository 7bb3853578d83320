"""offer: a report becomes an offer in the queue (its commit pinned), or is answered at once with what is missing.

Work can come in with another landing. Then a report is taken and only entered, if the branch has moved since it was
made and the merge that brought it in was not its member's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

from batty_hooks.moves.base.interface import Item
from batty_hooks.moves.base.offering import make_offer
from batty_hooks.rules import branch_owner, circling, following, uprooted
from batty_hooks.rules.advice import blocked_words
from batty_hooks.rules.look import Look
from batty_hooks.rules.standing import REJECTED
from batty_hooks.state import events, inbox, members, queue, trunk, worktrees
from batty_hooks.state.members import Report
from batty_hooks.state.project import Project
from batty_hooks.state.queue import Attempt
from batty_hooks.system.git import objects, refs
from batty_hooks.system.git import worktrees as git_worktrees
from batty_hooks.vocabulary import happened, ids, keys, kinds, offer_ids

NAME = "offer"
ORDER = 20
WATCHES = ("members",)
SLOW = False


def ripe(look: Look) -> Iterator[Item]:
    """Every report nobody has taken up."""
    for report in members.reports(look.project):
        if report.card and not look.has_board:
            continue  # whose card it is can be told when the board is back
        if report.how != "board" and uprooted.is_waiting(look, report.member):
            continue  # what it stands on can be told when its branch is back
        label = report.card or report.branch
        yield Item(_key(report), f"{label} is reported", report.card, report.member)


def take(project: Project, item: Item) -> None:
    """Offer what is reported, or answer; the report goes last."""
    for report in members.reports(project):
        if _key(report) == item.key:
            look = Look(project)
            lacking = missing(look, report)
            if lacking:
                _answer(look, report, lacking)
            else:
                make_offer(look, report)
            members.drop_report(project, report)


def _key(report: Report) -> str:
    return keys.join(report.member, report.commit, str(report.at))


def missing(look: Look, report: Report) -> str:
    """What a report lacks, in one line; "" when it can be offered."""
    project, label = look.project, report.card or report.branch
    if uprooted.is_waiting(look, report.member) and (look.homes[report.member].branch or "") == report.branch:
        return uprooted.words(look, report.member)
    if not report.branch:
        return f"HEAD is detached in {report.member}'s worktree: finish the rebase, or `git switch -c BRANCH`"
    if report.card:
        card = look.card(report.card)
        if not card:
            return f"{report.card} was taken off the board"
        if card.owner != report.member or card.lane == "todo":
            return f"{report.card} is not (or no longer) {report.member}'s card"
        if report.card in look.landed:
            return f"{report.card} has landed already"
        if card.blocked:
            return blocked_words(look, card)
    elsewhere = branch_owner.misplaced(look, report)
    if elsewhere:
        return elsewhere
    if report.branch == look.trunk and (report.card or not following.of(look).ahead):
        return f"{label} stands on {look.trunk} itself: commit on a branch of its own"
    if trunk.contains(project, look.tip, report.commit) and not _came_in(look, report):
        return f"{report.branch} has no commit that {look.trunk} does not have: commit your work first"
    home = look.homes.get(report.member)
    dirty = git_worktrees.dirty_paths(home.path) if home and home.branch == report.branch else []
    if dirty:
        return f"uncommitted files in {report.member}'s worktree: {', '.join(dirty[:5])}{' …' if dirty[5:] else ''}"
    return _rootless(look, report) or _astray(look, report) or _unchanged(look, report)


def _came_in(look: Look, report: Report) -> bool:
    """Whether the work of a card is on the trunk already, brought in by somebody else's landing or a merge by hand: the
    report is then taken, and entered as a landing.

    A branch that has not moved since it was made holds no work, and what its member landed before is no work for this
    card; but a person who drags a card to DONE says that what landed of its branch was just that.
    """
    project = look.project
    landing = trunk.landing_of(project, look.tip, report.commit) if report.card else None
    if not landing or objects.parents(project.root, landing)[0] == report.commit:
        return False
    others = [id for id, commit in look.landed.items() if commit == landing and id != report.card]
    if any((card := look.card(id)) and card.owner == report.member for id in others):
        return False
    facts = trunk.landing_facts(project, landing)
    if facts.get("branch") == report.branch:
        return report.how == "board" and "card" not in facts
    return facts.get("member") != report.member and refs.made_at(project.root, report.branch) != report.commit


def _rootless(look: Look, report: Report) -> str:
    """A branch that was deleted, and begun anew by the next commit with no history behind it: that is no conflict."""
    before = uprooted.begun_anew(look, report)
    what = f"{report.branch} was deleted at {before[:12]}, and begun anew by a commit without parents"
    return what if before else ""


def _astray(look: Look, report: Report) -> str:
    """A submodule that nobody could follow: its files would be on the trunk for nobody but their author."""
    candidate = look.candidate(report.commit)
    lost = trunk.astray(look.project, candidate) if not candidate.conflicts else []
    if not lost:
        return ""
    (path, why), more = lost[0], f" (and {len(lost) - 1} more like it)" if lost[1:] else ""
    return f"{path} would be empty for everybody else: {why}{more}"


def mend(look: Look, report: Report) -> str:
    """What whoever reported can do about what is missing."""
    card = look.card(report.card) if report.card else None
    if card and card.blocked:
        return f"{circling.asked(look, card)} lets it go on: `batty-hooks task unblock {card.id}`; its commits are kept"
    if uprooted.is_waiting(look, report.member):
        return f"`{uprooted.mend(look, report.member)}`, then run `batty-hooks done` again"
    if before := uprooted.begun_anew(look, report):
        return f"`git reset --soft {before[:12]} && git commit -C ORIG_HEAD` (the files stay), then `batty-hooks done`"
    mine = look.in_hand(report.member)
    branch = worktrees.branch_of(look.project, report.member, mine.id) if mine and mine.id else None
    if mine and branch and (report.branch != branch or mine.id != report.card):
        own = f" (if it is on {report.branch}: `batty-hooks done {mine.id}`)" if report.card == mine.id else ""
        return f"you have {mine.id} in hand: `git switch {quote(branch)}`, then `batty-hooks done`{own}"
    if report.card and not card:
        return f"leave it as it is and wait for your next brief; `batty-hooks merge {quote(report.branch)}` lands it"
    if card and card.owner != report.member:
        return "`batty-hooks board` shows whose it is"
    return "then run `batty-hooks done` again"


def _unchanged(look: Look, report: Report) -> str:
    """The same commit with the same red verdict is not tested again, and a rejected one needs a change or a person's
    `merge`: it gets the same answer."""
    key = report.card or queue.branch_key(report.branch)
    back = [attempt for attempt in queue.attempts(look.project, key) if not attempt.kind.startswith(kinds.INCOMPLETE)]
    if not back or back[-1].commit != report.commit:
        return ""
    if back[-1].kind == REJECTED and report.how != "merge":
        return f"{report.commit[:10]} was rejected as attempt {back[-1].number}: commit a change first"
    candidate = look.candidate(report.commit)
    verdict = look.verdict(candidate)
    if candidate.conflicts or (verdict and not verdict.passed):
        return f"{report.commit[:10]} is the commit that came back as attempt {back[-1].number}: commit a change first"
    return ""


def _count_incomplete(project: Project, key: str, report: Report) -> int:
    """Record a report that could not be taken (once, however often this is called); how many there were."""
    all_back = queue.attempts(project, key)
    kind = f"{kinds.INCOMPLETE}-{ids.hash_of(str(report.at))}"
    if not any(attempt.kind == kind for attempt in all_back):
        queue.record_attempt(project, key, Attempt(len(all_back) + 1, kind, report.commit))
        all_back = queue.attempts(project, key)
    return sum(attempt.kind.startswith(kinds.INCOMPLETE) for attempt in all_back)


def _answer(look: Look, report: Report, lacking: str) -> None:
    """Say what is missing; an agent that keeps reporting nothing ends with a person."""
    project, key = look.project, report.card or queue.branch_key(report.branch)
    id = offer_ids.report(key, report.commit, report.at)
    label = report.card or report.branch
    text = f"Your report of {label} was not taken: {lacking}.\n\nTo mend that: {mend(look, report)}\n"
    if report.member in look.names:
        inbox.send(project, inbox.Message(id, "batty-hooks", report.member, f"Not taken: {lacking}", text,
                                          kinds.INCOMPLETE, report.card))  # fmt: skip
    if report.how == "board":  # somebody dragged it to DONE, and finds it back in IN PROGRESS
        gist = f"{label} is in progress again: {lacking}"
        inbox.send(project, inbox.Message(id, "batty-hooks", look.team.human, gist, f"{gist}.\n", kinds.NOTICE,
                                          report.card))  # fmt: skip
    card = look.card(report.card) if report.card else None
    is_its_own = card and card.owner == report.member and card.lane == "in progress"
    if card and is_its_own and not card.blocked and report.how not in ("done", "card"):
        count = _count_incomplete(project, key, report)
        from batty_hooks.moves.base.effects import escalate

        if count % (look.team.gate.retries + 1) == 0:
            escalate(look, card, f"reported {count} times without something to land: {lacking}")
    events.append(project, id, happened.NOT_TAKEN, card=report.card, member=report.member, text=lacking)
