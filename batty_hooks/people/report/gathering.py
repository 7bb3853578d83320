"""All that a report is made of, read from the files: the timeline, what needs a person, the words of each card.

The events say what happened; what they do not say comes from the board and its old versions: titles, which card waits
for which, and since when a card was there that nobody had yet. Only the versions that are kept tell that, so a card
that is in the oldest of them has no known beginning (unless it is the first version there ever was).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import Any, NamedTuple

from batty_hooks.errors import FatalError
from batty_hooks.people import needs
from batty_hooks.people.needs import Need
from batty_hooks.rules import questions, timeline
from batty_hooks.rules.look import Look
from batty_hooks.rules.timeline import Facts, Figures, Timeline
from batty_hooks.state import events, inbox, slots
from batty_hooks.state.board import history
from batty_hooks.state.board.text import Card
from batty_hooks.state.inbox import Message
from batty_hooks.state.project import Project
from batty_hooks.system import late
from batty_hooks.system.git import config
from batty_hooks.vocabulary import happened

_FIRST_VERSION = 1
_AT_STOP = 10_000  # events: five days of seven agents, and half a second of work
_OF_QUESTIONS = (happened.ASKED, happened.ANSWERED, happened.SENT, happened.LANDED, happened.RELEASED)
_REMOTE = late.pattern(
    r"(?:https?://(?:[^@/]*@)?|ssh://(?:[^@/]*@)?|[\w.-]+@)([\w.-]+)(?::\d+(?=/))?[:/](.+?)(?:\.git)?/?"
)
_WORD = late.pattern(r"[\w.~/+-]+")


class Report(NamedTuple):
    """``commits`` is the address before a commit's id, "" where the remote's is not known; ``messages`` are of each
    card, oldest first; ``bodies`` are the cards' specifications."""

    name: str
    trunk: str
    tip: str
    is_paused: bool
    human: str
    commits: str
    needs: tuple[Need, ...]
    timeline: Timeline
    messages: dict[str, tuple[Message, ...]]
    bodies: dict[str, str]
    logs: str


def gather(project: Project, since: float = 0.0, with_words: bool = True) -> Report:
    """Everything of a time, from ``since`` (seconds since the epoch; 0: all that is kept) to now."""
    look = Look(project)
    told = list(events.read(project))
    found = timeline.read(told, facts(look, told, since))
    messages = _messages(project, found.begin) if with_words else {}
    bodies = {_key(card): card.body for card in look.cards} if with_words else {}
    return Report(
        look.team.name, look.trunk, look.tip, look.paused, look.team.human, commit_page(project),
        tuple(needs.of(look)), found, messages, bodies, str(project.logs),
    )  # fmt: skip


def since_start(project: Project) -> tuple[Figures, bool]:
    """The figures of the time since the team was started last, and whether it is that: of a team that has been at it
    for weeks it is the time of the last so many events."""
    newest: list[dict[str, Any]] = []
    for event in events.newest(project):
        newest.append(event)
        if event["event"] == happened.TEAM_STARTED or len(newest) == _AT_STOP:
            break
    is_all = len(newest) < _AT_STOP
    since = events.seconds(str(newest[-1].get("ts", ""))) if newest else 0.0
    look = Look(project)
    told = [*_before(look, newest), *reversed(newest)]
    return timeline.read(told, facts(look, told, since)).figures, is_all


def _before(look: Look, newest: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """What was before those events and says something of what they are about: the earlier days of their cards and of
    those that are not done, and what was asked."""
    cards = {str(event["card"]) for event in newest if event.get("card")}
    cards |= {card.id for card in look.cards if card.id and card.lane != "done"}
    first = int(newest[-1].get("seq", 0)) if newest else 0
    earlier = events.read(look.project, cards.union(_OF_QUESTIONS)) if first > 1 else iter(())
    return takewhile(lambda event: int(event.get("seq", 0)) < first, earlier)


def facts(look: Look, told: Iterable[dict[str, Any]], since: float = 0.0) -> Facts:
    """What the events do not say."""
    cards = look.cards
    running = slots.running(look.project)
    known = {str(event.get("card")) for event in told}
    begun = [card for card in cards if card.lane in ("todo", "in progress") or card.id in known]
    return Facts(
        look.at, since, look.team.human, tuple(member.name for member in look.team.members),
        {_key(card): card.title for card in cards}, _added(look, begun),
        {card.id: card.depends for card in cards if card.id and card.depends},
        frozenset(_key(card) for card in cards if card.lane != "done") if look.has_board else None,
        frozenset(one.id for one in questions.open_ones(look)),
        tuple((0, run.label, run.since) for run in running),
    )  # fmt: skip


def _key(card: Card) -> str:
    """A card that nobody has claimed may have no id yet: its title names it."""
    return card.id or card.title


def _added(look: Look, cards: Iterable[Card]) -> dict[str, float]:
    """When each card is first seen in the versions of the board that are kept."""
    wanted = {_key(card): card for card in cards}
    found: dict[str, float] = {}
    versions = history.versions(look.project)
    for place, version in enumerate(versions):
        raw = history.read(version) if len(found) < len(wanted) else None
        if raw is None:
            continue
        text, at = raw.decode("utf-8", "replace"), look.at - history.age(version)
        for key, card in wanted.items():
            if key not in found and (card.title in text or f"^{card.id}" in text.split()):
                found[key] = at if place or version.number == _FIRST_VERSION else 0.0
    return {key: at for key in wanted if (at := found.get(key, look.at))}  # (in no version: it has just been saved)


def _messages(project: Project, since: float) -> dict[str, tuple[Message, ...]]:
    found: dict[str, list[Message]] = {}
    for name in inbox.members(project):
        for message in inbox.listed(project, name, since=since):
            if message.card:
                found.setdefault(message.card, []).append(message)
    return {card: tuple(sorted(those, key=lambda one: events.seconds(one.date))) for card, those in found.items()}


def commit_page(project: Project) -> str:
    """The address of a page of the remote's to which a commit's id is added; "" where it has none that is known."""
    try:
        url = config.get(project.root, "remote.origin.url") or ""
    except FatalError:
        return ""
    found = _REMOTE.fullmatch(url.strip())
    if not found or "." not in found[1] or not _WORD.fullmatch(found[2]) or ".." in found[2]:
        return ""
    return f"https://{found[1]}/{found[2]}/{'commits' if found[1] == 'bitbucket.org' else 'commit'}/"
