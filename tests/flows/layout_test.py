"""The team's windows in real tmux: who stands where, how large, what the borders say, on any terminal."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
from scene import wait_for
from tui.company import Company

OUTER = "batty-outer-test"


@pytest.fixture
def outer(tmp_path: object) -> Iterator[str]:
    """A tmux server around, whose panes are terminals a person sits at."""
    name = f"{OUTER}-{abs(hash(str(tmp_path)))}"
    yield name
    subprocess.run(["tmux", "-L", name, "kill-server"], capture_output=True, check=False)


def sit_down(outer: str, company: Company, size: tuple[int, int], *command: str, prefix: str = "-u TMUX") -> None:
    """Somebody types a command at a terminal of that size, which is no tmux to its programs."""
    line = " ".join([f"env {prefix} '{sys.executable}' -m batty_hooks", *command, "; sleep 600"])
    subprocess.run(["tmux", "-L", outer, "-f", "/dev/null", "new-session", "-d", "-x", str(size[0]), "-y", str(size[1]),
                    "-c", str(company.scene.root), line], check=True)  # fmt: skip
    subprocess.run(["tmux", "-L", outer, "set", "-g", "status", "off"], check=True)


def seen(outer: str) -> str:
    return subprocess.run(
        ["tmux", "-L", outer, "capture-pane", "-p"], capture_output=True, text=True, check=True
    ).stdout


def places(company: Company) -> dict[str, list[tuple[str, int, int, int, int]]]:
    """window → (member, left, top, width, height) in the order of its panes."""
    names = {
        company.pane(path.parent.name).id: path.parent.name for path in company.project.members.glob("*/pane.json")
    }
    form = "#{window_name} #{pane_id} #{pane_left} #{pane_top} #{pane_width} #{pane_height}"
    found: dict[str, list[tuple[str, int, int, int, int]]] = {}
    for line in company.tmux("list-panes", "-s", "-t", "=team", "-F", form).splitlines():
        window, id, *numbers = line.split()
        left, top, width, height = map(int, numbers)
        found.setdefault(window, []).append((names.get(id, "-"), left, top, width, height))
    return found


def drawn(company: Company) -> dict[str, str]:
    """Each window as its columns: `a | b / c`."""
    result = {}
    for window, panes in places(company).items():
        columns: dict[int, list[tuple[int, str]]] = {}
        for member, left, top, _, _ in panes:
            columns.setdefault(left, []).append((top, member))
        result[window] = " | ".join(" / ".join(name for _, name in sorted(columns[left])) for left in sorted(columns))
    return result


LARGE = (("architect", "architect", 1), ("manager", "manager", 3), ("engineer", "engineer", 5))
SIMPLE = (("architect", "architect", 1), ("manager", "manager", 1), ("engineer", "engineer", 3))


def test_a_small_team_is_one_window(company: Company) -> None:
    company.size = (250, 60)
    company.hire(*SIMPLE).start()
    assert drawn(company) == {
        "team": "architect | manager | engineer-1 / engineer-2 / engineer-3",
        "watch": "-",
    }
    assert all(width >= 80 and height >= 12 for *_, width, height in places(company)["team"])


def test_nineteen_are_a_window_for_each_manager(company: Company) -> None:
    company.size = (240, 70)
    company.hire(*LARGE).start()
    people = "engineer-{0}-1 / engineer-{0}-2 / engineer-{0}-3 / engineer-{0}-4 / engineer-{0}-5"
    assert drawn(company) == {
        "architect": "architect",
        **{f"manager-{n}": f"manager-{n} | {people.format(n)}" for n in (1, 2, 3)},
        "watch": "-",
    }
    assert all(width >= 80 and height >= 12 for panes in places(company).values() for *_, width, height in panes)
    company.ready(*(f"engineer-{n}-{m}" for n in (1, 2, 3) for m in range(1, 6)))


def test_windows_of_a_terminal_of_120_by_30_are_named_after_somebody_in_them(company: Company) -> None:
    company.size = (120, 30)
    company.hire(*SIMPLE).start()
    assert drawn(company) == {
        "architect": "architect",
        "manager": "manager | engineer-1",
        "engineer-2": "engineer-2 | engineer-3",
        "watch": "-",
    }
    assert {(width, height) for _, _, _, width, height in places(company)["manager"]} == {(59, 28), (60, 28)}


def test_a_terminal_of_80_by_24(company: Company) -> None:
    company.size = (80, 24)
    company.hire(*SIMPLE).start()
    assert list(places(company)) == ["architect", "manager", "engineer-1", "engineer-2", "engineer-3", "watch"]
    assert {panes[0][3:] for panes in places(company).values()} == {(80, 22)}, "the border takes a line"


def test_the_border_says_who_does_what_since_when(company: Company, outer: str) -> None:
    company.size = (80, 24)
    company.hire(("engineer", "engineer", 1)).start()
    company.scene.cards("- [ ] Wait", "  ASK: true")
    sit_down(outer, company, (80, 24), "attach")
    wait_for(
        lambda: "engineer-1 · asking since " in seen(outer).splitlines()[0] and "· t1" in seen(outer).splitlines()[0]
    )


def test_another_terminal_has_the_panes_arranged_anew(company: Company, outer: str) -> None:
    company.size = (80, 24)
    company.hire(*SIMPLE).start()
    pids = {name: company.pane(name).pid for name in ("architect", "manager", "engineer-1", "engineer-3")}
    sit_down(outer, company, (250, 61), "attach", "engineer-2")
    wait_for(lambda: company.tmux("list-clients"))
    assert drawn(company) == {"team": "architect | manager | engineer-1 / engineer-2 / engineer-3", "watch": "-"}
    assert all(width >= 80 and height >= 12 for *_, width, height in places(company)["team"])
    assert company.tmux("display-message", "-p", "-t", "=team:", "#{pane_id}") == company.pane("engineer-2").id
    assert pids == {name: company.pane(name).pid for name in pids}, "nobody was disturbed"
    # (The server stays: one that is just ending takes no new session.)
    subprocess.run(["tmux", "-L", outer, "set", "-g", "exit-empty", "off", ";", "kill-session"], check=True)
    wait_for(lambda: not company.tmux("list-clients"))
    sit_down(outer, company, (80, 24), "attach")
    wait_for(lambda: company.tmux("list-clients"))
    assert list(places(company)) == ["architect", "manager", "engineer-1", "engineer-2", "engineer-3", "watch"]


def test_who_scrolls_in_a_pane_is_not_thrown_out_by_a_message(company: Company, outer: str) -> None:
    company.hire(("engineer", "engineer", 1)).start()
    company.ready("engineer-1")
    sit_down(outer, company, (80, 24), "attach", "engineer-1")
    company.wait(lambda: company.tmux("list-clients"))
    prefix = company.tmux("show-options", "-gv", "prefix")
    subprocess.run(["tmux", "-L", outer, "send-keys", prefix, "["], check=True)
    company.wait(
        lambda: company.tmux("display-message", "-p", "-t", company.pane("engineer-1").id, "#{pane_in_mode}") == "1"
    )
    company.scene.run("send", "--wait", "3", "engineer-1", "hello", code=75)
    assert company.tmux("display-message", "-p", "-t", company.pane("engineer-1").id, "#{pane_in_mode}") == "1"
    subprocess.run(["tmux", "-L", outer, "send-keys", "q", "thanks", "Enter"], check=True)
    company.wait(lambda: len(company.taken("engineer-1")) == 2)


def test_inside_another_tmux_attach_says_what_to_do(company: Company, outer: str) -> None:
    company.hire(("engineer", "engineer", 1))
    sit_down(outer, company, (120, 30), "start", "--attach", prefix="")
    wait_for(lambda: "you are inside tmux" in seen(outer))
    company.ready("engineer-1")
    assert company.tmux("list-clients") == "", "it stands apart from the tmux around it"
    said = company.scene.run("attach", code=1)
    assert "attach needs a terminal" in said


def test_attach_without_a_team_or_without_a_pane_is_one_line(company: Company) -> None:
    company.hire(("engineer", "engineer", 1))
    assert "the team is not running\n  → `batty-hooks start --attach`" in company.scene.run("attach", code=1)
    company.start()
    assert "human has no pane" in company.scene.run("attach", "human", code=1)
    assert "there is no member 'enginer-1'" in company.scene.run("attach", "enginer-1", code=2)
