"""OpenCode."""

NAME = "opencode"
PROGRAM = "opencode"
INTERACTIVE = True
