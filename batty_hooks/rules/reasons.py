"""Why an offer goes back, in words: broken alone, red together with what has landed, or in conflict with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from shlex import quote

from batty_hooks.rules import pulls as offered
from batty_hooks.rules.advice import how_to_report, trunk_to_merge, types_commands, without_commands
from batty_hooks.rules.look import Look
from batty_hooks.rules.standing import CHECKED, CONFLICT, FAILED, Standing
from batty_hooks.state import pulls, trunk, verdicts
from batty_hooks.state.queue import Offer
from batty_hooks.state.trunk import Candidate
from batty_hooks.state.verdicts import Verdict
from batty_hooks.system import forge, screen
from batty_hooks.system.records import dataclass

TOGETHER = "together"  # green alone, red with what has landed since
DEEPEN = "git fetch --unshallow"
_FEW = 3
_TYPED = 5


@dataclass(frozen=True)
class Reason:
    """``kind`` is what is counted (failed, together, conflict; or withdrawn), ``gist`` a line, ``text`` the message,
    ``mend`` what is to be done about it."""

    kind: str
    gist: str
    text: str = ""
    mend: str = ""


@dataclass(frozen=True)
class _Partners:
    """Where it passed alone, and what has landed since that it fails together with."""

    base: str
    names: tuple[str, ...]


def shallow(look: Look, offer: Offer) -> str:
    """Why an offer cannot be merged in a clone without the history that it needs."""
    return f"{offer.label} cannot be merged: this clone is shallow, and where it left {look.trunk} is not in it"


def reason(look: Look, offer: Offer, now: Standing) -> Reason:
    """Why ``offer`` goes back, standing where it does."""
    if now.row == CONFLICT and now.candidate:
        paths = ", ".join(map(screen.path, now.candidate.conflicts))
        return Reason(
            CONFLICT, f"conflict in {paths}", _conflict(look, offer, now.candidate),
            _resolve(look, offer, now.candidate),
        )  # fmt: skip
    if now.row == CHECKED and (pull := pulls.get(look.project, offer.key)):
        gist = f"red on the server: {', '.join(offered.red_ones(pull))}"
        return Reason(FAILED, gist, _checks(look, offer, pull), _mend(look, offer))
    if now.row != FAILED or not now.verdict:
        return Reason(now.row, now.row)
    partners = _partners(look, offer, now.verdict)
    gist = verdicts.why(now.verdict)
    if partners:
        gist = f"fails together with {_listed(partners.names)}: {gist}"
    return Reason(TOGETHER if partners else FAILED, gist, _failure(look, offer, now.verdict, partners),
                  _mend(look, offer))  # fmt: skip


def _failure(look: Look, offer: Offer, verdict: Verdict, partners: _Partners | None) -> str:
    alone = ""
    if partners:
        alone = f"It passed on {look.trunk} at {partners.base[:10]}: it fails together with {_listed(partners.names)}\n"
    return (
        f"{offer.label} ({offer.title}) failed its test, attempt {offer.attempt}, merged with {look.trunk} at "
        f"{verdict.base[:10]}.\n{alone}\n"
        f"command: {verdict.command}\nresult:  {verdict.result}, exit {verdict.exit}, {verdict.seconds:.1f} s\n"
        f"log:     {verdict.log}\n\n"
        f"The last {verdicts.TAIL_LINES} lines:\n\n" + "\n".join(verdicts.tail(verdict)) + "\n"
    )


def _checks(look: Look, offer: Offer, pull: pulls.Pull) -> str:
    red = "".join(f"  {check.name}  {check.link}\n" for check in pull.checks if check.state == forge.RED)
    log = "\n".join(pull.log) if pull.log else "(the server has none of it)"
    return (
        f"{offer.label} ({offer.title}) passed its test here, attempt {offer.attempt}, but checks of the server "
        "failed.\n\n"
        f"{offered.name_of(pull)}: {pull.url}\nfailed:\n{red}\nThe last {offered.LOG_LINES} lines:\n\n{log}\n"
    )


def _mend(look: Look, offer: Offer) -> str:
    if not types_commands(look, offer.member):
        return f"Mend its cause. {without_commands('When it is mended')}"
    return (
        f"To see what was tested: git merge {trunk_to_merge(look)}\n"
        f"Mend it on {offer.branch}, commit, and report again:\n"
        f"    {how_to_report(look, offer)}\n"
    )


def _partners(look: Look, offer: Offer, verdict: Verdict) -> _Partners | None:
    """When the same commit passed on an older trunk: what has landed since, for one of those is the other half."""
    for base in trunk.bases(look.project, look.tip, offer.commit)[1:]:
        earlier = look.verdict(look.candidate_on(base, offer.commit))
        if earlier and earlier.passed:
            since = trunk.landings(look.project, base, look.tip)
            spoken = verdicts.spoken_of(Path(verdict.log)) if len(since) > 1 else {}
            named = [
                pair for pair in since if spoken and verdicts.among(spoken, trunk.landed_paths(look.project, pair[0]))
            ] or since  # fmt: skip
            return _Partners(base, tuple(_name(look, oid, subject) for oid, subject in named))
    return None


def _name(look: Look, oid: str, subject: str) -> str:
    facts = trunk.landing_facts(look.project, oid)
    if "card" not in facts and "branch" not in facts:
        return f"{oid[:10]} ({subject})"
    who = f" ({facts['member']})" if facts.get("member") else ""
    return f"{facts.get('card') or facts['branch']}{who}, landed at {oid[:10]}"


def _listed(names: tuple[str, ...]) -> str:
    if len(names) == 1:
        return names[0]
    return f"one of: {'; '.join(names[:_FEW])}{' …' if len(names) > _FEW else ''}"


def _conflict(look: Look, offer: Offer, candidate: Candidate) -> str:
    others = trunk.touched_by(look.project, offer.commit, candidate.base, candidate.conflicts)
    other = "".join(f"  {_name(look, oid, subject)}: {subject}\n" for oid, subject in others)
    return (
        f"{offer.label} ({offer.title}) cannot be merged with {look.trunk} at {candidate.base[:10]}.\n\n"
        f"In conflict:\n" + "".join(f"  {screen.path(path)}\n" for path in candidate.conflicts) + "\n"
        f"The other side landed with:\n{other or f'  (unknown){chr(10)}'}"
    )


def _resolve(look: Look, offer: Offer, candidate: Candidate) -> str:
    if not types_commands(look, offer.member):
        apart = "Change your part so that it leaves alone the lines that the other side has changed."
        return f"{apart}\n{without_commands('When that is done')}"
    return (
        f"Resolve it on {offer.branch}:\n    git merge {trunk_to_merge(look)}\n    (edit the files)\n"
        f"    git add {_typed(candidate.conflicts)}\n    git commit --no-edit\n"
        f"    {how_to_report(look, offer)}\n"
    )


def _typed(paths: Sequence[str]) -> str:
    """Paths as a shell takes them; where they are many, or one of them cannot be typed (a newline, bytes that are no
    text), what git takes for all of them."""
    can_be = len(paths) <= _TYPED and all(path.isprintable() for path in paths)
    words = ["--"] if any(path.startswith("-") for path in paths) else []
    return " ".join([*words, *map(quote, paths)]) if can_be else "--update"
