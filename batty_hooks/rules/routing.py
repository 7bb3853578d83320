"""Who may take a card: its owner; else those whom its role, its manager and its tags leave; without any mark, anybody.

What a card says outright (`[role:: backend]`, `[for:: manager-2]`) is binding, and a word there that means nobody is a
mistake that its planner is told of. A role's name in the place of an owner, `(backend)`, means any of that role. A tag
counts only where a role is called so: `#urgent` is somebody's own. A title that begins with "Frontend:" is the weakest
word of all: it is heard where nothing else names a role, and given up where it would leave nobody. A card without any
mark goes to anybody, also in a team whose roles differ: an engineer that idles helps nobody, and who wants it otherwise
says so on the card.

Pure: asked for a team and a card. Which of those who may take it gets it is decided in dispatching.py.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from batty_hooks.errors import USAGE, FatalError
from batty_hooks.state.board import fields
from batty_hooks.state.board.card import Card
from batty_hooks.state.team import Member, Team
from batty_hooks.state.team.model import MANAGER
from batty_hooks.system import late
from batty_hooks.system.records import dataclass

_PREFIX = late.pattern(r"\W*([A-Za-z][\w-]*)[ \t]*(?:\([^)]*\))?[ \t]*:(?=[ \t])")

_PLACE = late.pattern(r"(?:\(@?([\w.-]+)\)|(?<!\S)@([\w.-]+))$")


@dataclass(frozen=True)
class Route:
    """Who may take a card, in the order of the team; ``trouble`` says why nobody may, and ``mend`` what to do then."""

    members: tuple[str, ...] = ()
    trouble: str = ""
    mend: str = ""


def of(team: Team, card: Card) -> Route:
    """Who may take a card. Without engineers there is nobody, and nothing is wrong with that."""
    if not team.engineers:
        return Route()
    if card.owner:
        return taker(team, card.owner)
    fit, said = team.engineers, ""
    for words, taken in (_by_role(team, card), _by_lead(team, card), _by_place(team, card), _by_tags(team, card)):
        if isinstance(taken, Route):
            return taken
        if taken is None:
            continue
        names = [member.name for member in taken]
        left = tuple(member for member in fit if member.name in names)
        if not left:
            return Route((), f"{said} and {words} leave nobody who may take it", "take one of them off the card")
        fit, said = left, f"{said} and {words}" if said else words
    return Route(_names(_by_title(team, card, fit)))


def of_role(members: Iterable[Member], word: str) -> tuple[Member, ...]:
    """The members whose role is called ``word``, is of that type, or is called so with more behind it: "frontend" means
    the role `frontend-engineer` too, where none has that very name."""
    listed, wanted = tuple(members), word.casefold()
    exact = tuple(member for member in listed if wanted in (member.role.name.casefold(), member.role.role_type))
    return exact or tuple(member for member in listed if _stem(member.role.name) == wanted)


def below(team: Team, name: str) -> tuple[Member, ...]:
    """The engineers that a member leads, by way of others too; of a role's name, those that any of that role leads."""
    leads = {member.name for member in team.members if name in (member.name, member.role.name)}
    return tuple(member for member in team.engineers if leads.intersection(_above(team, member)))


def meant(team: Team, names: Collection[str], word: str) -> tuple[str, str]:
    """Whom a word of `--owner` means, and the field that says so: a role, a member that leads engineers, or ("" as the
    field) an owner. Raises FatalError when it is nobody, or somebody who takes no cards."""
    if word and word not in names and (of_role(team.engineers, word)):
        return word, fields.ROLE
    if word and word != team.human and below(team, word):
        return word, fields.FOR
    if not word or (word in names and not taker(team, word).trouble):
        return word, ""
    if word in names:
        found = taker(team, word)
        raise FatalError(found.trouble, found.mend, USAGE)
    known = [*_roles(team), *sorted(names)]
    raise FatalError(f"there is no member or role {word!r}", _one_of("there are", known, word), USAGE)


def own_engineers(team: Team, planner: str, card: Card) -> str:
    """The manager for whose engineers a card is meant that it plans itself and that names nobody: "" where that says
    nothing, as where it leads them all."""
    member = team.member(planner)
    if not member or member.role.role_type != MANAGER or of(team, card).members != _names(team.engineers):
        return ""
    led = below(team, planner)
    return planner if led and led != team.engineers else ""


def taker(team: Team, owner: str) -> Route:
    """Whether somebody takes cards: what a card with that owner is, whatever else stands on it."""
    if any(member.name == owner for member in team.engineers):
        return Route((owner,))
    member = team.member(owner)
    if member and (led := below(team, owner)):
        mend = f"give it to one of {', '.join(one.name for one in led)}, or let any of them: `[for:: {owner}]`"
        return Route((), f"{owner} takes no cards", mend)
    if member or owner == team.human:
        return Route((), f"{owner} takes no cards", "give it to an engineer, or take the name off it")
    return Route()  # (who has left the team is told of on a line of its own)


_Found = tuple[str, tuple[Member, ...] | Route | None]


def _by_role(team: Team, card: Card) -> _Found:
    value = card.mark(fields.ROLE)
    words, found = f"`[{fields.ROLE}:: {value}]`", list[Member]()
    for word in fields.words(value):
        meant = of_role(team.engineers, word)
        if not meant:
            is_role = bool(of_role(team.members, word))
            what = f"nobody of the role “{word}” takes cards" if is_role else f"there is no role “{word}”"
            return words, Route((), what, _one_of("the roles that take cards", _roles(team), "" if is_role else word))
        found += meant
    return words, tuple(found) or None


def _by_lead(team: Team, card: Card) -> _Found:
    value = card.mark(fields.FOR)
    words, found = f"`[{fields.FOR}:: {value}]`", list[Member]()
    for name in fields.words(value):
        themselves = tuple(member for member in team.engineers if member.name == name)
        led = themselves or below(team, name)
        if not led and name != team.human:
            is_there = any(name in (member.name, member.role.name) for member in team.members)
            what = f"{name} leads no engineers" if is_there else f"there is nobody called “{name}”"
            return words, Route((), what, _one_of("those who lead engineers", _leads(team), "" if is_there else name))
        found += led or team.engineers
    return words, tuple(found) or None


def _by_place(team: Team, card: Card) -> _Found:
    """A role's name where an owner's would stand: those of that role, or whom they lead. All else is words."""
    found = _PLACE.search(card.title)
    word = (found[1] or found[2]).casefold() if found else ""
    role = next((member.role.name for member in team.members if member.role.name.casefold() == word), "")
    meant = tuple(member for member in team.engineers if member.role.name == role) or below(team, role)
    return f"“{found[0]}”" if found else "", meant if role and meant else None


def _by_tags(team: Team, card: Card) -> _Found:
    """Several tags of roles are an "or": who writes both wants one who knows either."""
    meant = {tag: of_role(team.engineers, tag) or of_role(team.engineers, tag.partition("/")[0]) for tag in card.tags}
    words = " ".join(f"`#{tag}`" for tag, members in meant.items() if members)
    return words, tuple(member for members in meant.values() for member in members) or None


def _by_title(team: Team, card: Card, fit: tuple[Member, ...]) -> tuple[Member, ...]:
    """Those among ``fit`` whose role the title begins with, where no field or tag names one; else all of them."""
    begins = _PREFIX.match(card.title)
    if not begins or card.mark(fields.ROLE) or _by_tags(team, card)[1]:
        return fit
    return of_role(fit, begins[1]) or fit


def _names(members: Iterable[Member]) -> tuple[str, ...]:
    return tuple(member.name for member in members)


def _stem(name: str) -> str:
    return re.split(r"[-_]", name.casefold())[0]


def _above(team: Team, member: Member) -> set[str]:
    """Everybody above a member, its boss first, up to the human."""
    found: set[str] = set()
    boss = member.boss
    while boss not in found:
        found.add(boss)
        boss = team.boss(boss)
    return found


def _roles(team: Team) -> list[str]:
    return list(dict.fromkeys(member.role.name for member in team.engineers))


def _leads(team: Team) -> list[str]:
    return [member.name for member in team.members if below(team, member.name)]


def _one_of(what: str, names: list[str], word: str = "") -> str:
    import difflib

    near = difflib.get_close_matches(word, names, 1) if word else []
    return f"did you mean {near[0]!r}?" if near else f"{what}: {', '.join(names) or 'none'}"
