"""What is red for the first time at the forge is asked for once more before anybody is charged: which checks, and what
is known of that.

It is written down before the forge is asked (`asking`), and then what it has answered. To one who was killed in
between, or had no answer, the forge itself shows what it did: a check that stands as it was is asked for again, one
that does not has begun.
"""

from __future__ import annotations

from batty_hooks.state.pulls import Pull
from batty_hooks.system import forge
from batty_hooks.system.forge import Check
from batty_hooks.system.records import replace

_BEGINS = 600.0  # seconds within which the forge begins what it was asked to run once more


def has_failed(pull: Pull) -> bool:
    """Whether any check is red, and none is going on any more that could say more."""
    states = [check.state for check in pull.checks]
    return forge.RED in states and forge.RUNNING not in states


def unsure(pull: Pull) -> list[Check]:
    """What has failed once, and is to be asked for once more before anybody is charged; nothing while any goes on."""
    known = {check.name: check.link for check in pull.again}
    again = {name for name in known if not pull.asks or known[name] != _shown(pull).get(name)}
    return [check for check in pull.checks
            if check.state == forge.RED and check.name not in again and forge.runs_again(check.link)
            and has_failed(pull)]  # fmt: skip


def _shown(pull: Pull) -> dict[str, str]:
    return {check.name: check.link for check in pull.checks if check.state == forge.RED}


def is_awaited(pull: Pull) -> bool:
    """Whether the forge still shows the run that was, of a check that it was asked to run once more."""
    before = {check.link for check in pull.again if check.link}
    return any(check.state == forge.RED and check.link in before for check in pull.checks)


def is_sure(pull: Pull) -> bool:
    """Whether any check has failed for sure, and none is going on any more that could say more."""
    return has_failed(pull) and not unsure(pull) and not is_awaited(pull)


def asking(pull: Pull, at: float) -> Pull:
    """What to note before the forge is asked, ``at`` that time (seconds since the epoch): what came of it is not known
    yet."""
    red = unsure(pull)
    if pull.asks and set(red) <= set(pull.again):
        return pull
    more = {check.name: check for check in (*pull.again, *red)}
    return replace(pull, again=tuple(more.values()), again_at=at, asks=True)


def asked(pull: Pull, answer: forge.Answer, at: float) -> Pull:
    """What is known once the forge was asked to run what is `unsure` once more: where it does not do that, it counts;
    where it did not answer, nothing is known, and it is asked again."""
    now = asking(pull, at)
    if answer.outcome == forge.UNREACHABLE:
        return now
    refused = {check.name for check in unsure(pull)} if answer.outcome != forge.ACCEPTED else ()
    again = (replace(check, link="") if check.name in refused else check for check in now.again)
    return replace(now, again=tuple(again), again_at=at, asks=False)


def kept(pull: Pull, at: float) -> tuple[Check, ...]:
    """What was asked for, ``at`` that time (seconds since the epoch), of the same head: what the forge took upon itself
    to run once more, and does not begin, counts as it is; so does what it does not answer to."""
    late = abs(at - pull.again_at) > _BEGINS
    return tuple(replace(check, link="") for check in pull.again) if late else pull.again
