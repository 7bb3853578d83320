"""Under which settings our git runs, whatever a person's gitconfig, the repository's own or an environment says.

The rule: what decides what we parse, test or land is ours; what says who somebody is and how files get onto his disk
stays his (identity, signing, credentials, safe.directory, filters such as lfs, line ends, ignored files, file modes of
his own checkout). Merges go further and see no setting of a person at all: see `merging`.

They stand here with their reasons, are passed by environment and are stronger than any gitconfig; `git config` alone is
started without them: it is asked for what the person has set. No hook runs in a call of ours: one could hold up
everybody under the landing lock, add to what is tested, or refuse a checkout. Of GIT_ variables only a short list goes
on.
"""

from __future__ import annotations

from collections.abc import Mapping

# Each with why. They are passed by environment: what git starts (a filter, `git reset` in `worktree add`) has them too,
# and a process list shows the command that was meant.
_SETTINGS = {
    # No hook runs in a call of ours: one that fails, hangs or writes would decide over a checkout, a test or a landing.
    "core.hooksPath": "/dev/null",
    # A collector in the background inherits what is open and races the objects we just made.
    "gc.auto": "0",
    "maintenance.auto": "false",
    # What `git log` prints beside what it was asked for, or instead of it.
    "log.showSignature": "false",
    "log.follow": "false",
    "log.diffMerges": "separate",
    "color.ui": "false",
    "column.ui": "never",
    "core.quotePath": "false",
    # Text is UTF-8, in and out: commit-tree would write another encoding's name over our bytes.
    "i18n.commitEncoding": "UTF-8",
    "i18n.logOutputEncoding": "UTF-8",
    # What has changed on disk is for git to see, not for a program of somebody's or for a flag on every file.
    "core.fsmonitor": "false",
    "core.ignoreStat": "false",
    "diff.ignoreSubmodules": "none",
    # A submodule is left alone where it is not meant: `checkout` and `switch` would fail on one that is not there.
    "submodule.recurse": "false",
    # `add` in `leftovers` must keep whatever line ends a file has.
    "core.safecrlf": "false",
    "add.ignoreErrors": "false",
    # HEAD is a file that says which branch, for us and for our hooks.
    "core.preferSymlinkRefs": "false",
    "advice.detachedHead": "false",
    # A bare repository in which we call git is one that we mean.
    "safe.bareRepository": "all",
}
# An exact worktree (a gate's) goes by content, mode and time alone, looks as the repository's own attributes say (its
# line ends too: what is tested is the same bytes on each machine), and keeps nothing that only one person ignores.
EXACT = (
    "-c", "core.fileMode=true", "-c", "core.checkStat=default", "-c", "core.trustctime=true",
    "-c", "core.excludesFile=/dev/null", "-c", "core.attributesFile=/dev/null",
    "-c", "core.autocrlf=false", "-c", "core.eol=lf",
)  # fmt: skip
# A landing survives a power cut; 3 fsyncs, asked for where a landing is made.
DURABLE = ("-c", "core.fsync=committed,loose-object,reference", "-c", "core.fsyncMethod=fsync")
# For what git starts in a repository of its own (a submodule): there the environment's settings do not reach.
NO_HOOKS = ("-c", "core.hooksPath=/dev/null")

_ENVIRONMENT = {
    "LC_ALL": "C",
    "GIT_TERMINAL_PROMPT": "0",
    # `git status` refreshes the index when it can take its lock; a landing in that moment would find the lock taken.
    "GIT_OPTIONAL_LOCKS": "0",
    # History is what everybody has who clones it: no commit stands for another one (replace refs, grafts).
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": "/dev/null/none",
}
# A trace goes on where it goes to a file: on standard error it would be taken for git's own words.
_TRACES = {"GIT_TRACE2": "0", "GIT_TRACE2_PERF": "0", "GIT_TRACE2_EVENT": "0"}
# Of the variables that git reads, those that say where a person's settings are and how his git reaches the world. All
# others (GIT_DIR, GIT_INDEX_FILE, GIT_ATTR_SOURCE, GIT_ICASE_PATHSPECS, GIT_DIFF_OPTS …) are about some other call.
_KEPT = (
    "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_CEILING_DIRECTORIES", "GIT_ASKPASS",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM", "GIT_HTTP_", "GIT_LFS_", "GIT_PROXY_", "GIT_SSH", "GIT_SSL_",
)  # fmt: skip


def environment(mine: Mapping[str, str], is_ours: bool = True) -> dict[str, str]:
    """The environment of a git call, made from this process's; not ``is_ours``: under a person's settings alone."""
    kept = {name: value for name, value in mine.items() if not name.startswith("GIT_") or _is_kept(name, value)}
    found = {**_TRACES, **kept, **_ENVIRONMENT}
    for number, (key, value) in enumerate(_SETTINGS.items() if is_ours else ()):
        found |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return {**found, "GIT_CONFIG_COUNT": str(len(_SETTINGS) if is_ours else 0)}


def _is_kept(name: str, value: str) -> bool:
    return name.startswith(_KEPT) or (name.startswith("GIT_TRACE") and value.startswith("/"))
