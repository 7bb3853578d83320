"""The adapter that docs/agents.md shows, taken from the page."""

from __future__ import annotations

import re
from pathlib import Path

from agents.recordings import HOOK, launch

from batty_hooks.agents import base
from batty_hooks.agents.base import ASKING, WORKING

PAGE = Path(__file__).parents[2] / "docs/agents.md"


def test_the_page_has_an_adapter_that_works(tmp_path: Path) -> None:
    example = re.search(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert example
    (tmp_path / "mycli.py").write_text(example[1])
    agent = base.interactive("mycli", tmp_path)
    assert agent and agent.MODES == ("auto", "ask")
    start = agent.start(launch(tmp_path, session="s1", mode="auto"))
    assert start.argv[:2] == ("mycli", "--settings") and start.argv[-2:] == ("--resume", "s1")
    assert f'"{HOOK}"' in next(iter(start.files.values()))
    heard = agent.heard("prompt", {"text": "hello", "session": "s1"})
    assert (heard.state, heard.took, heard.session) == (WORKING, "hello", "s1")
    assert agent.heard("permission", {"question": "may it?"}).state == ASKING
    login = agent.login(launch(tmp_path))  # type: ignore[attr-defined]
    assert login.means(4, "") == "nobody is logged in" and login.means(0, "") == ""
