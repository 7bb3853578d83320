"""The environment of what we start: without what ties a child to the git call that we were started from."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

# Names that tie a child to the repository or the session of its parent. The first group is what
# `git rev-parse --local-env-vars` prints; a test suite that runs `git init` with GIT_DIR set commits its
# fixtures onto the engineer's branch.
GIT_LOCAL = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_CONFIG GIT_CONFIG_PARAMETERS GIT_CONFIG_COUNT GIT_OBJECT_DIRECTORY "
    "GIT_DIR GIT_WORK_TREE GIT_IMPLICIT_WORK_TREE GIT_GRAFT_FILE GIT_INDEX_FILE GIT_NO_REPLACE_OBJECTS "
    "GIT_REPLACE_REF_BASE GIT_PREFIX GIT_SHALLOW_FILE GIT_COMMON_DIR GIT_NAMESPACE GIT_QUARANTINE_PATH "
    "GIT_REFLOG_ACTION GIT_EDITOR GIT_EXEC_PATH GIT_INTERNAL_SUPER_PREFIX GIT_LITERAL_PATHSPECS "
    "GIT_AUTHOR_DATE GIT_COMMITTER_DATE"
).split()


def clean_environment(extra: Mapping[str, str] | None = None, drop: Iterable[str] = ()) -> dict[str, str]:
    """This process's environment without what ties a child to our git call, plus ``extra``."""
    gone = {*GIT_LOCAL, *drop}
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in gone and not name.startswith(("GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_"))
    }
    return {**kept, **(extra or {})}
