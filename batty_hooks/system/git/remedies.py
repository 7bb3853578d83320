"""What git's complaints mean: the line of them that says why, and the command that mends it. Pure."""

from __future__ import annotations

import re
import shlex

from batty_hooks.system import late

_CHATTER = late.pattern(r"(?:Preparing worktree|Switched to|HEAD is now|hint:|warning:|\s*$)")
_TAKEN_LOCK = late.pattern(r"[Uu]nable to create (?:file )?'?(/.+\.(?:lock|new))'?: File exists")
_SAFE = late.pattern(r"^\s*(git config --global --add safe\.directory .+)$", re.M)
_ELSEWHERE = late.pattern(r"'(?P<branch>[^']+)' is already (?:checked out|used by worktree) at '(?P<place>.+)'")
_NAME_TAKEN = late.pattern(r"'refs/heads/(?P<name>[^']+)' exists; cannot create 'refs/heads/")
_IN_THE_WAY = late.pattern(r"non-empty directory '(?P<place>[^']+)' blocking reference")
_NO_FILE = late.pattern(r"cannot use (?P<place>\S.*) as an exclude file")
_FILTER = late.pattern(
    r"(?:smudge filter (?P<a>\S+) failed|clean filter '(?P<b>[^']+)' failed|external filter '(?P<c>[^']+)' failed)"
)
_PROMISED = late.pattern(r"from promisor remote")
_EMPTY = late.pattern(r"object file (?P<place>.*/objects)/\S+ is empty")
_INDEX = late.pattern(r"(?P<index>\S*/index): index file smaller|index file corrupt|bad (?:index file sha1 )?signature")
_HEAD = late.pattern(r"not a git repository: (?P<place>/.+/worktrees/[^/\s]+)")
_HEAD_OF_ALL = late.pattern(r"not a git repository \(or any")
_NEWER = late.pattern(r"unknown repository extension|[Ee]xpected git repo version|unknown ref storage format")
_EXTENSION = late.pattern(r"unknown repository extension found:\s*(?P<name>\w+)|(?P<refs>unknown ref storage format)")
_SINCE = {"refstorage": "2.45", "relativeworktrees": "2.48"}  # which git knows it
_CONFIG = late.pattern(r"bad (?:numeric )?config .*\bin (?:file )?'?(?P<file>[^\s']+)")
_BROKEN_REF = late.pattern(r"unable to resolve reference '(?P<name>refs/[^']+)'(?:: reference broken)?")
_BROKEN = late.pattern(
    r"(?:loose|packed) object .+ is corrupt|bad object|unable to read (?:tree|sha1)"
    r"|missing (?:blob|tree|commit)|[Cc]ould not (?:parse|read) (?:object|commit|\w{40})|not something we can merge"
    r"|[Ff]ailed to traverse parents|invalid sha1 pointer|broken ref|inflate: data stream error"
)
_UNKNOWN = late.pattern(r"^usage: git |is not a git command|unknown (?:option|switch)")
_TAKEN_FOR_BARE = "this operation must be run in a work tree"
_SYSTEM = (
    (
        late.pattern(r"No space left on device|Disk quota exceeded"),
        "df -h  (it shows where some space has to be freed)",
    ),
    (late.pattern(r"Too many open files"), "ulimit -n 4096  (in this shell)"),
    (late.pattern(r"Read-only file system"), "mount it writable"),
    (
        late.pattern(r"[Pp]ermission denied|insufficient permission|unable to create directory"),
        "`ls -ld` shows whose it is; `chown` it to who works",
    ),
    (late.pattern(r"File ?name too long"), "shorten that path, or move the project nearer to /"),
)


def why(said: str) -> str:
    """The line of git's complaint that says most; "" when there is none."""
    lines = [line.strip() for line in said.splitlines() if not _CHATTER.match(line)]
    about_filter = [line for line in lines if "filter" in line or _PROMISED.search(line)]
    if lines and lines[0].endswith(" found:"):  # what was found is in the next one
        lines = [" ".join(lines[:2])]
    return (about_filter or lines or [""])[0].removeprefix("fatal: ").removeprefix("error: ")


def lock_taken(said: str) -> str | None:
    """The lock file that git says is held already, or None."""
    found = _TAKEN_LOCK.search(said)
    return found[1] if found else None


def mend(said: str) -> str:
    """The command, or the sentence, that helps against what git said."""
    if lock := lock_taken(said):
        return f"rm {shlex.quote(lock)}  (if no git is at work there)"
    if found := _SAFE.search(said):
        return found[1]
    if found := _ELSEWHERE.search(said):
        return f"git -C {shlex.quote(found['place'])} switch --detach"
    if found := _NAME_TAKEN.search(said):
        return f"git branch -m {shlex.quote(found['name'])} {shlex.quote(found['name'].replace('/', '-') + '-old')}"
    if found := _IN_THE_WAY.search(said):
        return f"mv {shlex.quote(found['place'])} /tmp  (nothing of it is lost)"
    if _UNKNOWN.search(said):
        return "install git 2.38 or newer"
    if _TAKEN_FOR_BARE in said:
        return "git config core.bare false  (if this is a checkout, and no bare repository)"
    if found := _NO_FILE.search(said):
        return f"mv {shlex.quote(found['place'])} {shlex.quote(found['place'] + '.away')}"
    if found := next((one for line in said.splitlines()[::-1] if (one := _FILTER.search(line))), None):
        name = found["a"] or found["b"] or found["c"]
        return f"git config --get-regexp filter.{name}  (it names what has to be installed)"
    return _of_damage(said) or next((words for sign, words in _SYSTEM if sign.search(said)), "mend what git says there")


def _of_damage(said: str) -> str:
    """What helps where a file of git's own is damaged, as after a power cut; "" when it is about none."""
    if found := _BROKEN_REF.search(said):
        ref = found["name"]
        return f"rm .git/{ref}  (the last line of .git/logs/{ref} has its commit, second word: git update-ref {ref} …)"
    if found := _INDEX.search(said):
        index = found["index"] or ".git/index"
        directory = shlex.quote(index.rpartition("/")[0])
        return f"mv {shlex.quote(index)} /tmp && git --git-dir={directory} read-tree HEAD  (no file is changed)"
    if found := _HEAD.search(said):
        head = f"{found['place']}/HEAD"
        return f"echo 'ref: refs/heads/BRANCH' > {shlex.quote(head)}  (the last lines of …/logs/HEAD name its branch)"
    if _HEAD_OF_ALL.search(said):
        return "git status  (it says more; where .git/HEAD is empty: echo 'ref: refs/heads/BRANCH' > .git/HEAD)"
    if _NEWER.search(said):
        found = _EXTENSION.search(said)
        name = "" if not found else "refstorage" if found["refs"] else found["name"]
        return f"install git {_SINCE[name]} or newer" if name in _SINCE else "install a newer git: this was made by one"
    if found := _CONFIG.search(said):
        return f"${{EDITOR:-vi}} {shlex.quote(found['file'])}  (mend that line)"
    if _PROMISED.search(said):
        return "git fetch  (a partial clone: what it lacks its remote has to give, and that does not answer)"
    if found := _EMPTY.search(said):
        return f"find {shlex.quote(found['place'])} -type f -empty -delete && git fsck --full  (it says what is lost)"
    if _BROKEN.search(said):
        return "git fsck --full  (it says what is broken; a fetch or another clone has it whole)"
    return ""
