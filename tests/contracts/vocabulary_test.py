"""The vocabulary's lists, as docs/files.md shows them: made from the tables themselves."""

from __future__ import annotations

from pages import Table

from batty_hooks.state.board import fields
from batty_hooks.vocabulary import happened, kinds

EVENTS = Table("files.md", "events", ("Event", "What it says"))
KINDS = Table("files.md", "kinds", ("Kind", "What it says", "An agent in a pane", "A command", "A person"))
FIELDS = Table("files.md", "fields", ("Field", "What it says", "Also written"))


def test_the_fields_of_the_page() -> None:
    for field in fields.TABLE:
        FIELDS.check(field.key, field.says, ", ".join(field.also) or "-")
    FIELDS.finish(list(fields.KEYS))


def test_the_events_of_the_page() -> None:
    for name, says in happened.SAYS.items():
        EVENTS.check(name, says)
    EVENTS.finish(list(happened.SAYS))


def test_the_kinds_of_messages_of_the_page() -> None:
    for name, kind in kinds.TABLE.items():
        KINDS.check(name, kind.says, kind.pane, kind.command, kind.person)
    KINDS.finish(list(kinds.TABLE))


def test_every_kind_says_what_each_receiver_does() -> None:
    for kind in kinds.TABLE.values():
        assert kind.pane in (kinds.PASTED, kinds.IDLE, kinds.PUT_AWAY)
        assert kind.command in (kinds.RUN, kinds.PUT_AWAY)
        assert kind.person in (kinds.LISTED, kinds.NEEDED)
