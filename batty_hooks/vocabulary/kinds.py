"""The kinds of messages: what each is for, and what each kind of receiver does with it.

An agent in a pane is given what is for it to do when its turn has ended. Each message costs a turn of its model, so
what needs nothing is put away, and stands in its next brief. A person finds each in the inbox; what waits for an answer
stands under "needs you" on its own line, for as long as it does. A command cannot be talked to: it is run for what asks
it for work about the card it has in hand, with the card and the message as its prompt; what is about another card of
its own comes with that card's next brief, and everything else is put away. What nobody would read is refused, or told
to whoever wrote it.
"""

from __future__ import annotations

from typing import NamedTuple

PASTED = "pasted into its pane"
IDLE = "pasted if it stands idle with that card, else withdrawn"
RUN = "run with it"
PUT_AWAY = "put away"
LISTED = "listed as unread"
NEEDED = "named under needs you"


class Kind(NamedTuple):
    """What a kind of message says, and what its receiver does: an agent in a pane, a command, a person."""

    says: str
    pane: str = PASTED
    command: str = PUT_AWAY
    person: str = LISTED


BRIEF, FAILED, TOGETHER, CONFLICT, REJECTED = "brief", "failed", "together", "conflict", "rejected"
INCOMPLETE, UNBLOCKED, CHANGED, NUDGE = "incomplete", "unblocked", "changed", "nudge"
NOTE, ASK = "note", "ask"
DIGEST, MILESTONE, ESCALATED = "digest", "milestone", "escalated"
REVIEW, BLOCKED, LANDED, VOID, NOTICE = "review", "blocked", "landed", "void", "notice"
CLASH = "clash"

TABLE = {
    BRIEF: Kind("a card to work on", command=RUN),
    FAILED: Kind("what was reported failed its test", command=RUN),
    TOGETHER: Kind("it failed together with what had landed", command=RUN),
    CONFLICT: Kind("it cannot be merged with the trunk", command=RUN),
    REJECTED: Kind("whoever reviews it sent it back", command=RUN),
    INCOMPLETE: Kind("a report was not taken: what it lacks", command=RUN),
    UNBLOCKED: Kind("a blocked card can go on", command=RUN),
    CHANGED: Kind("the text of a card in hand has changed", command=RUN),
    NOTE: Kind("what somebody wrote with `send`, an answer too", command=RUN),
    ASK: Kind("a question to whoever is above", person=NEEDED),
    REVIEW: Kind("an offer waits for your word", command=RUN, person=NEEDED),
    BLOCKED: Kind("a card of somebody below you is blocked", person=NEEDED),
    DIGEST: Kind("what is new below you, and what of it is for you to do"),
    MILESTONE: Kind("what was built, where, and what is open"),
    ESCALATED: Kind("what nobody below you has solved", person=NEEDED),
    NUDGE: Kind("how does your card stand; go on with it"),
    CLASH: Kind("your card will clash with an older one in these files", pane=IDLE),
    LANDED: Kind("your card has landed", pane=PUT_AWAY),
    VOID: Kind("a card was taken from you"),
    NOTICE: Kind("something you should know"),
}


def of(word: str) -> Kind:
    """What a message's kind means; a mail that names none, or one that nobody knows, is a note."""
    return TABLE.get(word, TABLE[NOTE])


def is_note(word: str) -> bool:
    """Whether a message of that kind was written by somebody, in words of its own."""
    return word not in TABLE or word == NOTE
