"""What somebody wrote himself, in answers as mail programs make them; and that in doubt no word is lost."""

from __future__ import annotations

import pytest

from batty_hooks.system import quotes
from batty_hooks.system.hypertext import text_of

ASKED = "> Which port?\n>\n> To answer:\n>     batty-hooks send engineer-1 --re ask1.2 'your answer'\n"


@pytest.mark.parametrize(
    ("name", "below"),
    [
        ("mutt", f"On Tue, Mar 03, 2026 at 10:15:01AM +0100, engineer-1 wrote:\n{ASKED}"),
        ("gmail, wrapped", f"On Tue, 3 Mar 2026 at 10:15, engineer-1 <engineer-1@team.local>\nwrote:\n\n{ASKED}"),
        ("in German", f"Am 3. März 2026 um 10:15 schrieb engineer-1 <engineer-1@team.local>:\n{ASKED}"),
        ("in French", f"Le mar. 3 mars 2026 à 10:15, engineer-1 <engineer-1@team.local> a\nécrit :\n\n{ASKED}"),
        ("no attribution", ASKED),
        ("apple, quoted attribution", f"> On 3 Mar 2026, at 10:15, engineer-1 wrote:\n> \n{ASKED}"),
        (
            "outlook",
            "-----Original Message-----\nFrom: engineer-1\nSent: Tuesday\nSubject: Which port?\n\nWhich port?\n",
        ),
        (
            "outlook, a rule",
            "________________________________\nFrom: engineer-1\nSent: Tuesday\nTo: me\n\nWhich port?\n",
        ),
        (
            "outlook, bare",
            "From: engineer-1 <engineer-1@team.local>\nSent: Tuesday\nTo: me\nSubject: x\n\nWhich port?\n",
        ),
        ("yahoo, no marks", "On Tuesday, 3 March 2026, engineer-1 <engineer-1@team.local> wrote:\n\nWhich port?\n"),
        ("a signature above", f"-- \nJane\n\nOn Tue, 3 Mar 2026, engineer-1 wrote:\n{ASKED}"),
        ("a signature below", f"On Tue, 3 Mar 2026, engineer-1 wrote:\n{ASKED}\n-- \nJane\n"),
        ("nothing", ""),
    ],
)
def test_the_answer_is_what_stands_above(name: str, below: str) -> None:
    assert quotes.above(f"Take 8080.\n\nAnd note: 3 tries\n\n{below}") == "Take 8080.\n\nAnd note: 3 tries\n", name
    assert quotes.above(f"8080\n{below}") == "8080\n", name


@pytest.mark.parametrize(
    "text",
    [
        f"On Tue, 3 Mar 2026, engineer-1 wrote:\n{ASKED}\nTake 8080.\n",  # below
        "On Tue, 3 Mar 2026, engineer-1 wrote:\n> Which port?\n\n8080\n\n> Which host?\n\nany\n",  # between
        ASKED,  # nothing of his own
        "Use these:\nhost: a\nport: 8080\n",
        "Three things at 10:15:\n- a\n- b\n",
        "In src/mail.py it says\n    From: x\nand that is right\n",
        "-- \nall of it is a signature\n",
    ],
)
def test_in_doubt_everything_is_kept(text: str) -> None:
    assert quotes.above(text) == text


def test_a_quote_in_html_is_marked_as_one() -> None:
    html = (
        "<div dir='ltr'>Take 8080.</div><br><div class='gmail_quote'><div class='gmail_attr'>On Tue, 3 Mar 2026 at "
        "10:15, engineer-1 &lt;<a href='mailto:e@team.local'>e@team.local</a>&gt; wrote:<br></div><blockquote>"
        "Which port?<br>It is <b>urgent</b>.<blockquote>older</blockquote></blockquote></div>"
    )
    text = text_of(html)
    assert "\n> Which port?\n> It is urgent.\n" in text and "> > older" in text
    assert quotes.above(text) == "Take 8080.\n"
