"""`.batty/rejections/`: what somebody is writing, or has written, about an offer in an editor. It lies there until it
has reached its engineer, so that no word is lost: the editor begins with it the next time."""

from __future__ import annotations

from pathlib import Path

from batty_hooks.state.project import Project
from batty_hooks.system import atomic


def room(project: Project) -> Path:
    """Where they lie."""
    return project.batty / "rejections"


def key_of(path: Path) -> str:
    """The key of the offer that one is about."""
    return path.stem.rpartition("-")[0]


def begin(project: Project, key: str, commit: str, text: str) -> Path:
    """The file to be written into: as it was left, or with that text. (As a mail, so that editors quote and wrap.)"""
    path = room(project) / f"{key}-{commit[:10]}.eml"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic.write(path, text)
    return path


def read(path: Path) -> str:
    """What is in it now. Whatever the editor has made of it, it is text."""
    try:
        return path.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")
    except FileNotFoundError:
        return ""


def over(path: Path) -> None:
    """It has reached its engineer, or nothing was written."""
    atomic.remove(path)
