"""The schema of team.yaml says what the reader reads: the same keys, the same words, and no template is wrong by it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, ClassVar

import pytest
import yaml

from batty_hooks.main import run
from batty_hooks.state.team import reading, starting
from batty_hooks.state.team.model import ROLE_TYPES

SCHEMA: dict[str, Any] = json.loads(starting.schema())
TOP, ROLE = SCHEMA["properties"], SCHEMA["$defs"]["role"]["properties"]
TEMPLATES = sorted((Path(__file__).parents[3] / "templates").glob("*.yaml"))
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def fits(value: object, schema: dict[str, Any]) -> bool:
    """What of JSON Schema our file uses, and nothing of it left out."""
    if "$ref" in schema:
        return fits(value, SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]])
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    wanted = schema.get("type", [])
    types = [wanted] if isinstance(wanted, str) else wanted
    is_one = any(number if name in ("number", "integer") else isinstance(value, TYPES[name]) for name in types)
    found = [not types or is_one, "enum" not in schema or value in schema["enum"]]
    found += [any(fits(value, one) for one in schema["anyOf"])] if "anyOf" in schema else []
    if isinstance(value, str) and "pattern" in schema:
        found.append(re.search(schema["pattern"], value) is not None)
    if number and isinstance(value, (int, float)):
        found += [value >= schema.get("minimum", value), value > schema.get("exclusiveMinimum", value - 1)]
    if isinstance(value, list) and "items" in schema:
        found += [fits(item, schema["items"]) for item in value]
    if isinstance(value, dict):
        known, others = schema.get("properties", {}), schema.get("additionalProperties", {})
        found += [set(schema.get("required", ())) <= set(value)]
        found += [fits(value[key], known[key]) for key in value.keys() & known.keys()]
        found += [others is not False and fits(value[key], others) for key in value.keys() - known.keys()]
    return all(found)


class Core(yaml.SafeLoader):
    """YAML 1.2, as editors read it: on, off, yes and no are words."""

    yaml_implicit_resolvers: ClassVar = {
        first: [one for one in all_of if first not in "oOyYnN" or not one[0].endswith(":bool")]
        for first, all_of in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def allows(text: str) -> bool:
    return fits(yaml.load(text, Loader=Core), SCHEMA)


def test_every_key_of_the_reader_is_in_it_and_no_other() -> None:
    keys = {
        "the file": (reading._TOP, TOP), "gate": (reading._GATE, TOP["gate"]["properties"]),
        "merge": (reading._MERGE, TOP["merge"]["properties"]), "board": (reading._BOARD, TOP["board"]["properties"]),
        "worktrees": (reading._WORKTREES, TOP["worktrees"]["properties"]), "a role": (reading._ROLE, ROLE),
    }  # fmt: skip
    assert {place: set(known) for place, (known, _) in keys.items()} == {
        place: set(described) for place, (_, described) in keys.items()
    }
    assert all(described[key].get("description") for _, described in keys.values() for key in described)


def test_the_words_a_key_may_have_are_the_readers(tmp_path: Path) -> None:
    assert set(ROLE["role_type"]["enum"]) == {*ROLE_TYPES, None}
    file = tmp_path / "team.yaml"
    for before, schema in (
        ("guard: ", TOP["guard"]), ("merge:\n  mode: ", TOP["merge"]["properties"]["mode"]),
        ("gate:\n  on: ", TOP["gate"]["properties"]["on"]),
    ):  # fmt: skip
        for word in filter(None, schema["enum"]):
            file.write_text(f"{before}{word}\n")
            assert reading.read(file, "x")[1] == [], word


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_every_template_fits(path: Path) -> None:
    assert allows(path.read_text())
    assert allows(starting.settings("x", "main", "make") + path.read_text())


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("", True),
        ("gate: {command: make, timeout: 90s, retries: 0, slots: 2, inputs: [cc --version], on: done}", True),
        ("gate: {timeout: 1.5h, protect: tests/}", True),
        ("guard: off", True),
        ("board: {todo: Сделать, in progress: Doing}", True),
        ("roles: [{name: e, role_type: manager, agent: codex, env: {A: 1}, args: [--x], use_worktrees: yes}]", True),
        ("roles: [{name: e, role_type: engineer, agent: [claude, codex], account: second}]", True),
        ("roles: [{name: e, role_type: engineer, agent: {claude: codex}}]", False),
        ("prices: {opus: [15, 75, 1.5], gpt: [1.25, 10]}", True),
        ("prices: {opus: cheap}", False),
        ("budget: {day: 2M, card: 500k}", True),
        ("budget: {day: 1000000}", True),
        ("budget: {day: much}", False),
        ("budget: {week: 2M}", False),
        ("gaet: {command: make}", False),
        ("gate: {slots: 0}", False),
        ("gate: {timeout: soon}", False),
        ("guard: everybody", False),
        ("roles: [{role_type: engineer, agent: codex}]", False),
        ("roles: [{name: e, role_type: enginer}]", False),
        ("roles: {name: e}", False),
    ],
)
def test_what_the_reader_takes_fits_and_what_it_refuses_does_not(text: str, right: bool, tmp_path: Path) -> None:
    assert allows(text) is right
    (tmp_path / "team.yaml").write_text(text)
    assert (reading.read(tmp_path / "team.yaml", "x")[1] == []) is right


def test_validate_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["validate", "--schema"]) == 0
    assert json.loads(capsys.readouterr().out) == SCHEMA
    assert starting.settings("x", None, None).startswith("# yaml-language-server: $schema=team.schema.json\n")
