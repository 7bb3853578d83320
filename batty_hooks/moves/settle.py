"""settle: tells that the project was moved or copied; where its worktrees lead was put right before anybody looked.

Agents that were running then live on in the tmux of the old place, where no path that they were given leads anywhere:
they are ended, and `start` has them go on in their sessions. The git hooks are pointed to where they lie now; so they
are when husky, in some `npm install`, has set core.hooksPath back to its own, which ours run too.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from batty_hooks.moves.base import closing
from batty_hooks.moves.base.interface import Item
from batty_hooks.rules.look import Look
from batty_hooks.state import events, githooks, panes
from batty_hooks.state.project import Project, moved
from batty_hooks.vocabulary import happened, ids, keys

NAME = "settle"
ORDER = 1
WATCHES = ("worktrees",)
SLOW = False
_NEWS, _HOOKS = "news", "hooks"


def ripe(look: Look) -> Iterator[Item]:
    """A place that the project did not have before; or git hooks that are led past."""
    if news := moved.news(look.project.place_file):
        yield Item(keys.join(_NEWS, news), f"the project was {news}")
    elif theirs := githooks.set_back(look.project):
        yield Item(keys.join(_HOOKS, theirs), "core.hooksPath is to lead to our hooks again")


def take(project: Project, item: Item) -> None:
    """The hooks, the team of the old place, the event; then forget the news. Or the event, then the hooks."""
    kind, news = keys.split(item.key)
    if kind == _HOOKS:
        _lead_back(project)
        return
    how, _, old = news.partition(" from ")
    if githooks.are_here(project):
        githooks.write_launcher(project)
        githooks.install(project)
    text = f"the project was {news}"
    if how == "moved" and (server := panes.server_before(project, Path(old))):
        closing.close(project, server)
        text += "; its agents were ended where it was: `batty-hooks start` has them go on"
    events.append(project, ids.settled(news, str(project.root)), happened.SETTLED, text=text)
    moved.told(project.place_file)


def _lead_back(project: Project) -> None:
    """What set core.hooksPath back does so again and again; each time is an event of its own."""
    if theirs := githooks.set_back(project):
        text = f"core.hooksPath was set back to {theirs}: it leads to our hooks again, which run those as well"
        changed = (project.common / "config").stat().st_mtime_ns
        events.append(project, ids.led_back(changed), happened.LED_BACK, text=text)
        githooks.install(project)
