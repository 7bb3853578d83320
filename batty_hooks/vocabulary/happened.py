"""The names of events: what a line of `.batty/events.jsonl` can say. Fields and names are only ever added."""

from __future__ import annotations

GATE, HANDED_BACK = "gate ", "handed back: "  # each begins the names of several events

# The team and its worktrees.
TEAM_STARTED, TEAM_STOPPED, WORKTREE, SETTLED = "team started", "team stopped", "worktree", "settled"
LED_BACK, FAILOVER = "hooks led back", "failover"
READY, SETUP_FAILED, RESTARTED, STRAY, SAVED = "ready", "setup failed", "restarted", "stray", "saved"
CONTINUED = "continued"
BUDGET, STATE = "budget", "state"
# A card on its way.
CLAIMED, BRIEFED, SET_ASIDE, RELEASED, REOPENED = "claimed", "briefed", "set aside", "released", "reopened"
UNDONE = "undone"
STARTED, ENDED, NUDGED, BLOCKED, UNBLOCKED = "started", "ended", "nudged", "blocked", "unblocked"
OFFERED, NOT_TAKEN, APPROVAL_ASKED, APPROVED = "offered", "not taken", "approval asked", "approved"
GATE_PASSED, GATE_FAILED, GATE_TIMEOUT, GATE_BROKEN, GATE_FLAKY = (
    f"{GATE}{result}" for result in ("passed", "failed", "timeout", "broken", "flaky")
)
BACK_FAILED, BACK_TOGETHER, BACK_CONFLICT, BACK_WITHDRAWN, BACK_REJECTED = (
    f"{HANDED_BACK}{kind}" for kind in ("failed", "together", "conflict", "withdrawn", "rejected")
)
IN_VAIN, RUN_LOST = "ended in vain", "run lost"
LANDING_WAITS, LANDED, CLASH = "landing waits", "landed", "clash"
# The server on which the trunk lives.
PUSHED, PUSH_LOST, UPLOADED = "pushed", "push lost", "uploaded"
SERVER_AWAY, SERVER_BACK = "server away", "server back"
SERVER_REWRITTEN, SERVER_ACCEPTED = "server rewritten", "server accepted"
PULL_OPENED, PULL_RENEWED, PULL_REFUSED = "pull request opened", "pull request renewed", "pull request refused"
PULL_MERGED, PULL_CLOSED, PULL_REOPENED = "pull request merged", "pull request closed", "pull request reopened"
PULL_THROWN_OUT, REMARKED, CHECKED_AGAIN = "pull request thrown out", "remarked", "check run again"
# What was written and said.
REPORTED, MILESTONE, ESCALATED = "reported", "milestone", "escalated"
RESTORED = "restored"
SENT, ASKED, ANSWERED, DELIVERED, NOTICE = "sent", "asked", "answered", "delivered", "notice"
PUT_ASIDE = "put aside"
# What went wrong, or past us.
TROUBLE, TRUNK_MOVED = "trouble", "trunk moved"

SAYS = {
    TEAM_STARTED: "`start` has started the team",
    TEAM_STOPPED: "`stop` has ended it",
    WORKTREE: "an engineer has got a worktree",
    SETTLED: "the project was found moved or copied, and is at home where it lies now",
    LED_BACK: "core.hooksPath was set back to what it was before `install`, and leads to our hooks again",
    READY: "a worktree was made ready to work in",
    SETUP_FAILED: "that failed",
    RESTARTED: "an agent that had ended was started again",
    CONTINUED: "an agent that was suspended (Ctrl-Z) goes on",
    FAILOVER: "another agent of its role goes on for a member, because of a limit or after one",
    BUDGET: "a budget of tokens is used",
    STATE: "an agent in a pane works, is ready, asks, has reached a limit or is gone",
    STRAY: "an engineer has committed outside its worktree",
    SAVED: "what was left in a worktree is kept under a ref",
    CLAIMED: "a card has an owner",
    BRIEFED: "its owner was given it",
    SET_ASIDE: "a blocked card waits: its engineer goes to another one",
    RELEASED: "a card was taken from its owner",
    REOPENED: "a landed card is to be worked on again",
    UNDONE: "what a card had landed was taken off the trunk by `undo`",
    STARTED: "an agent's command was started",
    ENDED: "it has ended",
    NUDGED: "an idle agent was asked how its card stands",
    BLOCKED: "a card waits for a person",
    UNBLOCKED: "it can go on",
    OFFERED: "a commit was reported and waits for the gate",
    NOT_TAKEN: "a report lacks something",
    APPROVAL_ASKED: "a person's word is asked for before a landing",
    APPROVED: "it was given",
    GATE_PASSED: "a candidate has passed its test",
    GATE_FAILED: "it has failed it",
    GATE_TIMEOUT: "it took too long",
    GATE_BROKEN: "the test could not be started",
    GATE_FLAKY: "one tree has failed and passed",
    IN_VAIN: "a test was ended, for nobody needed what it would have found",
    RUN_LOST: "a test on another machine came to nothing, and is made anew elsewhere",
    BACK_FAILED: "an offer went back: it fails",
    BACK_TOGETHER: "it fails together with what has landed",
    BACK_CONFLICT: "it cannot be merged",
    BACK_WITHDRAWN: "its card was taken back",
    BACK_REJECTED: "a person sent it back",
    LANDING_WAITS: "git refused a landing",
    PUSHED: "the server's trunk was moved to what had passed",
    PUSH_LOST: "somebody else was faster on the server: nobody is charged, it is looked at again",
    UPLOADED: "what took longer than a push may was brought to the server ahead of it",
    SERVER_AWAY: "the server could not be asked",
    SERVER_BACK: "it answers again",
    SERVER_REWRITTEN: "the server's trunk lacks what it had: nothing lands before a person says so",
    SERVER_ACCEPTED: "a person has said that this is the trunk from now on",
    PULL_OPENED: "what had passed was offered on the server",
    PULL_RENEWED: "a newer commit of it was, in the same pull request",
    PULL_REFUSED: "that could not be done",
    PULL_MERGED: "it was merged there",
    PULL_CLOSED: "it was closed there without being merged: a person is asked",
    PULL_REOPENED: "it was opened again",
    CHECKED_AGAIN: "a check of the server that was red once was asked for once more, before anybody is charged",
    PULL_THROWN_OUT: "the server does not merge it by itself any more: it left the queue",
    REMARKED: "somebody has said something of it there, which was passed on",
    CLASH: "two cards in hand change the same lines",
    LANDED: "a card's commits are on the trunk",
    REPORTED: "a boss was told what is new below it",
    MILESTONE: "a plan has landed whole, or the board is worked off, and somebody was told",
    ESCALATED: "the human was told what nobody below has solved",
    RESTORED: "the board or the team's files were brought back as they were before",
    SENT: "a message was written with `send`",
    ASKED: "a question was asked with `ask`",
    ANSWERED: "a question was answered by typing in the pane",
    DELIVERED: "an agent has said that it has a message",
    PUT_ASIDE: "what a person had left half typed in a pane was taken out of its input box before a message was pasted",
    NOTICE: "somebody was told something about the board",
    TROUBLE: "something went wrong",
    TRUNK_MOVED: "the trunk was moved past the gate",
}


def gate(result: str) -> str:
    """The event of a test that ended so."""
    return f"{GATE}{result}"


def handed_back(kind: str) -> str:
    """The event of an offer that goes back for that reason."""
    return f"{HANDED_BACK}{kind}"
