"""From roles to members: instances multiply under managers, and everybody gets a boss."""

from __future__ import annotations

from collections.abc import Sequence

from batty_hooks.state.team.model import ARCHITECT, ENGINEER, MANAGER, REVIEWER, USER, Member, Role
from batty_hooks.system.records import replace
from batty_hooks.vocabulary.names import HUMAN


def hire(roles: Sequence[Role]) -> tuple[Member, ...]:
    """The members of a team, in the order of its roles.

    One manager has engineer-1 … engineer-n; several have a block each: engineer-1-1 … is the first manager's.
    """
    human = next((role.name for role in roles if role.role_type == USER), HUMAN)
    hired = [member for role in roles for member in _of_role(role, roles, human)]
    return tuple(
        replace(member, reports=tuple(other.name for other in hired if other.boss == member.name)) for member in hired
    )


def default_talks_to(role_type: str, roles: Sequence[Role]) -> tuple[str, ...]:
    """Whom a role without `talks_to` talks to: the role types next to it in the team; a reviewer those whose work it
    sees, and whoever leads them."""
    present = [kind for kind in (ARCHITECT, MANAGER, ENGINEER) if any(role.role_type == kind for role in roles)]
    if role_type == REVIEWER:
        return tuple(present[-2:])
    if role_type not in present:
        return ()
    place = present.index(role_type)
    return tuple(present[max(place - 1, 0) : place] + present[place + 1 : place + 2])


def _of_role(role: Role, roles: Sequence[Role], human: str) -> list[Member]:
    if role.role_type == USER:
        return []
    if role.role_type == ARCHITECT:
        return [Member(name, role, human) for name in _numbered(role)]
    architects = _bosses(role, ARCHITECT, roles, anybody=True)
    if role.role_type == MANAGER:
        return [Member(name, role, (architects or [human])[0]) for name in _numbered(role)]
    managers = _bosses(role, MANAGER, roles)
    if role.role_type == REVIEWER:  # of several managers none is its own
        leads = managers if len(managers) == 1 else (architects or managers)
        return [Member(name, role, (leads or [human])[0]) for name in _numbered(role)]
    if len(managers) > 1:
        return [
            Member(f"{role.name}-{block}-{one}", role, boss)
            for block, boss in enumerate(managers, 1)
            for one in range(1, role.instances + 1)
        ]
    boss = (managers or architects or [human])[0]
    return [Member(f"{role.name}-{one}", role, boss) for one in range(1, role.instances + 1)]


def _bosses(role: Role, kind: str, roles: Sequence[Role], anybody: bool = False) -> list[str]:
    """The members of type ``kind`` that talk with ``role``, either way; all of that type if ``anybody`` will do."""
    above = [other for other in roles if other.role_type == kind]
    talking = [other for other in above if other.talks_to_role(role) or role.talks_to_role(other)]
    return [name for other in talking or (above if anybody else []) for name in _numbered(other)]


def _numbered(role: Role) -> list[str]:
    if role.instances == 1:
        return [role.name]
    return [f"{role.name}-{one}" for one in range(1, role.instances + 1)]
