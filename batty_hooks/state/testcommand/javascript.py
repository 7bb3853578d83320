"""JavaScript and TypeScript: the `test` script of package.json, by the tool whose lock file is there; Deno."""

from __future__ import annotations

import re

from batty_hooks.state.testcommand.files import Files, Found, dig
from batty_hooks.system import late

_LOCKFILES = (
    ("pnpm-lock.yaml", "pnpm"),
    ("yarn.lock", "yarn"),
    ("bun.lock", "bun"),
    ("bun.lockb", "bun"),
    ("package-lock.json", "npm"),
    ("npm-shrinkwrap.json", "npm"),
)
# `bun test` is bun's own runner, not the script.
_TEST = {"npm": "npm test", "pnpm": "pnpm test", "yarn": "yarn test", "bun": "bun run test"}
_IN_ALL = {
    "npm": "npm test --workspaces --if-present",
    "pnpm": "pnpm -r test",
    "yarn": "yarn workspaces run test",
    "yarn of today": "yarn workspaces foreach -A run test",
    "bun": "bun run --filter '*' test",
}
_ONCE = ("test:ci", "test:run", "test:once", "ci:test")
_WATCHES = late.pattern(r"--watch(All)?\b(?!=false)")


def find(files: Files) -> Found | None:
    """How the JavaScript of a project is tested; a command of None says why not."""
    deno = _deno(files)
    if deno and (deno.command != "deno test" or "package.json" not in files):
        return deno
    if "package.json" not in files:
        return None
    data = files.json("package.json")
    if data is None:
        return Found(None, "package.json, which is no JSON")
    scripts = data.get("scripts")
    tool, by = _tool(files, data)
    found = _script(scripts if isinstance(scripts, dict) else {}, tool)
    if found and found.command:
        return Found(found.command, f"{found.saw}{by}")
    return _workspaces(files, data, tool, by) or deno or found or Found(None, "package.json without a test script")


def _tool(files: Files, data: object) -> tuple[str, str]:
    """Which tool runs the scripts, and what says so: a lock file, else the field packageManager."""
    for name, tool in _LOCKFILES:
        if name in files:
            return tool, "" if tool == "npm" else f" and {name}"
    named = str(dig(data, "packageManager")).partition("@")[0]
    return (named, " and packageManager") if named in _TEST else ("npm", "")


def _script(scripts: dict[str, object], tool: str) -> Found | None:
    text = scripts.get("test")
    if not isinstance(text, str) or not text.strip() or "no test specified" in text:
        return None
    if _WATCHES.search(text):
        once = next((name for name in _ONCE if name in scripts), None)
        if once is None:
            return Found(None, "package.json with a test script that watches and never ends")
        return Found(f"{tool} run {once}", f"package.json with a {once} script")
    ends = "CI=true " if "react-scripts test" in text else ""  # without it that one watches
    return Found(f"{ends}{_TEST[tool]}", "package.json with a test script")


def _workspaces(files: Files, data: object, tool: str, by: str) -> Found | None:
    """Several packages under one root without a test script of its own: the scripts of all that have one."""
    workspaces = dig(data, "workspaces") or (tool == "pnpm" and "pnpm-workspace.yaml" in files)
    if not workspaces:
        return None
    packages = [name for name in files.like(r"(?!.*node_modules/).+/package\.json")
                if (found := _script(dig(files.json(name), "scripts") or {}, tool)) and found.command]  # fmt: skip
    if not packages:
        return Found(None, "package.json with workspaces, none of them with a test script")
    is_new = ".yarnrc.yml" in files or re.match(r"yarn@[2-9]", str(dig(data, "packageManager")))
    command = _IN_ALL["yarn of today" if tool == "yarn" and is_new else tool]
    first = packages[0].removesuffix("/package.json")
    more = f" and {len(packages) - 1} more" if packages[1:] else ""
    return Found(command, f"package.json with workspaces{by}; {first}{more} with a test script")


def _deno(files: Files) -> Found | None:
    name = files.first("deno.json", "deno.jsonc")
    if not name:
        return None
    if dig(files.json(name), "tasks", "test"):
        return Found("deno task test", f"{name} with a test task")
    return Found("deno test", name)
