"""Tools that, run in the primary checkout, look into the worktrees below `.batty/` too: they go by no file of what git
ignores, and pass over no directory for its dot. What is tested there is somebody else's work, and half done."""

from __future__ import annotations

import json
from collections.abc import Iterator

from batty_hooks.state.testcommand.files import Files, dig
from batty_hooks.system import late

# Each with the setting that keeps it out, seen from the directory it is run in: in a gate worktree it changes nothing.
_TOLD = {
    "jest": '`modulePathIgnorePatterns: ["<rootDir>/\\\\.batty/"]`',
    "vitest": '`exclude: [...configDefaults.exclude, ".batty/**"]`',
    "eslint": '`ignores: [".batty/**"]`',
}
_SETTINGS = late.pattern(r"(?:.*/)?(?:(?:jest|vite|vitest|eslint)\.config\.\w+|\.eslintrc\b.*|\.eslintignore)\Z")


def find(files: Files) -> Iterator[str]:
    """Each such tool of a project that has not been told, with what tells it."""
    data = files.json("package.json")
    needs = [dig(data, part) for part in ("dependencies", "devDependencies")]
    wanted = [name for name in _TOLD if any(isinstance(part, dict) and name in part for part in needs)]
    if not wanted:
        return
    settings = [*files.texts([name for name in sorted(files.names) if _SETTINGS.match(name)]), json.dumps(data)]
    if not any(".batty" in text for text in settings):
        for name in wanted:
            yield f"{name} looks into .batty/worktrees too when it is run here; {_TOLD[name]} keeps it out"
