"""What stands where something of ours belongs: a file for a directory, a link to nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from batty_hooks.errors import FatalError
from batty_hooks.state.project import Project, layout


@pytest.mark.parametrize("kind", ["a file", "a directory", "a link to nothing"])
def test_before_anything_is_made_it_is_said_what_is_in_the_way(tmp_path: Path, kind: str) -> None:
    """Of every place of ours; a command that has begun may not find it in the middle."""
    names = [
        "", "board", "team_config", "inboxes", "worktrees", "queue", "logs", "verdicts", "members", "ready", "spool",
        "bin", ".gitignore", "team_config/team.yaml", "events.jsonl", "version", "place", "../kanban.md",
    ]  # fmt: skip
    files = {".gitignore", "team_config/team.yaml", "events.jsonl", "version", "place", "../kanban.md"}
    for number, name in enumerate(names):
        root = tmp_path / str(number)
        (root / ".git").mkdir(parents=True)
        place = Path(os.path.normpath(root / ".batty" / name))
        place.parent.mkdir(exist_ok=True, parents=True)
        if kind == "a link to nothing":
            place.symlink_to("/nowhere/x")
        elif kind == "a file":
            place.write_text("mine\n")
        else:
            place.mkdir()
        before = sorted(root.rglob("*"))
        project = Project(root, root / ".git")
        if (kind == "a file") == (name in files) and kind != "a link to nothing":
            assert list(project.in_the_way()) == [], name
            continue
        [error] = project.in_the_way()
        assert error.what == f"{place} is in the way: it is {kind}"
        assert error.mend == f"mv {place} {place}.away  (what belongs there is made anew)"
        with pytest.raises(FatalError, match="is in the way"):
            project.require_new_place()
        assert sorted(root.rglob("*")) == before
        Path(f"{place}.away").write_text("another\n")
        [error] = project.in_the_way("batty-hooks install")
        assert error.mend == f"mv {place} {place}.away1 && batty-hooks install", "nothing is written over"


def test_what_a_command_typed_with_sudo_has_left_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    batty, common = tmp_path / ".batty", tmp_path / ".git"
    for place in (batty / "inboxes/human/new", batty / "queue", common / "objects/ab", common / "refs"):
        place.mkdir(parents=True)
    for name in ("wake.lock", "version"):
        (batty / name).write_text("")
    assert layout.of_others(batty, common) is None
    mine = os.geteuid()
    shut = {
        str(batty / "wake.lock"),
        str(batty / "version"),
        str(common / "objects/ab"),
        str(batty / "inboxes/human/new"),
    }
    monkeypatch.setattr(os, "access", lambda place, _: os.fspath(place) not in shut)
    assert layout.of_others(batty, common) is None, "who has taken his own rights away knows why"
    monkeypatch.setattr(os, "geteuid", lambda: mine + 12345)
    what, mend = layout.of_others(batty, common) or ("", "")
    assert what.startswith(f"{batty}/wake.lock belongs to ") and "(and 2 more)" in what, (
        "a file that is replaced is none"
    )
    assert mend == f"sudo chown -R {mine + 12345} {batty} {common}"
