"""What Codex alone does: an offer at its start that neither its hooks nor its files tell of."""

from __future__ import annotations

import dataclasses

import pytest
from real.crew import CLIS, Crew

pytestmark = pytest.mark.parametrize("cli", [cli for cli in CLIS if cli.name == "codex"], ids=lambda cli: cli.name)
OFFERED = "gpt-5.6-sol"


def is_of(crew: Crew, model: str, *more: str) -> Crew:
    crew.cli = dataclasses.replace(crew.cli, model=model, args=(*crew.cli.args, *more))
    return crew.hire_one()


def test_a_message_waits_until_a_person_has_answered_what_it_offers_at_its_start(crew: Crew) -> None:
    """An Enter says yes there, and the model is another one from then on."""
    is_of(crew, OFFERED, "-c", "notice.model_migrations={}").start()
    crew.wait(lambda: "Try new model" in crew.screen("engineer-1"))
    crew.scene.run("send", "engineer-1", "hello")
    crew.wait(lambda: crew.state("engineer-1") == "asking")
    assert "engineer-1 asks: something in its pane" in crew.scene.run("status", code=1)
    assert "Try new model" in crew.screen("engineer-1")
    crew.keys("engineer-1", "2", "Enter")
    crew.wait(lambda: not crew.unread("engineer-1"))
    crew.wait(lambda: crew.state("engineer-1") == "ready")
    assert crew.scene.log().count("delivered") == 1
    assert "Model changed" not in crew.screen("engineer-1")


def test_the_model_that_team_yaml_names_is_not_offered_away(crew: Crew) -> None:
    is_of(crew, OFFERED).start()
    crew.scene.run("send", "engineer-1", "hello")
    crew.wait(lambda: not crew.unread("engineer-1"))
    crew.wait(lambda: crew.state("engineer-1") == "ready")
    assert "Model changed" not in crew.screen("engineer-1")
