"""What git says, and what mends it."""

from __future__ import annotations

import pytest

from batty_hooks.system.git import remedies


@pytest.mark.parametrize(
    ("said", "mend"),
    [
        ("fatal: Unable to create '/p/.git/index.lock': File exists.", "rm /p/.git/index.lock  (if no git is at work there)"),  # noqa: E501
        ("fatal: x\n\n\tgit config --global --add safe.directory '/a b'\n", "git config --global --add safe.directory '/a b'"),  # noqa: E501
        ("fatal: 'e/t1' is already used by worktree at '/a b'", "git -C '/a b' switch --detach"),
        ("fatal: 'e/t1' is already checked out at '/w'", "git -C /w switch --detach"),
        ("fatal: cannot lock ref 'refs/heads/e/t': 'refs/heads/e' exists; cannot create 'refs/heads/e/t'", "git branch -m e e-old"),  # noqa: E501
        ("fatal: cannot lock ref 'refs/heads/e': 'refs/heads/e/t' exists; cannot create 'refs/heads/e'", "git branch -m e/t e-t-old"),  # noqa: E501
        ("error: there is a non-empty directory '.git/refs/heads/e' blocking reference 'refs/heads/e'",
         "mv .git/refs/heads/e /tmp  (nothing of it is lost)"),
        ("warning: w\nfatal: cannot use .git/info/exclude as an exclude file",
         "mv .git/info/exclude .git/info/exclude.away"),
        ("error: external filter 'git-lfs clean' failed\nfatal: a: clean filter 'lfs' failed",
         "git config --get-regexp filter.lfs  (it names what has to be installed)"),
        ("error: object file .git/objects/aa/bb is empty",
         "find .git/objects -type f -empty -delete && git fsck --full  (it says what is lost)"),
        ("fatal: loose object aabb (stored in .git/objects/aa/bb) is corrupt",
         "git fsck --full  (it says what is broken; a fetch or another clone has it whole)"),
        ("merge-tree: aabb - not something we can merge",
         "git fsck --full  (it says what is broken; a fetch or another clone has it whole)"),
        ("fatal: /p/.git/worktrees/e/index: index file smaller than expected",
         "mv /p/.git/worktrees/e/index /tmp && git --git-dir=/p/.git/worktrees/e read-tree HEAD  (no file is changed)"),
        ("error: bad signature 0x00000000\nfatal: index file corrupt",
         "mv .git/index /tmp && git --git-dir=.git read-tree HEAD  (no file is changed)"),
        ("fatal: not a git repository: /p/.git/worktrees/e",
         "echo 'ref: refs/heads/BRANCH' > /p/.git/worktrees/e/HEAD  (the last lines of …/logs/HEAD name its branch)"),
        ("fatal: not a git repository (or any of the parent directories): .git",
         "git status  (it says more; where .git/HEAD is empty: echo 'ref: refs/heads/BRANCH' > .git/HEAD)"),
        ("fatal: unknown repository extension found:\n\trefstorage",
         "install git 2.45 or newer"),
        ("fatal: unknown repository extension found:\n\trelativeworktrees", "install git 2.48 or newer"),
        ("fatal: unknown repository extension found:\n\tof_tomorrow", "install a newer git: this was made by one"),
        ("error: invalid value for 'extensions.refstorage': 'of'\nfatal: unknown ref storage format 'of'",
         "install git 2.45 or newer"),
        ("fatal: Expected git repo version <= 1, found 9", "install a newer git: this was made by one"),
        ("fatal: '/gone' does not appear to be a git repository\nfatal: could not fetch 0ff3 from promisor remote\n"
         "error: unable to read blob object 0ff3",
         "git fetch  (a partial clone: what it lacks its remote has to give, and that does not answer)"),
        ("fatal: bad config line 1 in file .git/config", "${EDITOR:-vi} .git/config  (mend that line)"),
        ("fatal: cannot lock ref 'refs/heads/e/t1': unable to resolve reference 'refs/heads/e/t1': reference broken",
         "rm .git/refs/heads/e/t1  (the last line of .git/logs/refs/heads/e/t1 has its commit, second word: "
         "git update-ref refs/heads/e/t1 …)"),
        ("fatal: write error: No space left on device", "df -h  (it shows where some space has to be freed)"),
        ("error: unable to create directory for x/refs/heads/e", "`ls -ld` shows whose it is; `chown` it to who works"),
        ("fatal: could not open 'x': Permission denied", "`ls -ld` shows whose it is; `chown` it to who works"),
        ("fatal: something else", "mend what git says there"),
    ],
)  # fmt: skip
def test_what_mends_it(said: str, mend: str) -> None:
    assert remedies.mend(said) == mend


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("Preparing worktree (new branch 'x')\nfatal: bad\n", "bad"),
        ("warning: w\nhint: h\nerror: e\nfatal: f\n", "e"),
        ("sh: 1: git-lfs: not found\nfatal: a.bin: smudge filter lfs failed\n", "a.bin: smudge filter lfs failed"),
        (
            "fatal: unknown repository extension found:\n\trefstorage\n",
            "unknown repository extension found: refstorage",
        ),
        ("fatal: 'x' does not appear to be a git repository\nfatal: could not fetch 0ff3 from promisor remote\n",
         "could not fetch 0ff3 from promisor remote"),
        ("\n", ""),
    ],
)  # fmt: skip
def test_the_line_that_says_why(said: str, why: str) -> None:
    assert remedies.why(said) == why
