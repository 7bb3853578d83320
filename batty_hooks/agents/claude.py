"""Claude Code."""

NAME = "claude"
PROGRAM = "claude"
INTERACTIVE = True
