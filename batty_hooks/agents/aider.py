"""Aider."""

NAME = "aider"
PROGRAM = "aider"
INTERACTIVE = True
