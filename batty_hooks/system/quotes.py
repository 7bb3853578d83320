"""What somebody has written himself in an answer by mail: what stands above the message that it quotes.

There is no rule for how a quote looks, so in doubt nothing is taken away: words between or below quoted lines are kept
with these, and so is a text that would be empty otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from batty_hooks.system import late

# "On 3 May 2026 at 10:15, engineer-1 wrote:", in any language: a date or an address, and a colon at its end.
_MOST_LINES = 3  # that an attribution is wrapped into
_DATED = late.pattern(r"\d.*:\s*$", re.DOTALL)
_WROTE = late.pattern(r"(?:@[\w.-]+|\bwrote)(?:\W+\w+){0,2}\W*:\s*$", re.DOTALL)
_LONGEST = 400  # characters of a line that says so; looking at long ones takes time that grows with their square
_RULE = late.pattern(r"\s*(?:-{2,}\s*\w[\w ]*-{2,}|_{10,})\s*$")  # "-----Original Message-----"
_HEADER = late.pattern(r"\s*\*?[A-Z][\w-]*:\*?\s+\S")
_FROM = late.pattern(r"\W*(?:From|Von|De|Da|Van|Från|Fra|Od|От|发件人|差出人)\W*[:：]", re.UNICODE)
_SIGNATURE = late.pattern(r"-- ?$")


def above(text: str) -> str:
    """The text without the message that it quotes at its end, and without a signature."""
    lines = text.splitlines()
    end = min(_quote(lines), _pasted(lines))
    own = _without_signature(lines[:end])
    return "\n".join(own).strip("\n") + "\n" if any(map(str.strip, own)) else text


def _without_signature(lines: list[str]) -> list[str]:
    at = next((number for number, line in enumerate(lines) if _SIGNATURE.fullmatch(line)), len(lines))
    return lines[:at]


def _quote(lines: Sequence[str]) -> int:
    """Where the quoted lines at the end begin, with what says whose words they are; behind the last line when the text
    does not end with any."""
    last = end = len(_without_signature(list(lines)))
    while last and (not lines[last - 1].strip() or lines[last - 1].startswith(">")):
        last -= 1
    if not any(line.startswith(">") for line in lines[last:end]):
        return len(lines)
    first = next(number for number in range(last, end) if lines[number].startswith(">"))
    return _attribution(lines, first, _DATED)


def _attribution(lines: Sequence[str], before: int, pattern: re.Pattern[str]) -> int:
    """Where the lines begin that say who wrote what begins there; there itself, when none do."""
    end = before
    while end and not lines[end - 1].strip():
        end -= 1
    for begin in range(end - 1, max(end - _MOST_LINES, 0) - 1, -1):
        if begin < 0 or not lines[begin].strip() or len(lines[begin]) > _LONGEST:
            break
        if pattern.search("\n".join(lines[begin:end])):
            starts = begin == 0 or not lines[begin - 1].strip()
            if starts or _begins_a_sentence(lines[begin]):
                return begin
    return before


def _begins_a_sentence(line: str) -> bool:
    return bool(re.match(r"[A-Z][a-z]+ ", line)) and bool(re.search(r"\d|@", line))


def _pasted(lines: Sequence[str]) -> int:
    """Where a message begins that was put below without a mark in front of each line, as some programs do."""
    for number in range(1, len(lines)):
        below = lines[number + 1 : number + 7]
        if _RULE.match(lines[number]) and any(map(_HEADER.match, below)):
            return number
        if _FROM.match(lines[number]) and sum(bool(_HEADER.match(line)) for line in lines[number : number + 4]) >= 3:
            return number
        if (
            not lines[number].startswith(">")
            and len(lines[number]) <= _LONGEST
            and _WROTE.search(lines[number])
            and re.search(r"\d", _joined(lines, number))
        ):
            begin = _attribution(lines, number + 1, _WROTE)
            if begin <= number:
                return begin
    return len(lines)


def _joined(lines: Sequence[str], number: int) -> str:
    return "\n".join(lines[max(number - _MOST_LINES + 1, 0) : number + 1])
