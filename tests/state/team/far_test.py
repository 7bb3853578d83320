"""`gate.hosts` and what goes with it: what is read, and what is a mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from batty_hooks.state.team import Far, reading

WHOLE = """gate:
  hosts: [build1, me@build2, "ssh://me@build3:2222"]
  host_slots: 8
  host_python: /opt/dask/bin/python
  host_env: [CI, TOKEN]
  host_copy: [.env]
  needs: {gpu: 1}
  classes: [linux, macos]
"""


def read(tmp_path: Path, text: str) -> tuple[Far, list[str]]:
    team, problems = reading.understand(text.encode(), tmp_path, "x")
    return team.gate.far, [problem.what for problem in problems]


def test_all_of_it_is_read(tmp_path: Path) -> None:
    far, problems = read(tmp_path, WHOLE)
    hosts = ("build1", "me@build2", "ssh://me@build3:2222")
    wanted = Far(hosts, 8, "/opt/dask/bin/python", ("CI", "TOKEN"), (".env",), {"gpu": 1}, ("linux", "macos"))
    assert (far, problems) == (wanted, [])


def test_nothing_of_it_is_nothing(tmp_path: Path) -> None:
    far, problems = read(tmp_path, "gate: {command: make}\n")
    assert not far and not problems


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("hosts: [-oProxyCommand=x]", "'-oProxyCommand=x' is no host of ssh"),
        ("hosts: ['a b']", "'a b' is no host of ssh"),
        ("hosts: [a, a]", "a host is named twice"),
        ("host_slots: 2", "host_slots is said, and there are no hosts"),
        ("needs: {gpu: 1}", "needs is said, and there are no hosts"),
        ("{hosts: [a], host_slots: 0}", "host_slots is '0'"),
        ("{hosts: [a], host_env: [A-B]}", "'A-B' is not the name of a variable"),
        ("{hosts: [a], host_copy: [../x]}", "host_copy '../x' is no path inside the repository"),
        ("classes: [Mac OS]", "'Mac OS' is not a class of machines: linux, macos, linux-aarch64"),
    ],
)
def test_what_is_a_mistake(tmp_path: Path, line: str, what: str) -> None:
    gate = f"gate: {line}\n" if line.startswith("{") else f"gate:\n  {line}\n"
    assert read(tmp_path, gate)[1] == [f"gate: {what}"]
