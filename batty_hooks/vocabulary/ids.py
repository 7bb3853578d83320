"""The ids of messages and events. Each follows from what it is about, so that a move made twice writes it once.

They are words with dots between them: whose (a card, a member, an offer's key), what, and which one.
"""

from __future__ import annotations

from collections.abc import Iterable

_PLANNED = ".planned."
_ANSWERED = ".answered"
_IDLE = ".idle"
_ASKED = "ask."


def hash_of(text: str) -> str:
    """A short name for a text, for ids that repeat with it."""
    import hashlib

    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8]


def about(id: str) -> str:
    """Whose an id is: a card, a member, an offer's key. (A board's ids have no dots in them.)"""
    return id.partition(".")[0]


# What a member is sent about a card.


def brief(card: str, number: int) -> str:
    """The brief of a card, the first, the second …"""
    return f"{briefs(card)}{number}"


def briefs(card: str) -> str:
    """How the ids of a card's briefs begin."""
    return f"{card}.brief."


def card_of_brief(id: str) -> str:
    """The card that a message is the brief of; "" when it is none."""
    card, found, _ = id.partition(".brief.")
    return card if found else ""


def number_of(id: str) -> str:
    """The number a message of a card ends with."""
    return id.rpartition(".")[2]


def void(brief: str) -> str:
    """That a brief counts no more. No id of a brief itself, or the message would be withdrawn in its turn."""
    return brief.replace(".brief.", ".void.")


def changes(card: str) -> str:
    """How the ids of messages begin that say that a card's words have changed."""
    return f"{card}.changed."


def change(card: str, number: int, words: str) -> str:
    """That they have changed for the first time, the second …, into ``words`` (a hash)."""
    return f"{changes(card)}{number}.{words}"


def number_and_words(change: str) -> tuple[int, str]:
    """What such an id ends with; 0 and "" of no id."""
    before, _, words = change.rpartition(".")
    return int(number) if (number := number_of(before)).isdigit() else 0, words


def nudge(card: str, brief: str, attempts: int) -> str:
    """How does your card stand: once for each brief, and again each time the card has come back."""
    return f"{card}.nudge.{number_of(brief)}.{attempts + 1}"


def idle(nudge: str) -> str:
    """What is to be solved when that has changed nothing."""
    return f"{nudge}{_IDLE}"


def nudge_of(idle: str) -> str:
    """The question of one of those."""
    return idle.removesuffix(_IDLE)


def unblocked(card: str, at: float, by: str = "") -> str:
    """That a card, seen blocked at that time, can go on; it ends with the name of who said so, where that is known."""
    return f"{unblocks(card)}{at:.3f}{f'.{by}' if by else ''}"


def unblocks(card: str) -> str:
    """How the ids of those begin."""
    return f"{card}.unblocked."


def blocked(card: str, before: int, reason: str) -> str:
    """That a card is blocked for a reason; ``before`` is how often it was unblocked, for the same reason once more."""
    return f"{card}.blocked.{f'{before}.' if before else ''}{hash_of(reason)}"


def clash(card: str, other: str, paths: Iterable[str]) -> str:
    """That a card will clash with an older one in these files: once for each set of them."""
    return f"{clashes(card, other)}{hash_of(chr(0).join(sorted(paths)))}"


def clashes(card: str, other: str) -> str:
    """How the ids of those begin."""
    return f"{card}.clash.{other}."


def planned(card: str, why: str) -> str:
    """That a card cannot be begun as it is planned, for that reason."""
    return f"{card}{_PLANNED}{hash_of(why)}"


def plan(planner: str, mistakes: Iterable[str], before: int) -> str:
    """Those in one message to their planner; ``before`` is how often it was told just those."""
    return f"{planner}{_PLANNED}{hash_of(' '.join(sorted(mistakes)))}{f'.{before}' if before else ''}"


def is_planned(id: str) -> bool:
    """Whether it is one of these: what is wrong with a card, or the message that says so."""
    return _PLANNED in id


def budgets(card: str) -> str:
    """How the ids of messages begin that a card's budget is used."""
    return f"{card}.budget."


def budget_of_day(day: str) -> str:
    """That a day's budget is used."""
    return f"budget.{day}"


# What a boss is told.


def landing(card: str, commit: str) -> str:
    """A card's landing by a name of its own: one that is landed anew has another."""
    return f"{card}.{commit[:12]}"


def digest(member: str, facts: Iterable[str]) -> str:
    """Those facts in one message."""
    return f"{member}.digest.{hash_of(' '.join(sorted(facts)))}"


def passed_by(need: str) -> str:
    """That somebody above is asked for that now."""
    return f"{need}.passed"


def milestone(landings: Iterable[str]) -> str:
    """That all of those has landed."""
    return f"milestone.{hash_of(' '.join(sorted(landings)))}"


def escalated(need: str) -> str:
    """What nobody below has solved, for the human."""
    return f"{need}.up"


# Events alone.


def claim(card: str, member: str, number: int) -> str:
    """That a member has a card, for the first time, the second …"""
    return f"{card}.claim.{member}.{number}"


def briefed(card: str, member: str, number: int) -> str:
    """That it was given it."""
    return f"{card}.brief.{member}.{number}"


def reopened(card: str, commit: str) -> str:
    """That a card which had landed as that commit is worked on again."""
    return f"{card}.reopened.{commit[:12]}"


def trouble(move: str, key: str, said: str) -> str:
    """That a move could not be made, in these words."""
    return f"{move}.{key}.trouble.{hash_of(said)}"


def of_member(member: str, what: str, which: str) -> str:
    """Something that a member did or got: ``which`` message, commit, moment."""
    return f"{member}.{what}.{which}"


def about_message(member: str, message: str, what: str = "", which: str = "") -> str:
    """What became of a message to a member."""
    return ".".join(part for part in (member, message, what, which) if part)


def unread(message: str) -> str:
    """That nobody reads that message, for who has sent it."""
    return f"{message}.unread"


def asked(question: str) -> str:
    """That a question was asked."""
    return f"{_ASKED}{question}"


def question_asked(id: str) -> str:
    """The question of one of those ids."""
    return id.removeprefix(_ASKED)


def answered(question: str) -> str:
    """That a question was answered by hand, in its member's pane."""
    return f"{question}{_ANSWERED}"


def question_answered(id: str) -> str:
    """The question of one of those ids."""
    return id.removesuffix(_ANSWERED)


def past_guard(commit: str, passed: bool = False) -> str:
    """That the trunk was moved to a commit past the guard; and that this has passed its test since."""
    return f"guard.{commit[:16]}{'.passed' if passed else ''}"


def of_server(what: str, about: str) -> str:
    """What was seen on the server, or came of a push there."""
    return f"server.{what}.{hash_of(about)}"


def settled(news: str, place: str) -> str:
    """That a project was moved or copied (``news``) and is at home in that place now."""
    return f"{news} to {place}"


def led_back(changed: int) -> str:
    """That core.hooksPath, changed at that time (nanoseconds since the epoch), leads to our hooks again."""
    return f"hooks.{changed}"


def to_be_assigned(card: str, member: str) -> str:
    """That a card waits for somebody to say who gets it, and that member has nothing to do."""
    return f"{card}.assign.{member}"


def board_notice(key: str) -> str:
    """What somebody is told of the board."""
    return f"board.{hash_of(key)}"


def stray(commit: str) -> str:
    """That a commit was made in a place where its member does not work."""
    return f"stray.{commit[:12]}"


def unsigned(why: str) -> str:
    """That landings are not signed."""
    return f"land.unsigned.{hash_of(why)}"


# What is written by somebody, and what begins anew.

QUESTION = "ask"  # how the id of a question begins
AGAIN = ".again."  # in the id of a message that tells somebody to go on: it goes before all others


def again(who: str, moment: str) -> str:
    """Go on, with a card or (a member) with whatever it was."""
    return f"{who}{AGAIN}{moment}"


def note(nanoseconds: int, process: int) -> str:
    """A message that a process sends at that time."""
    return f"m{nanoseconds:x}.{process:x}"


def mail(message_id: str) -> str:
    """A mail that another program wrote, by its Message-ID or, where it has none, by all of it."""
    return f"mail.{hash_of(message_id)}"


def question(nanoseconds: int, process: int) -> str:
    """A question that a process asks at that time."""
    return f"{QUESTION}{nanoseconds:x}.{process:x}"


def asked_at(question: str) -> float | None:
    """When it was asked (seconds since the epoch); None for one that somebody has made by hand."""
    try:
        return int(about(question.removeprefix(QUESTION)), 16) / 1e9
    except ValueError:
        return None


def of_command(verb: str, which: str) -> str:
    """What a typed command has done."""
    return f"{verb}.{which}"
