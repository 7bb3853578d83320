"""What somebody is called where nobody has said otherwise."""

from __future__ import annotations

HUMAN = "human"  # unless team.yaml has a role of the type `user`
