"""A team.yaml with other roles: everything else stays, byte for byte."""

from __future__ import annotations

import pytest

from batty_hooks.state.team import starting

ROLES = "# pair: two.\nroles:\n  - name: a\n"
BEFORE = "# Mine.\ntrunk: main\ngate:\n  command: make  # ours\n# guard: agents\n"
AFTER = "\n# How often.\nnudge: 2m\nnotify: say\n"


@pytest.mark.parametrize(
    "old",
    [
        "# simple: many.\nroles:\n  - name: b\n    role_type: engineer\n",
        "roles:\n- name: b\n  role_type: engineer\n\n- name: c\n",
        "roles: [{name: b, role_type: engineer}]\n",
        '"roles":\n  # of ours\n  - name: b\n',
    ],
)
@pytest.mark.parametrize("after", ["", AFTER])
def test_the_roles_alone_are_replaced(old: str, after: str) -> None:
    text = f"{BEFORE}\n{old}{after}"
    assert starting.with_roles(text, ROLES) == f"{BEFORE}\n{ROLES}{after}"
    assert starting.with_roles(starting.with_roles(text, ROLES), ROLES) == starting.with_roles(text, ROLES)


def test_a_file_without_roles_gets_them_at_its_end() -> None:
    assert starting.with_roles(BEFORE, ROLES) == f"{BEFORE}\n{ROLES}"
    assert starting.with_roles("", ROLES) == ROLES
