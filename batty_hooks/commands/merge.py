"""batty-hooks merge: test and land cards or plain branches."""

from __future__ import annotations

import time
from pathlib import Path

import click

from batty_hooks.errors import TRY_AGAIN, YOUR_TURN, FatalError
from batty_hooks.moves import offer, overview, runner
from batty_hooks.moves.base import Look, outfitting, standing
from batty_hooks.state import members, queue, trunk, verdicts
from batty_hooks.state import project as project_map
from batty_hooks.state.project import Project
from batty_hooks.state.queue import Offer
from batty_hooks.system import screen
from batty_hooks.system.git import refs

_MOVES = ["gate", "handback", "land"]
_PAUSE_SECONDS = 0.1


@click.command()
@click.argument("what", nargs=-1, required=True, metavar="CARD|BRANCH...")
@click.option("--no-wait", is_flag=True, help="Only offer them; `batty-hooks status` shows how they fare.")
def command(what: tuple[str, ...], no_wait: bool) -> int:
    """Test each CARD or BRANCH, and land what passes.

    What is tested is the merge with the trunk. The exit code is 0 when all have landed.
    """
    project = project_map.here()
    offers = [_offer(Look(project), word) for word in what]
    if no_wait:
        for waiting in offers:
            click.echo(f"{waiting.label} is offered at {waiting.commit[:10]}")
        runner.wake(project)
        return 0
    return max([_await(project, waiting) for waiting in offers])


def _offer(look: Look, word: str) -> Offer:
    """Offer a card's or a branch's commit; what waits in review is approved by this."""
    card = look.board.card(word.lstrip("^")) if look.project.board_file.exists() else None
    waiting = queue.get(look.project, card.id if card else queue.branch_key(word))
    commit: str | None
    if card and waiting:
        branch, commit, member = waiting.branch, waiting.commit, waiting.member
    elif card:
        owner = card.owner or look.team.human
        found = offer.branch_of(look, owner, card.id)
        branch, commit, member = found, refs.branch_tip(look.project.root, found), owner
    else:
        branch, commit, member = word, refs.branch_tip(look.project.root, word), ""
    if not commit:
        raise FatalError(f"there is no branch or card {word!r}", "`git branch` and `batty-hooks board` list them")
    report = members.Report(member, card.id if card else "", branch, commit, "done", time.time())
    lacking = offer.missing(look, report)
    if lacking and not (trunk.contains(look.project, look.tip, commit) and waiting):
        raise FatalError(lacking, "then merge it again")
    return offer.make_offer(look, report, approved=commit)


def _await(project: Project, waiting: Offer) -> int:
    """Make the moves that bring an offer to its end, and say how it ended."""
    troubles: list[FatalError] = []
    engine = runner.Runner(project, _MOVES, lambda item, error: troubles.append(error))
    shown = ""
    while queue.get(project, waiting.key) is not None:
        engine.once()
        look = Look(project)
        now = queue.get(project, waiting.key)
        if now is None:
            break
        word = overview.stage(look, now)
        if troubles:
            raise troubles[0]
        if word != shown and screen.is_terminal():
            screen.line(f"{waiting.label}: {word}", "dim")
        shown = word
        _stop_if_stuck(look, now, word)
        time.sleep(_PAUSE_SECONDS)
    return _outcome(Look(project), waiting)


def _stop_if_stuck(look: Look, waiting: Offer, word: str) -> None:
    """Leave it in the queue when only a person can bring it on."""
    if not look.team.gate.command:
        raise FatalError("no test command is set", "set gate.command in .batty/team_config/team.yaml")
    if look.paused:
        raise FatalError(f"{waiting.label} is queued, and batty-hooks is paused", "batty-hooks resume", TRY_AGAIN)
    if word.startswith("passed, held by"):
        raise FatalError(
            f"{waiting.label} passed and waits: {word[len('passed, held by ') :]}",
            "commit, put away or finish that; it lands by itself with the next step",
        )
    if word == "passed" and (said := overview.refused(look, waiting)):
        raise FatalError(f"{waiting.label} passed, but git refused to land it: {said}", "mend that and merge it again",
                         TRY_AGAIN)  # fmt: skip
    if word == "red, as the trunk itself is":
        raise FatalError(
            f"{waiting.label} is red, and so is {look.trunk} itself: {_why_trunk(look)}",
            f"mend {look.trunk} (or `batty-hooks gate --again {look.trunk}`); what waits is tested again by itself",
        )
    if word == "test command broken":
        why = outfitting.why_broken(look, standing(look, waiting).verdict)
        raise FatalError(why, f"mend it, then: batty-hooks gate {waiting.key}")


def _why_trunk(look: Look) -> str:
    itself = look.verdict(look.itself)
    return f"{itself.first or itself.result}; log: {itself.log}" if itself else ""


def _outcome(look: Look, waiting: Offer) -> int:
    if trunk.contains(look.project, look.tip, waiting.commit):
        landed = trunk.landing_of(look.project, look.tip, waiting.commit) or waiting.commit
        screen.line(f"{waiting.label} has landed on {look.trunk} as {landed[:10]}", "green")
        return 0
    back = queue.attempts(look.project, waiting.key)
    kind = back[-1].kind if back else "withdrawn"
    screen.line(f"{waiting.label} did not land: {kind}", "red")
    candidate = look.candidate(waiting.commit)
    if candidate.conflicts:
        click.echo(f"in conflict with {look.trunk}: {', '.join(candidate.conflicts)}")
    test = overview.last_test(look, waiting.label, waiting.commit)
    if kind in ("failed", "together") and test:
        click.echo("\n".join([f"log: {test['log']}", "", *verdicts.lines_of(Path(test["log"]))]))
    return YOUR_TURN
