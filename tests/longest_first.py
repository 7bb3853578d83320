"""The order in which several workers take the tests: what is long first, so that at the end none is alone with it.

pytest-xdist (`--dist worksteal`) gives each worker an even piece of the list; who has finished takes from the end of
another's. So each piece begins with its share of what is long. The rest are mixed, file by file: those that wait (for
panes, for typing) would else come together at the end, and leave the machine idle.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from typing import TypeVar

# Each test with a CLI is one that may be alone at the end.
_REAL = (
    *((f"landing_test.py::test_cards_land_though_one_is_red_and_the_cli_is_killed[{cli}]", seconds)
      for cli, seconds in (("opencode", 90), ("gemini", 40), ("aider", 30), ("claude", 20), ("codex", 15))),
    *((f"delivery_test.py::test_a_dialog_is_answered_by_a_person_alone[{cli}]", seconds)
      for cli, seconds in (("opencode", 70), ("claude", 25), ("gemini", 20), ("codex", 20))),
    *((f"delivery_test.py::test_messages_arrive_whole_and_once_whatever_a_person_does[{cli}]", seconds)
      for cli, seconds in (("opencode", 50), ("aider", 35), ("codex", 35), ("gemini", 25), ("claude", 25))),
    ("cluster_test.py::test_whatever", 50), ("hosts_in_trouble_test.py::test_a_host_whose_disk", 35),
    ("team_test.py::test_one_sentence", 35), ("browser_test.py::test_twenty", 30),
    ("browser_test.py::test_a_page_in_a_browser[a recorded day]", 25),
    ("browser_test.py::test_a_page_in_a_browser[hostile]", 25),
    ("browser_test.py::test_a_page_in_a_browser[a day of seven]", 25),
    ("cluster_test.py::test_a_card_lands", 25), ("machines_test.py::test_a_line_that_is_cut", 25),
    ("cluster_test.py::test_a_label", 25), ("cluster_test.py::test_what_a_worker", 25),
    ("merge_requests_test.py::test_the_whole_way", 20), ("cluster_test.py::test_plain_tcp", 20),
)  # fmt: skip
# Seconds of a quiet machine, about; what begins with the same words stays together, for it may share a fixture.
_LONG = {
    "tests/packaging/install_test.py": 60,  # (most of it waits for an index)
    "tests/packaging/shipping_test.py": 60,
    "tests/flows/real_project_test.py": 60,
    "tests/commands/demo_test.py": 40,
    "tests/crash/moves_test.py::test_a_whole_card": 40,
    "tests/crash/moves_test.py": 40,
    "tests/crash/start_stop_test.py": 40,
    "tests/hooks/managers_test.py": 30,
    "tests/crash/power_test.py": 25,
    "tests/flows/together_test.py": 25,
    "tests/crash/review_test.py": 20,
    "tests/flows/crowd_test.py": 18,
    "tests/flows/histories_test.py": 8,
    "tests/flows/delivery_test.py": 16,
    "tests/crash/refusals_test.py": 15,
    "tests/state/history/keeping_test.py": 15,
    "tests/situations/settings_test.py": 15,
    "tests/crash/agents_test.py": 15,
    "tests/crash/outfit_test.py": 10,
    "tests/crash/landing_kills_test.py": 10,
    "tests/system/process_test.py": 10,
    "tests/lives/": 10,
    **{f"tests/real/{name}": seconds for name, seconds in _REAL},
}
_Item = TypeVar("_Item")


def dealt(items: Sequence[_Item], name: Callable[[_Item], str], workers: int) -> list[_Item]:
    """``items`` in the order in which ``workers`` are to take them, by their names."""
    long: dict[str, list[_Item]] = {}
    short: list[_Item] = []
    for item in items:
        known = next((start for start in _LONG if name(item).startswith(start)), None)
        (long.setdefault(known, []) if known else short).append(item)
    short.sort(key=lambda item: zlib.crc32(name(item).partition("::")[0].encode()))
    heads: list[list[_Item]] = [[] for _ in range(workers)]
    loads = [0] * workers
    for start in sorted(long, key=lambda known: (-_LONG[known], known)):
        least = loads.index(min(loads))
        heads[least] += long[start]
        loads[least] += _LONG[start]
    order: list[_Item] = []
    for number, head in enumerate(heads):
        size = (len(items) - len(order)) // (workers - number)
        taken, short = short[: max(size - len(head), 0)], short[max(size - len(head), 0) :]
        order += [*head, *taken]
    return [*order, *short]


def from_own_place(files: Sequence[str], worker: str, workers: int) -> list[str]:
    """``files`` from where the worker (`gw1`) is to begin, round to there again."""
    begin = len(files) * int(worker.removeprefix("gw")) // workers
    return [*files[begin:], *files[:begin]]
