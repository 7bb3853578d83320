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


@pytest.mark.parametrize("address", ["tls://there:8786", "tls://[fd00::1]:8786", "tcp://127.0.0.1:8786",
                                     "tcp://localhost:1", "tcp://[::1]:1"])  # fmt: skip
def test_a_cluster_that_is_running_is_read(tmp_path: Path, address: str) -> None:
    far, problems = read(tmp_path, f"gate:\n  scheduler: '{address}'\n  host_slots: 2\n  needs: {{gpu: 1}}\n")
    assert (far, problems) == (Far(slots=2, needs={"gpu": 1}, scheduler=address), [])
    assert far and far.elsewhere == "gate.scheduler" and far.word


def test_nothing_of_it_is_nothing(tmp_path: Path) -> None:
    far, problems = read(tmp_path, "gate: {command: make}\n")
    assert not far and not problems


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("hosts: [-oProxyCommand=x]", "'-oProxyCommand=x' is no host of ssh"),
        ("hosts: ['a b']", "'a b' is no host of ssh"),
        ("hosts: [a, a]", "a host is named twice"),
        ("scheduler: there:8786", "'there:8786' is no address of dask's scheduler"),
        ("scheduler: ucx://there:8786", "'ucx://there:8786' is no address of dask's scheduler"),
        ("{hosts: [a], scheduler: 'tls://there:8786'}", "there are hosts and a scheduler"),
        (
            "scheduler: tcp://there:8786",
            "whoever reaches tcp://there:8786 could run what he likes there, and answer in its place: "
            "plain tcp is not used",
        ),
        ("{scheduler: 'tls://there:8786', host_python: x}", "host_python is said, and there are no hosts"),
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
