"""Gemini CLI."""

NAME = "gemini"
PROGRAM = "gemini"
INTERACTIVE = True
