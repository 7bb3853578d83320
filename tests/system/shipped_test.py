"""The shipped folders are found from a clone."""

from __future__ import annotations

from pathlib import Path

import batty_hooks
from batty_hooks.system import shipped

ROOT = Path(batty_hooks.__file__).resolve().parent.parent


def test_in_a_clone_they_stand_beside_the_package() -> None:
    assert shipped.templates() == ROOT / "templates"
    assert shipped.hooks() == ROOT / "hooks"
    assert (shipped.templates() / "roles" / "engineer.md").is_file()
