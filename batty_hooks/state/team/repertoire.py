"""What a member can type, by what it is: each command with what it does, and no command that would be refused."""

from __future__ import annotations

from collections.abc import Iterator

from batty_hooks.state.team.model import ARCHITECT, ENGINEER, MANAGER, MANUAL, REVIEWER, Member, Team
from batty_hooks.system.records import dataclass

_EVERYBODY = (
    ("batty-hooks inbox", "list your unread messages"),
    ("batty-hooks read", "read the oldest unread message"),
    ('batty-hooks send WHO "TEXT"', "write to somebody: {writes}"),
    ('batty-hooks ask "QUESTION"', "ask {boss}; go on with what does not depend on the answer"),
    ("batty-hooks board", "see the board"),
    ("batty-hooks task show CARD", "see one card whole"),
)
_PLANNERS = (
    ("batty-hooks status", "see who works on what, what waits, and what needs somebody"),
    ("batty-hooks plan FILE", "put a plan on the board, all its cards at once (`-`: from stdin)"),
    ('batty-hooks task add "TITLE" --depends CARD --body -', "one more card at the end of TODO, its body from stdin"),
    ("batty-hooks task depend CARD OTHER", "let CARD wait until OTHER has landed"),
    ('batty-hooks task hold CARD "WHY"', "let nobody begin it for now"),
    ("batty-hooks task unhold CARD", "let it be begun"),
    ('batty-hooks task unblock CARD "WORDS"', "let a blocked card go on; whoever has it is told your words"),
    ("batty-hooks log --card CARD", "see what has happened to a card"),
    ('batty-hooks lesson "TEXT"', "one line that every brief carries from now on"),
)
_DISPATCHERS = (
    ("batty-hooks assign WHO CARD", "give a card to an engineer ({engineers})"),
    ("batty-hooks task release CARD", "take a card back, so that another engineer gets it"),
    ("batty-hooks show CARD", "see what a card would land, or has landed: its commits, its verdict, the diff"),
)
_APPROVERS = (
    ("batty-hooks merge CARD", "let a card land that waits for your review (--approve: its protected paths too)"),
    ('batty-hooks reject CARD "WHY"', "send it back to its engineer with the reason; it costs no retry"),
)
_REVIEWERS = (
    ("batty-hooks show CARD", "see what a card would land: its commits, its verdict, the whole diff"),
    ("batty-hooks merge --commit COMMIT CARD", "let it land, if it is still the commit you looked at"),
    ('batty-hooks reject CARD "WHY"', "send it back to its engineer: what to change, with file and line"),
)
_ARCHITECTS = (_DISPATCHERS[-1],)
_ENGINEERS = (
    ("batty-hooks done", "report your card: its branch is tested and, if that passes, lands by itself"),
    ('batty-hooks blocked "WHY"', "say that you cannot go on, and what you need; {boss} is told"),
)


@dataclass(frozen=True)
class Abilities:
    """What a member is able to do: ``shell`` whether its model types commands, ``leads`` whether engineers report to it
    and ``managers`` whether managers do, ``review`` whether what passed waits for a word, ``manual`` whether cards are
    begun only by somebody's choice."""

    shell: bool
    leads: bool
    managers: bool
    review: bool
    manual: bool


def abilities(team: Team, member: Member, shell: bool) -> Abilities:
    """The abilities of a member of a team."""
    below = [other.role.role_type for other in team.members if other.boss == member.name]
    waits = team.merge_mode == "review" or bool(team.gate.protect or team.reviewers)
    return Abilities(shell, ENGINEER in below, MANAGER in below, waits, MANUAL in team.dispatch.values())


def commands(team: Team, member: Member, able: Abilities) -> Iterator[tuple[str, str]]:
    """Each command with what it does, what is used most first; none for a model that types none."""
    if not able.shell:
        return
    words = {
        "boss": member.boss,
        "writes": ", ".join(team.writes_to(member.name)) or "nobody",
        "engineers": ", ".join(other.name for other in team.engineers if other.boss == member.name) or "nobody",
    }
    for typed, what in _rows(member.role.role_type, able):
        yield typed, what.format(**words)


def _rows(kind: str, able: Abilities) -> Iterator[tuple[str, str]]:
    if kind == ENGINEER:
        yield from _ENGINEERS
    if kind == REVIEWER:
        yield from _REVIEWERS
    if kind in (ARCHITECT, MANAGER):
        yield from _PLANNERS
    if able.leads:
        yield from _DISPATCHERS
        yield from _APPROVERS if able.review else ()
    elif kind == ARCHITECT:
        yield from _ARCHITECTS
    yield from _EVERYBODY
