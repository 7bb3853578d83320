"""Words on a board that nearly mean something: the line and the nearest right word. What is far from all of them is
people's own."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from batty_hooks.state.board import card_line, fields, lanes
from batty_hooks.state.board.card_line import Head
from batty_hooks.state.board.outline import Lane
from batty_hooks.system import late

_LONG = [key for key in fields.KEYS if len(key) > 3]  # a word of three letters is near too many others
_OTHERS = ("dependson",)  # fields that other tools give a meaning
_PRIORITIES = ("highest", "high", "medium", "normal", "low", "lowest", "none")
_NEAR, _NEAR_NAME = 0.81, 0.75
_MOST_MORE = 2  # letters a lane's title may be longer or shorter than the name it misses
_ONE_COLON = late.pattern(rf"\[({'|'.join(fields.KEYS)})[ \t]*:(?!:)[^\]]*\](?!\()", re.IGNORECASE)
_WHO = late.pattern(r"(?:[(\uff08]@?([\w.-]+(?: [\w.-]+)?)[)\uff09]|(?<!\S)@([\w.-]+))$")
_SEVERAL = late.pattern(r"\(@?([\w.-]+(?:\s*(?:,|&|\+|/|\s(?:and|or)\s)\s*@?[\w.-]+)+)\)$")
_AMID = late.pattern(r"(?<!\S)\(@?([\w.\\-]+)\)(?=\s+\S)")


def of_lanes(found: Sequence[Lane], titles: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """(line index, what is wrong) of lanes that mean the same, or that miss a name by a letter or two."""
    first: dict[str, int] = {}
    for lane in found:
        if lane.name in (lanes.TODO, lanes.PROGRESS, lanes.DONE):
            before = first.setdefault(lane.name, lane.start)
            if before != lane.start:
                yield lane.start, f"“{lane.title}” is {lane.name.upper()} once more, as in line {before + 1}"
        elif meant := lanes.nearest(lane.title, titles, _NEAR, _MOST_MORE):
            yield lane.start, f"“{lane.title}” is no lane that is known: did you mean “{meant}”?"


def of_card(line: str, members: frozenset[str], roles: Collection[str] = ()) -> Iterator[str]:
    """What is wrong in a card's first line; the name of one of ``roles`` may stand for any of that role."""
    parts = card_line.parse(line, members)
    if parts.text.startswith(("[]", "[x]", "[X]", "[ ]")) and not parts.box and not parts.text[3:].startswith("("):
        yield "a box is `[ ]` or `[x]`, with a blank behind it"
    yield from _fields(parts, members)
    who = None if parts.owner else _WHO.search(parts.title)
    word = (who[1] or who[2]) if who else ""
    if word and word.casefold() not in roles and (near := _nearest(word, members, _NEAR_NAME)):
        yield f"nobody is called “{word}”: did you mean “{near}”?"
    several = None if parts.owner else _SEVERAL.search(parts.title)
    if several and {*re.findall(r"[\w.-]+", several[1].casefold())} & {member.casefold() for member in members}:
        yield f"“{several[1]}” are several: a card has one owner"
    for match in _ONE_COLON.finditer(parts.text):
        yield f"“{card_line.clean(match[0])}” has one colon: write `[{match[1].lower()}:: …]`"


def on_board(line: str, members: frozenset[str], roles: Collection[str] = ()) -> Iterator[str]:
    """What is wrong in a card's first line, and an owner where it is a word of the title, in front or amid: a formatter
    may have put the text from below behind it."""
    yield from of_card(line, members, roles)
    parts = card_line.parse(line, members)
    names = {member.casefold() for member in members}
    for found in _AMID.finditer("" if parts.owner else parts.title):
        if found[1].replace("\\", "").casefold() in names:
            yield f"{found[0]} is a word of the title here: at the end of the line it would be the owner"
            return


def _fields(parts: Head, members: frozenset[str]) -> Iterator[str]:
    for token in parts.tokens:
        if token.kind == "unknown-owner":
            near = _nearest(_value(parts, token), members, _NEAR_NAME)
            hint = f"did you mean “{near}”?" if near else f"there are {', '.join(sorted(members))}"
            yield f"nobody is called “{_value(parts, token)}”: {hint}"
        elif token.kind == "priority" and token.value.lower() not in _PRIORITIES:
            near = _nearest(token.value, _PRIORITIES, _NEAR_NAME - 0.05)
            hint = f"did you mean “{near}”?" if near else "it can be high or low"
            yield f"priority cannot be “{card_line.clean(token.value)}”: {hint}"
        elif token.kind not in (*fields.KEYS, *_OTHERS, "id", "after"):
            meant = fields.ALSO.get(token.kind) or _nearest(token.kind, _LONG, _NEAR)
            if meant:
                yield f"`[{token.kind}::` means nothing here: did you mean `[{meant}::`?"


def _value(parts: Head, token: card_line.Token) -> str:
    return card_line.clean(parts.text[token.start : token.end].partition("::")[2].strip(" \t[]()\\@"))


def _nearest(word: str, known: Collection[str], cutoff: float) -> str:
    import difflib

    names = {name.casefold(): name for name in known}
    near = [name for name in names if name.startswith(f"{word.casefold()}-")]  # engineer-1 of manager-1 is engineer-1-1
    near = near or difflib.get_close_matches(word.casefold(), names, 1, cutoff)
    return names[near[0]] if near else ""
