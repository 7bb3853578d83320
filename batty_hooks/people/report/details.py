"""Each card in its own words: its brief, its attempts and verdicts, the messages about it, what landed.

The page is to be small: a long text is cut, and it is said how much of it is missing; when the texts together are more
than fits, the newest cards have theirs, and of the others it is said where they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from batty_hooks.people.report import states, words
from batty_hooks.people.report.charts import anchor
from batty_hooks.people.report.gathering import Report
from batty_hooks.people.report.html import Safe, disclosed, joined, tag
from batty_hooks.rules.timeline import Card
from batty_hooks.state import verdicts
from batty_hooks.state.inbox import Message
from batty_hooks.system.screen import counted

_LONGEST = 1200  # characters of one text
_ALL = 200_000  # of all texts
_LINES, _FEW = 12, 4
_RESULTS = {
    "landed": "landed",
    "failed": "came back: its test failed",
    "together": "came back: its test failed together with what had landed",
    "conflict": "came back: it could not be merged",
    "rejected": "came back: rejected",
    "withdrawn": "taken back",
    "": "waits",
}


class Texts:
    """The words that the page has room for."""

    def __init__(self, logs: str) -> None:
        self.left = _ALL
        self.logs = Path(logs)
        self._tails: dict[str, list[str]] = {}

    def shown(self, text: str, more: str) -> str:
        """A text, cut where it is long; ``more`` says where the whole is."""
        text = text.strip()
        room = min(_LONGEST, self.left)
        self.left -= min(len(text), room)
        if len(text) <= room:
            return text
        return f"{text[:room].rstrip()}\n… ({len(text) - room:,} more characters: {more})"

    def tail(self, log: str, lines: int = _FEW) -> str:
        """The last lines of a run's log that say anything; "" when it is gone, or no log of ours."""
        path = Path(log)
        if not log or path.parent != self.logs:
            return ""
        if log not in self._tails:
            self._tails[log] = [line for line in verdicts.lines_of(path) if line.strip()] if path.exists() else []
        return "\n".join(line[:200] for line in self._tails[log][-lines:])


def cards(report: Report, texts: Texts) -> Safe:
    """One disclosure for each card of the time, the newest first."""
    found = report.timeline
    shown = [card for card in found.cards if card.end >= found.begin]
    if not shown:
        return tag("p", "No card has been begun yet.", class_="none")
    return joined(_card(report, card, texts) for card in reversed(shown))


def _card(report: Report, card: Card, texts: Texts) -> Safe:
    title = "" if card.title == card.id else f" {card.title}"
    summary = joined([tag("b", card.id), title, tag("span", _short(card), class_="lost")])
    return disclosed(summary, *_parts(report, card, texts), id=anchor(card.id))


def _short(card: Card) -> str:
    where = f"landed {words.clock(card.landed, True)}" if card.landed else _where(card)
    return f"{card.member or 'nobody'}, {counted(len(card.attempts), 'attempt')}, {where}"


def _where(card: Card) -> str:
    return states.CARD[card.stages[-1].stage] if card.stages else "not begun"


def _parts(report: Report, card: Card, texts: Texts) -> Iterator[Safe]:
    body = report.bodies.get(card.id, "")
    if body.strip():
        yield tag("h3", "Brief")
        yield tag("pre", texts.shown(body, f"batty-hooks task show {card.id}"))
    if card.attempts:
        yield tag("h3", "Attempts")
        yield tag("ol", *(tag("li", *_attempt(card, number, texts)) for number in range(len(card.attempts))))
    if card.landed and card.commit:
        yield tag("p", "Landed as ", _commit(report, card.commit))
    messages = report.messages.get(card.id, ())
    if messages:
        yield tag("h3", f"Messages ({len(messages)})")
        yield tag("ol", *(tag("li", *_message(message, texts)) for message in messages), class_="mail")


def _attempt(card: Card, number: int, texts: Texts) -> Iterator[Safe]:
    one = card.attempts[number]
    ended = f", {words.clock(one.end, True)}" if one.end else ""
    yield tag("p", f"Offered {words.clock(one.begin, True)}; {_RESULTS.get(one.result, one.result)}{ended}",
              f": {one.text}" if one.text and one.result != "landed" else "")  # fmt: skip
    tail = texts.tail(one.log, _LINES)
    if tail:
        yield tag("pre", texts.shown(tail, f"less {one.log}"))


def _commit(report: Report, commit: str) -> Safe:
    """Linked where the remote's address is known."""
    if not report.commits or not commit.isalnum():
        return tag("code", commit[:12])
    return tag("a", tag("code", commit[:12]), href=report.commits + commit, rel="noopener noreferrer")


def _message(message: Message, texts: Texts) -> Iterator[Safe]:
    yield tag("p", tag("b", f"{message.sender} → {message.to}"), f" {message.kind}: {message.subject} ",
              tag("span", message.date[:16].replace("T", " "), class_="lost"))  # fmt: skip
    if message.body.strip():
        yield tag("pre", texts.shown(message.body, f"less {message.path}"))
