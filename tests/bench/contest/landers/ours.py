"""batty-hooks on plain branches: all are offered, then one step tests and lands them."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from contest.arena import Arena

NAME = "batty-hooks"


def prepare(arena: Arena) -> None:
    """Install, and offer every branch."""
    install(arena)
    batty(arena, "merge", "--no-wait", *arena.branches)


def install(arena: Arena) -> None:
    """Hooks and team.yaml; no early verdicts, so that everything has to be tested."""
    os.environ["BATTY_NO_WAKE"] = "1"
    batty(arena, "install")
    lines = ["trunk: main", "gate:", f"  command: {json.dumps(arena.gate)}", "  on: done"]
    (arena.root / ".batty/team_config/team.yaml").write_text("\n".join(lines) + "\n")


def land(arena: Arena) -> None:
    """One step, until there is nothing left to do."""
    batty(arena, "step", "--until-idle", "gate", "handback", "land")


def batty(arena: Arena, *arguments: str) -> None:
    """Run batty-hooks, as a shell does."""
    argv = [sys.executable, "-m", "batty_hooks", *arguments]
    done = subprocess.run(argv, cwd=arena.root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
