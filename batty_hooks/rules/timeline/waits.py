"""Whom the team waited for, and for how long: questions, approvals, blocked cards, prompts in a pane.

A question is over by an answer to it, by a message without any such mark from who was asked or from the human, by words
typed in the pane, and when its card is no longer in the asker's hand: as `status` has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from batty_hooks.rules.timeline.reading import Event
from batty_hooks.rules.timeline.records import ASKING, Facts, Lane, Span, Wait
from batty_hooks.vocabulary import happened, ids

QUESTION, APPROVAL, BLOCK, PROMPT = "question", "approval", "blocked", "prompt"
_ENDS_APPROVAL = (happened.APPROVED, happened.LANDED, happened.OFFERED, happened.RELEASED)
_ENDS_BLOCK = (happened.UNBLOCKED, happened.LANDED, happened.OFFERED, happened.RELEASED)


def read(told: Sequence[Event], lanes: Iterable[Lane], facts: Facts) -> tuple[Wait, ...]:
    """Every wait, by its beginning."""
    listening = _Listening(facts)
    for event in told:
        listening.hear(event)
    prompts = [_prompt(lane.name, span, facts) for lane in lanes for span in lane.spans if span.state == ASKING]
    return tuple(sorted([*listening.over, *listening.left(), *prompts], key=lambda wait: wait.begin))


def _prompt(member: str, span: Span, facts: Facts) -> Wait:
    end = span.end if span.end < facts.now else 0.0
    return Wait(PROMPT, member, span.card, facts.human, span.begin, end, span.text)


class _Listening:
    """The waits that are open while the events are gone through, each by its name."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.open: dict[str, Wait] = {}
        self.over: list[Wait] = []

    def hear(self, event: Event) -> None:
        card = event.word("card")
        self._question(event)
        if not card:
            return
        if event.name in _ENDS_BLOCK:
            self._end(f"{BLOCK} {card}", event.at)
        if event.name in _ENDS_APPROVAL or event.name.startswith(happened.HANDED_BACK):
            self._end(f"{APPROVAL} {card}", event.at)
        if event.name == happened.BLOCKED:
            self._begin(f"{BLOCK} {card}", BLOCK, event, self.facts.human)
        elif event.name == happened.APPROVAL_ASKED:
            self._end(f"{APPROVAL} {card}", event.at)
            self._begin(f"{APPROVAL} {card}", APPROVAL, event, event.word("to") or self.facts.human)

    def left(self) -> list[Wait]:
        """What is open now; of a question that is not (read, and dropped, say) nothing tells when it ended."""
        still = self.facts.open_questions
        on_board = self.facts.on_board
        found = []
        for name, wait in self.open.items():
            known = name in still if wait.kind == QUESTION and still is not None else True
            if wait.kind != QUESTION and on_board is not None:
                known = wait.card in on_board
            found.append(wait._replace(is_known=known))
        return found

    def _question(self, event: Event) -> None:
        member, card = event.word("member"), event.word("card")
        if event.name == happened.ASKED:
            self._begin(ids.question_asked(event.word("id")), QUESTION, event, event.word("to"))
        elif event.name == happened.ANSWERED:
            self._end(ids.question_answered(event.word("id")), event.at)
        elif event.name == happened.SENT:
            for name, wait in list(self.open.items()):
                if wait.kind == QUESTION and _answers(event, name, wait, self.facts.human):
                    self._end(name, event.at)
        elif event.name in (happened.LANDED, happened.RELEASED):
            for name, wait in list(self.open.items()):
                if wait.kind == QUESTION and wait.member == member and wait.card == card != "":
                    self._end(name, event.at)

    def _begin(self, name: str, kind: str, event: Event, to: str) -> None:
        if name not in self.open:
            self.open[name] = Wait(kind, event.word("member"), event.word("card"), to, event.at, 0.0,
                                   event.word("text"))  # fmt: skip

    def _end(self, name: str, at: float) -> None:
        if wait := self.open.pop(name, None):
            self.over.append(wait._replace(end=at))


def _answers(event: Event, name: str, wait: Wait, human: str) -> bool:
    if about := event.word("re"):
        return about == name
    return event.word("member") == wait.member and event.word("sender") in (wait.to, human)


def union(parts: Iterable[tuple[float, float]]) -> float:
    """Seconds that are in any of these."""
    total, reached = 0.0, float("-inf")
    for begin, end in sorted(parts):
        total += max(0.0, end - max(begin, reached))
        reached = max(reached, end)
    return total
