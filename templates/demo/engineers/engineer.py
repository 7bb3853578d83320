"""Plays the engineers of `batty-hooks demo`: python engineer.py MESSAGE, started in the engineer's worktree.

The message is a card's brief, or the report of an attempt that came back. What an agent would think of lies ready:
work/<card>/ are the files that do a card, mends/<test>/ those that make a failing test pass.
"""

import email
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
# These two are each right alone and wrong together. Before they report, both ask the gate about their own branch, and
# each waits until the other has asked: so the demo shows it on a fast machine and on a slow one.
PAIR = ("weigh-parcels-in-grams", "price-several-parcels-at-once")
LONGEST_WAIT_SECONDS = 20
THINKING_SECONDS = {"sort-parcels-by-size": 2.5}  # long enough to see that the card which needs it waits
SHORT_THINKING_SECONDS = 0.4
READING_OVER_SECONDS = 0.6  # time enough for the gate, which has seen the commit already


def main():
    message = email.message_from_bytes(Path(sys.argv[1]).read_bytes())
    report = message.get_payload(decode=True).decode()
    branch = git("branch", "--show-current")
    card = branch.partition("/")[2].partition("-")[2]  # engineer-1/t3-check-postcodes
    time.sleep(THINKING_SECONDS.get(card, SHORT_THINKING_SECONDS))
    if message["X-Batty-Kind"] == "brief":
        take_over(HERE / "work" / card)
        commit(message["Subject"].partition(": ")[2])
        if card in PAIR:
            ask_the_gate(branch, card)
    else:
        mend(report)
    time.sleep(READING_OVER_SECONDS)


def mend(report):
    """Read which test failed, and why; then do what makes it pass."""
    failing = re.findall(r"^FAILED tests/(\w+)\.py", report, re.MULTILINE)
    if not failing:
        sys.exit("the report names no failing test")
    if "it fails together with" in report:
        git("merge", "--quiet", "--no-edit", "main")
    take_over(HERE / "mends" / failing[0])
    commit(f"Mend {failing[0]}")


def ask_the_gate(branch, card):
    subprocess.run(["batty-hooks", "gate", branch], check=True)
    asked = HERE / "asked"
    asked.mkdir(exist_ok=True)
    (asked / card).touch()
    limit = time.monotonic() + LONGEST_WAIT_SECONDS
    while not all((asked / each).exists() for each in PAIR) and time.monotonic() < limit:
        time.sleep(0.05)


def take_over(files):
    shutil.copytree(files, ".", dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))


def commit(words):
    git("add", "--all")
    git("-c", f"user.name={os.environ['BATTY_MEMBER']}", "commit", "--quiet", "-m", words)


def git(*arguments):
    return subprocess.run(["git", *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


main()
