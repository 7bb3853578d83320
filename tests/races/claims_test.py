"""Many processes claim from one board at once: every card has one owner, and nobody's save is lost."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter

import pytest
from scene import Scene

CLAIMERS, CARDS = 5, 24
# Each process is one engineer in his own worktree who takes the first free card until none is left.
CLAIMS = """
import os, sys
from pathlib import Path
from batty_hooks.errors import FatalError
from batty_hooks.moves.base.effects import update_board
from batty_hooks.state import project as project_map

member, project = sys.argv[1], project_map.find(Path.cwd())
print("ready", flush=True)
sys.stdin.readline()
while True:
    taken = []
    def take(board, new_id):
        free = [card for card in board.cards if card.lane == "todo"]
        if free:
            taken.append(board.claim(free[0], member, new_id).id)
    update_board(project, take)
    if not taken:
        break
    print(taken[0], flush=True)
"""


@pytest.fixture
def crowd(scene: Scene, alone: None) -> Scene:
    """Engineers and many cards; nobody but the test makes moves."""
    scene.install()
    scene.team("true", engineers=CLAIMERS)
    scene.cards(*(f"- [ ] Card {number}" for number in range(CARDS)))
    return scene


def owners(scene: Scene) -> dict[str, str]:
    """Title → owner of every claimed card."""
    found = re.findall(r"^- \[x\] (Card \d+) \((engineer-\d)\) \^t\d+$", scene.board(), re.M)
    assert len(found) == len(dict(found)), "a card is there twice"
    return dict(found)


def test_processes_claim_all_cards(crowd: Scene) -> None:
    claimers = [
        subprocess.Popen(
            [sys.executable, "-c", CLAIMS, f"engineer-{number}"], cwd=crowd.root, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        for number in range(1, CLAIMERS + 1)
    ]  # fmt: skip
    for process in claimers:
        assert process.stdout and process.stdout.readline() == "ready\n"
    outputs = [process.communicate("go\n", 120)[0].split() for process in claimers]
    assert all(process.returncode == 0 for process in claimers)
    claimed = [id for output in outputs for id in output]
    assert len(claimed) == len(set(claimed)) == CARDS, "every claim that was answered is one card"
    assert len(owners(crowd)) == CARDS and crowd.lane("TODO") == []
    ids = re.findall(r"\^(t\d+)$", crowd.board(), re.M)
    assert sorted(ids) == sorted(claimed)
    for number, output in enumerate(outputs, 1):
        board = re.findall(rf"\(engineer-{number}\) \^(t\d+)$", crowd.board(), re.M)
        assert sorted(board) == sorted(output), "the board says what each was told"


def test_the_same_card_is_claimed_once_by_command(crowd: Scene) -> None:
    tries = [
        subprocess.Popen(
            [sys.executable, "-m", "batty_hooks", "task", "claim", "Card 7", "--as", f"engineer-{number}"],
            cwd=crowd.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for number in range(1, CLAIMERS + 1)
    ]  # fmt: skip
    outcomes = [(process.communicate(timeout=120), process.returncode) for process in tries]
    assert Counter(code for _, code in outcomes) == {0: 1, 1: CLAIMERS - 1}
    [winner] = [said[0] for said, code in outcomes if code == 0]
    assert f"is {owners(crowd)['Card 7']}'s" in winner


def test_several_steps_dispatch_one_card_each_member(crowd: Scene) -> None:
    crowd.run("step", "staff")
    steps = [crowd.begin("step", "dispatch") for _ in range(CLAIMERS)]
    assert {process.wait(120) for process in steps} == {0}
    assert Counter(owners(crowd).values()) == {f"engineer-{number}": 1 for number in range(1, CLAIMERS + 1)}
    for number in range(1, CLAIMERS + 1):
        assert len(crowd.messages(f"engineer-{number}", "new")) == 1
