"""The real CLIs of tests/real: each story once per CLI, with a scripted model; see `run`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from real.crew import CLIS, Cli, Crew
from real.model_server import ModelServer
from scene import Scene


@pytest.fixture(scope="session", autouse=True)
def clis() -> Path:
    """Where they are installed. They are never skipped silently."""
    if not os.environ.get("REAL_CLIS"):
        pytest.exit("run these tests by tests/real/run: it installs the CLIs", returncode=2)
    return Path(os.environ["REAL_CLIS"])


@pytest.fixture(params=CLIS, ids=lambda cli: cli.name)
def cli(request: pytest.FixtureRequest) -> Cli:
    return request.param


@pytest.fixture
def crew(scene: Scene, cli: Cli, tmp_path: Path) -> Iterator[Crew]:
    with ModelServer(tmp_path / "requests.jsonl") as server:
        found = Crew(scene, cli, server)
        yield found
        found.close()
