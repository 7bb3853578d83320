"""The colour of what is shown on a terminal: of an event, a finding, a part of the standup.

Green is for what is well or has landed, yellow for what somebody will come to, red for what needs you.
"""

from __future__ import annotations

from batty_hooks.vocabulary import happened

NEED = "yellow"
STANDUP = {"landed": "green", "in_hand": "", "blocked": NEED, "waiting": ""}  # the parts in their order
_EVENTS = {
    happened.LANDED: "bold green",
    happened.GATE_PASSED: "green",
    happened.GATE_FLAKY: "yellow",
    happened.GATE_FAILED: "yellow",
    happened.GATE_TIMEOUT: "yellow",
    happened.HANDED_BACK: "yellow",
    happened.BLOCKED: "bold red",
    happened.TROUBLE: "red",
}


def of_event(name: str) -> str:
    """The style of an event in the log, "" for most of them."""
    return next((style for begins, style in _EVENTS.items() if name.startswith(begins)), "")


def sign(is_well: bool, is_to_be_mended: bool) -> tuple[str, str]:
    """What stands before a finding, and its style."""
    if is_well:
        return "ok  ", "green"
    return ("!!  ", "red") if is_to_be_mended else ("    ", "")
