"""The git hooks in the user's repository, beside whatever hooks are there already.

`<common>/batty/` holds what is ours: `actions/` (the shipped hooks), `hooks/` (where core.hooksPath points when it has
to), `root`, `previous`, what the guard goes by (guard.py), and `before.json`, which remembers everything `uninstall`
puts back. Every hook git starts is a copy of one file, hooks/forward. There are two ways to be found by git, chosen by
what is there:

- nobody uses core.hooksPath: plain files in `<common>/hooks`. A hook of that name steps aside to
  `<name>.before-batty` and is run first. `pre-commit install` goes on working (it refuses where core.hooksPath is set).
- core.hooksPath is set (husky, a global one), a hook would not work under another name, or the directory is a link to
  one that others see as well (`ln -s ../scripts/hooks .git/hooks`): core.hooksPath points to
  `<common>/batty/hooks`, with a forwarder for every hook of the place it pointed to, now or later.
"""

from typing import TYPE_CHECKING

from batty_hooks.system import late

if TYPE_CHECKING:
    from batty_hooks.state.githooks.excluding import exclude
    from batty_hooks.state.githooks.hooks_path import set_back
    from batty_hooks.state.githooks.launcher import write_launcher
    from batty_hooks.state.githooks.putting import are_here, install, mend, problems, uninstall
else:
    __getattr__ = late.face(
        __name__,
        excluding="exclude",
        hooks_path="set_back",
        launcher="write_launcher",
        putting="are_here install mend problems uninstall",
    )

__all__ = ["are_here", "exclude", "install", "mend", "problems", "set_back", "uninstall", "write_launcher"]
