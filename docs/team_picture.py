"""Make docs/team.svg: a team at work in tmux, as a person who is attached sees it. Run: python docs/team_picture.py

The team is started by `batty-hooks start`; its agents are tests/tui/tui.py, which do what a card says.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "docs")]

from picture import draw  # noqa: E402
from scene import Scene, wait_for  # noqa: E402
from tui.company import Company  # noqa: E402

SIZE = (170, 46)
TEAM = (("architect", "architect", 1), ("manager", "manager", 1), ("engineer", "engineer", 3))
CARDS = """\
- [ ] Charge more for bulky parcels
  RUN: sleep 1; git log --oneline -2
  RUN: printf '250\\n' > numbers/surcharge && git add numbers && git commit -m 'Charge more for bulky parcels'
  RUN: batty-hooks done
- [ ] Check postcodes
  RUN: sleep 2; git status --short --branch; ls numbers
  ASK: curl https://example.org/postcodes
- [ ] Print an address label
  RUN: sleep 2; sh check.sh
  WAIT: /nowhere
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        os.environ.update(HOME=scratch, PYTHONPATH=str(ROOT), GIT_CONFIG_GLOBAL=f"{scratch}/gitconfig")
        os.environ.pop("TMUX", None)
        Path(scratch, "gitconfig").write_text("[user]\n\tname = You\n\temail = you@example.org\n")
        company = Company(Scene(Path(scratch) / "parcels").create(), SIZE).hire(*TEAM)
        outer = ["tmux", "-L", f"batty-picture-{os.getpid()}", "-f", "/dev/null"]
        try:
            picture = _at_work(company, outer)
        finally:
            subprocess.run([*outer, "kill-server"], check=False)
            company.scene.run("stop", "--wait", "0", code=None)
            company.close()
    draw(picture.replace(scratch, "/home/you"), "batty-hooks attach", "team", SIZE[0])


def _at_work(company: Company, outer: list[str]) -> str:
    """The terminal of somebody who is attached, once a card has landed, one agent asks and one is at work."""
    company.start()
    company.ready("architect", "engineer-1", "engineer-2", "engineer-3")
    command = f"env -u TMUX TERM=screen-256color {sys.executable} -m batty_hooks attach"
    size = ["-x", str(SIZE[0]), "-y", str(SIZE[1])]
    subprocess.run([*outer, "new-session", "-d", *size, command], check=True, cwd=company.scene.root)
    subprocess.run([*outer, "set", "-g", "status", "off"], check=True)
    company.tmux("set-option", "-g", "status-right", "")  # (it names the machine)
    company.scene.cards(*CARDS.splitlines())
    company.scene.run("send", "architect", "Which cards are there?\nRUN: batty-hooks board")
    company.scene.run("send", "manager", "RUN: batty-hooks status")
    wait_for(lambda: company.scene.lane("DONE") and company.state("engineer-2") == "asking", 60)
    wait_for(lambda: company.state("engineer-3") == "working" and company.state("manager") == "ready", 60)
    wait_for(lambda: "asking" in _shown(outer))
    return _shown(outer)


def _shown(outer: list[str]) -> str:
    return subprocess.run([*outer, "capture-pane", "-p", "-e"], capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    main()
