"""Questions to all cards of a board: which one is meant, what is wrong, who waits for himself."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from batty_hooks.errors import USAGE, FatalError
from batty_hooks.state.board import fields
from batty_hooks.state.board.card import Card
from batty_hooks.state.board.lanes import DONE, PROGRESS


def find(cards: Sequence[Card], word: str) -> Card:
    """The card of that id, title or beginning of a title. Raises FatalError when it is none or several."""
    wanted = " ".join(word.split()).casefold()
    id = wanted.removeprefix("^")
    titles = [card.title.casefold() for card in cards]
    for found in (
        [card for card in cards if card.id and card.id.casefold() == id][:1],
        [card for card, title in zip(cards, titles, strict=True) if title == wanted],
        [card for card, title in zip(cards, titles, strict=True) if wanted and title.startswith(wanted)],
    ):
        if len(found) == 1:
            return found[0]
        if found:
            raise _several(word, found)
    raise FatalError(f"there is no card “{word}” on the board", _nearest_mend(cards, wanted, id), USAGE)


def named(cards: Sequence[Card], words: Sequence[str], plan: str = "") -> tuple[list[Card], Sequence[str]]:
    """The cards that ``words`` begin with, by id (the first by title too) and the words behind them; of a ``plan``, its
    cards that nobody has begun. Raises FatalError when there is none."""
    if plan:
        of_plan = [card for card in cards if card.mark(fields.PLAN).casefold() == plan.casefold()]
        found = [card for card in of_plan if card.lane not in (PROGRESS, DONE)]
        if not found:
            plans = dict.fromkeys(card.mark(fields.PLAN) for card in cards if card.mark(fields.PLAN))
            mend = f"the plans on the board: {', '.join(plans)}" if plans else "no card on the board has a `[plan:: …]`"
            raise FatalError(f"no card of the plan “{plan}” waits to be begun", mend, USAGE)
        return found, words
    if not words:
        raise FatalError("no card is named", "name cards by their ids, or all of a plan: --plan NAME", USAGE)
    ids = {card.id.casefold(): card for card in cards if card.id}
    count = next((at for at, word in enumerate(words) if word.removeprefix("^").casefold() not in ids), len(words))
    if not count:
        return [find(cards, words[0])], words[1:]
    return [ids[word.removeprefix("^").casefold()] for word in dict.fromkeys(words[:count])], words[count:]


def _several(word: str, found: list[Card]) -> FatalError:
    names = ", ".join(f"{card.id or 'line ' + str(card.line)} “{card.title}”" for card in found[:4])
    return FatalError(f"“{word}” could be {len(found)} cards: {names}", "name it by its id or more of its title", USAGE)


def _nearest_mend(cards: Sequence[Card], wanted: str, id: str) -> str:
    import difflib

    words = {card.title.casefold(): card.title for card in cards} | {
        card.id.casefold(): card.id for card in cards if card.id
    }
    near = difflib.get_close_matches(wanted, words, 1) or difflib.get_close_matches(id, words, 1)
    if near:
        return f"did you mean “{words[near[0]]}”?"
    return "`batty-hooks board` lists the cards, `batty-hooks task add` makes one"


def nearest_lane(word: str, names: Sequence[str]) -> str:
    """Raises FatalError for a lane that is not there, naming the nearest one."""
    import difflib

    near = difflib.get_close_matches(word.casefold(), names, 1)
    hint = f"did you mean “{near[0]}”?" if near else f"the board has: {', '.join(names)}"
    raise FatalError(f"there is no lane “{word}” on the board", hint, USAGE)


def problems(cards: Sequence[Card], faults: Sequence[tuple[int, str]], landed: Collection[str] = ()) -> list[str]:
    """What is wrong, in the order of the lines; cards that have ``landed`` need not be on the board any more."""
    found = [(line + 1, fault) for line, fault in faults]
    first: dict[str, int] = {}
    for card in cards:
        if card.id and first.setdefault(card.id, card.line) != card.line:
            found.append((card.line, f"the id ^{card.id} is given already in line {first[card.id]}"))
    found += of_dependencies(cards, landed)
    return [f"line {line}: {fault}" for line, fault in sorted(found)]


def of_dependencies(cards: Sequence[Card], landed: Collection[str] = ()) -> list[tuple[int, str]]:
    """(line, what is wrong) of dependencies that never come true: on cards that are nowhere, and in circles."""
    known = {card.id for card in cards}
    waiting = [card for card in cards if card.depends and card.lane != DONE]
    found = [
        (card.line, f"“{card.title}” depends on ^{id}, which is not on the board")
        for card in waiting
        for id in card.depends
        if id not in known and id not in landed
    ]
    needs = _needs(cards)
    stuck = _stuck(needs)
    for card in waiting:
        way = _way(needs, card.id) if card.id in stuck else []
        if way:
            found.append((card.line, f"^{card.id} waits for itself: {' → '.join(way)}"))
    return found


def circle(cards: Sequence[Card]) -> set[str]:
    """The ids of cards that wait for themselves; a card that is done waits for nothing."""
    needs = _needs(cards)
    return {id for id in _stuck(needs) if _way(needs, id)}


def _needs(cards: Sequence[Card]) -> dict[str, list[str]]:
    ids = {card.id for card in cards if card.id and card.lane != DONE}
    return {card.id: [id for id in card.depends if id in ids] for card in cards if card.id in ids and card.depends}


def _stuck(needs: dict[str, list[str]]) -> set[str]:
    """Cards that no order of work would ever reach (Kahn's algorithm)."""
    left = {id: len(below) for id, below in needs.items()}
    above: dict[str, list[str]] = {}
    for id, below in needs.items():
        for needed in below:
            above.setdefault(needed, []).append(id)
    free = [id for id in above if id not in left] + [id for id, count in left.items() if not count]
    while free:
        for id in above.get(free.pop(), ()):
            left[id] -= 1
            if not left[id]:
                free.append(id)
    return {id for id, count in left.items() if count}


def _way(needs: dict[str, list[str]], start: str) -> list[str]:
    """A way from a card back to itself, or nothing."""
    came: dict[str, str] = {}
    todo = [start]
    while todo:
        here = todo.pop()
        for id in needs.get(here, ()):
            if id == start:
                way = [here]
                while way[-1] != start:
                    way.append(came[way[-1]])
                return [*reversed(way), start]
            if id not in came:
                came[id] = here
                todo.append(id)
    return []
