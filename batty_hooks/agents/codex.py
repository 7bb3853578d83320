"""Codex."""

NAME = "codex"
PROGRAM = "codex"
INTERACTIVE = True
