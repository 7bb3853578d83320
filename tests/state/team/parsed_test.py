"""What is kept of a parsed team.yaml says what the text says, and nothing of any other text."""

from __future__ import annotations

from pathlib import Path

import pytest
from scene import Scene

from batty_hooks.state import project as project_map
from batty_hooks.state import team
from batty_hooks.state.team import document, parsed, reading
from batty_hooks.system import shipped

_ODD = """\
trunk: 1.0
gate: &gate {command: "true", on: [a, b]}
merge:
roles:
  - &one {name: ä dev, role_type: engineer, agent: claude, instances: 2}
  - {<<: *one, name: dev, wip: nope}
  - 7
"""


@pytest.fixture
def kept(scene: Scene) -> Path:
    """Where it is kept in an installed project without a team."""
    scene.run("install")
    return parsed.file(project_map.find(scene.root).common)


@pytest.mark.parametrize("text", [*sorted(shipped.templates().glob("*.yaml")), _ODD, "", "7", "- a\n- b\n"], ids=str)
def test_kept_or_not_it_is_the_same_team_with_the_same_mistakes(
    scene: Scene, kept: Path, text: Path | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = scene.root / ".batty/team_config/team.yaml"
    place.write_text(text.read_text() if isinstance(text, Path) else text)
    alone = reading.read(place, "x", thorough=True)
    team.keep(project_map.find(scene.root))
    if kept.exists():
        monkeypatch.setattr(document, "compose", None)  # PyYAML is not asked
    assert reading.read(place, "x", thorough=True, kept=kept) == alone
    assert kept.exists() or text == ""


def test_another_text_another_version_and_half_a_file_are_not_it(
    scene: Scene, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, place = project_map.find(scene.root), scene.root / ".batty/team_config/team.yaml"

    def name() -> str:
        return reading.read(place, "x", kept=kept)[0].name

    place.write_text("name: first\n")
    team.keep(project)
    whole = kept.read_bytes()
    place.write_text("name: other\n")
    assert name() == "other"
    place.write_text("name: first\n")
    for length in range(len(whole)):
        kept.write_bytes(whole[:length])
        assert name() == "first"
    kept.write_bytes(whole.replace(b'"mapping"', b'"mopping', 1))
    assert name() == "first"
    kept.write_bytes(whole.replace(b'"first"', b'"odd"'))  # nobody looks twice at what was kept
    assert name() == "odd"
    monkeypatch.setattr(parsed, "__version__", "9.9.9")
    assert name() == "first"
    team.keep(project)
    assert name() == "first" and kept.read_bytes().startswith(b"9.9.9\n")


def test_a_text_that_leads_into_itself_is_parsed_each_time(scene: Scene, kept: Path) -> None:
    (scene.root / ".batty/team_config/team.yaml").write_text("roles: &all [*all]\n")
    team.keep(project_map.find(scene.root))
    assert not kept.exists()


def test_a_step_keeps_it_and_it_is_written_once(scene: Scene, kept: Path) -> None:
    scene.run("init", "--template", "solo", "--agent", "command")
    scene.step()
    first = kept.stat()
    scene.step()
    assert kept.stat() == first
