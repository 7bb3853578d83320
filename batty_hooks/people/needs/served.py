"""What of the server on which the trunk lives needs a person: what nobody else can mend, and what lasts."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from batty_hooks.people import overview, served
from batty_hooks.rules import following, serving
from batty_hooks.rules.batch import plan
from batty_hooks.rules.look import Look
from batty_hooks.state import server, team
from batty_hooks.state.server import Notes
from batty_hooks.state.team import Remote
from batty_hooks.system import screen
from batty_hooks.system.git import server as asked

_LASTS_SECONDS = 600.0  # of a server that does not answer: until then it comes back by itself


def needs(look: Look, remote: Remote) -> Iterator[tuple[str, float, str]]:
    """(what, since when, what mends it)."""
    name, known = shlex.quote(remote.name), server.notes(look.project)
    yield from _rewritten(look, name)
    yield from _away(look, name, known)
    yield from _asking(look, name, known)
    yield from _refused(look, name)
    now = following.of(look)
    if now.taken_off:
        what = f"{look.trunk} here still has what was taken off {name} by the rewrite, so it does not follow"
        yield what, 0.0, f"git reset --keep {look.tip[:12]}  (in the checkout of {look.trunk})"
    elif now.came_back:
        what = f"{look.trunk} here has commits that {name} lacks, and they came back: {now.ahead[:10]} does not land"
        yield what, 0.0, f"batty-hooks show {shlex.quote(look.trunk)}  (why; a new commit is tested anew)"


def _rewritten(look: Look, name: str) -> Iterator[tuple[str, float, str]]:
    found = server.rewritten(look.project, name, look.trunk)
    if found:
        trunk = shlex.quote(look.trunk)
        lease = f"--force-with-lease={trunk}:{found.now}"
        back = f"git push {lease} {name} {found.was[:12]}:refs/heads/{trunk}"
        yield (
            f"{look.trunk} was rewritten on {name}: it was at {found.was[:12]}, is at {found.now[:12]}, and lacks what "
            "it had; nothing lands",
            0.0,
            f"batty-hooks remote --accept {found.now[:12]}  (goes on from there; to bring back what it had: `{back}`)",
        )


def _away(look: Look, name: str, known: Notes) -> Iterator[tuple[str, float, str]]:
    if known.outcome == asked.NOT_THERE and (found := served.not_there(look, known.said)):
        what, mend = found
        yield what, known.since, mend
    elif known.outcome in serving.A_PERSONS:
        said = known.said or known.outcome
        does = "does not let us in" if known.outcome == asked.LOGIN else "is not there"
        yield f"{name} {does}: {said}", known.since, f"git fetch {name}  (once that works, it goes on by itself)"
    elif known.outcome and look.at - known.since > _LASTS_SECONDS and look.offers:
        yield (
            f"{name} is {serving.state_words(known)}, and {len(look.offers)} wait for it: {known.said}",
            known.since,
            f"git ls-remote {name} {shlex.quote(look.trunk)}  (it is asked again by itself)",
        )


def _asking(look: Look, name: str, known: Notes) -> Iterator[tuple[str, float, str]]:
    """A hook that takes its time is let have it; one that hangs is to be known before its time is up."""
    if known.hook_first and look.at - known.hook_at > _LASTS_SECONDS and server.hook_runs(look.project):
        waits = "one waits" if len(look.offers) == 1 else f"{len(look.offers)} wait"
        what = f"the pre-push hook here runs since {screen.moment(known.hook_at)}, and {waits} for it"
        yield what, known.hook_at, f"git push --dry-run {name} HEAD:refs/heads/try  (tries it; it ends by itself)"


def _refused(look: Look, name: str) -> Iterator[tuple[str, float, str]]:
    held = plan(look).held
    found = serving.hindrance(look, held.commits) if held else None
    if found and found.outcome == asked.PROTECTED:
        file = team.shown(look.project)
        yield (
            f"{name} takes no push to {look.trunk}: {found.said}",
            found.since,
            f"${{EDITOR:-vi}} {file}  (`land: pr` below `remote:` offers work as pull requests)",
        )
        return
    refused = [(held.label, found)] if held and found else []
    for offer in look.offers:
        if serving.is_suspect(look, offer.commit) and (alone := overview.waits_for_server(look, offer)):
            refused.append((offer.label, alone))
    for label, found in refused:
        if found.outcome == asked.REFUSED:
            yield (
                f"{label} passed, but {name} does not take it: {found.said}",
                found.since,
                "batty-hooks remote  (once that is mended: it is tried again; `batty-hooks reject` sends it back)",
            )
