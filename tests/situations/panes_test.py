"""The team's panes on machines as they are: other shells, other terminals, few variables, odd places for sockets."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from situations.situation import table
from tui.company import Company

from batty_hooks.state.panes import others, windows
from batty_hooks.system import tmux

TABLE = table("panes")
OTHER_SHELL = "tmux's `default-shell` knows no sh (nushell, fish), and its `default-terminal` is not known here"
NO_SHELL = "`SHELL` is nologin; there is no `HOME`, no `LANG` and no `TERM`, as in cron"
ODD = (
    "`~/.tmux.conf` has `base-index 1`, `status off`, `synchronize-panes on`, `destroy-unattached on`, a "
    "`default-command` that is not there, hooks that split windows, plugins that are missing, a session `team`, and a "
    "line that tmux does not understand"
)
UNKNOWN_TERM = "`TERM` came by ssh and is not known here: `start --attach`"
LONG_PLACE = "`TMUX_TMPDIR` is too long for a socket"
NO_PLACE = "`TMUX_TMPDIR` is not a directory one may write to"
ALIASES = "`~/.tmux.conf` has a `command-alias` for commands of tmux (`send-keys=…`, `new-session=…`)"
ENDING = "`~/.tmux.conf` has hooks that end what is made: `set-hook -g session-created kill-session`"
NO_SIZE = "The terminal says that it is 0 columns wide"
OWN_SESSION = "You have a session of your own in the team's tmux, beside those that your tmux.conf makes: `stop`"
KILLED = "…and the team's is ended by hand (`tmux kill-session -t team`), then `start`"
PAGE = [
    OTHER_SHELL, NO_SHELL, ODD, ALIASES, ENDING, UNKNOWN_TERM, LONG_PLACE, NO_PLACE, NO_SIZE, OWN_SESSION, KILLED,
]  # fmt: skip
STARTED = "the team starts; a message is taken, a killed agent comes back, `stop` ends it all"
PACKAGE = Path(windows.__file__).parents[2]
# Shows an error for whatever line it is given.
NU = '#!/bin/sh\n[ $# = 0 ] && exec sleep 1000\necho "Error: nu::parser: $*" >&2\nexit 1\n'


@pytest.fixture
def company(company: Company) -> Company:
    company.hire(("engineer", "engineer", 1))
    return company


def lives(company: Company, begun: bool = False) -> str:
    """The team starts (unless it is ``begun``), hears, comes back after a kill and stops; what to say of that."""
    if not begun:
        company.start()
    company.ready("engineer-1")
    company.watcher()
    before = company.pane("engineer-1")
    os.kill(before.pid, 9)
    company.wait(lambda: company.pane("engineer-1").pid not in (0, before.pid))
    company.ready("engineer-1")
    company.scene.run("send", "engineer-1", "hello")
    company.wait(lambda: company.taken("engineer-1"))
    company.scene.run("stop", "--wait", "1")
    assert not company.tmux("list-sessions", check=False)
    return STARTED


def test_as_cron_starts_it(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("user.name", "T"), ("user.email", "t@example.com")):
        company.scene.git("config", name, value)
    monkeypatch.setenv("SHELL", shutil.which("nologin") or "/bin/false")
    for name in ("HOME", "LANG", "LC_ALL", "LC_CTYPE", "TERM", "USER", "LOGNAME"):
        monkeypatch.delenv(name, raising=False)
    TABLE.check(NO_SHELL, lives(company))


def test_settings_of_the_persons_own(company: Company, own_home: Path) -> None:
    company.hire(("engineer", "engineer", 2))
    (own_home / ".tmux.conf").write_text(
        "set -g base-index 1\nsetw -g pane-base-index 1\nset -g status off\nset -g mouse on\nset -g history-limit 0\n"
        "set -g detach-on-destroy off\nset -g default-command 'no-such-program'\nset -g update-environment ''\n"
        "set -g default-size 20x5\nset -g destroy-unattached on\nset -s exit-unattached on\n"
        "setw -g synchronize-panes on\nset-hook -g after-new-session 'new-window; split-window'\n"
        "set-hook -g after-split-window 'select-layout even-vertical'\nset-hook -g pane-died 'respawn-pane'\n"
        "new-session -d -s team\nset -g no-such-option on\n"
        "run-shell ~/.tmux/plugins/tpm/tpm\nsource-file /nowhere\n}{\n"
    )
    TABLE.check(ODD, lives(company))
    assert company.taken("engineer-2") == [], "what is sent to one is typed to one"


def test_aliases_a_shell_and_a_terminal_of_the_persons_own(company: Company, own_home: Path) -> None:
    nu = own_home / "nu"
    nu.write_text(NU)
    nu.chmod(0o755)
    ours = sorted(windows._OURS)
    lines = [f"set -s command-alias[{number}] {name}='display-message no'\n" for number, name in enumerate(ours, 10)]
    lines += ['set -s command-alias[99] "zoom=resize-pane -Z ; info"\n', f"set -g default-shell {nu}\n"]
    (own_home / ".tmux.conf").write_text("".join([*lines, "set -g default-terminal no-such-terminal\n"]))
    company.start()
    assert company.tmux("show-options", "-sv", "command-alias").splitlines()[-1] == "zoom=resize-pane -Z ; info"
    said = lives(company, begun=True)
    TABLE.check(ALIASES, said)
    TABLE.check(OTHER_SHELL, said)


def test_hooks_that_end_what_is_made(company: Company, own_home: Path) -> None:
    company.hire(("engineer", "engineer", 2))
    (own_home / ".tmux.conf").write_text(
        "set-hook -g session-created kill-session\nset-hook -g after-new-session 'kill-session -t team'\n"
        "set-hook -g after-split-window kill-pane\nset-hook -g after-new-window 'run-shell true ; killw'\n"
        "set-hook -g client-detached kill-server\nset-hook -g window-layout-changed 'kill-pane -t 0'\n"
        "set-hook -g after-kill-pane 'display-message gone'\n"
    )
    TABLE.check(ENDING, lives(company))


def test_a_session_of_ones_own_in_the_teams_tmux(company: Company, own_home: Path) -> None:
    (own_home / ".tmux.conf").write_text("new-session -d -s notes\n")
    company.start()
    company.ready("engineer-1")
    company.tmux("new-session", "-d", "-s", "my own", "sleep 1000")
    company.tmux("new-session", "-d", "-t", "team", "-s", "view")
    mine = company.tmux("list-panes", "-t", "=my own:", "-F", "#{pane_pid}")
    before = company.pane("engineer-1")
    company.tmux("kill-session", "-t", "=team")
    company.tmux("kill-session", "-t", "=view")
    company.start(env={"SINCE": "then"})
    company.ready("engineer-1")
    assert company.pane("engineer-1").pid != before.pid and not before.alive
    assert company.tmux("list-panes", "-t", "=my own:", "-F", "#{pane_pid}") == mine
    assert "SINCE=then" in company.tmux("show-environment", "-g")
    TABLE.check(KILLED, "the team starts beside it, with the environment of today")
    company.tmux("new-session", "-d", "-t", "team", "-s", "view")
    said = company.scene.run("stop", "--wait", "1")
    assert set(company.tmux("list-sessions", "-F", "#{session_name}").splitlines()) == {"my own", "notes"}
    [line] = [line for line in said.splitlines() if "my own" in line]
    TABLE.check(OWN_SESSION, f"the team is ended, its windows in other sessions too; {line}")
    company.tmux("kill-session", "-t", "=my own")
    company.start()
    company.scene.run("stop", "--wait", "1")
    assert not company.tmux("list-sessions", check=False), "what a tmux.conf makes goes with the team"


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        (["$0:$1::main", "$1:$1:team:team"], []),
        (["$1:$1::team", "$0:$1::notes", "$2:$1::my own", "$3:$1:team:view"], ["my own"]),
        (["$9:$10::notes", "$11:$10:a b:a b", "$12:$10:a b:c"], ["a b", "c"]),
        (["$2:::b"], []),
    ],
)
def test_which_sessions_are_somebodys_own(lines: list[str], named: list[str]) -> None:
    assert others._others(lines) == named


def test_every_command_of_tmux_that_is_used_means_what_tmux_means(company: Company) -> None:
    """What is an alias of a person's own in his tmux.conf is none in the team's server."""
    files = [*PACKAGE.glob("state/panes/*.py"), PACKAGE / "system/tmux.py", *PACKAGE.glob("moves/**/*.py")]
    words = {word for file in files for word in re.findall(r'\("([a-z]+-[a-z]+)",', file.read_text())}
    used = words.intersection(company.tmux("list-commands", "-F", "#{command_list_name}").split())
    assert used - {"start-server"} <= windows._OURS and len(used) > 15


def in_terminal(company: Company, words: str, term: str) -> str:
    """What a command shows in a terminal of that kind, 0 columns wide."""
    line = f"stty rows 0 cols 0; {sys.executable} -m batty_hooks {words}"
    done = subprocess.run(
        ["script", "-qec", line, "/dev/null"], cwd=company.scene.root, stdin=subprocess.DEVNULL, capture_output=True,
        text=True, check=False, env={**os.environ, "TERM": term},
    )  # fmt: skip
    return done.stdout


@pytest.mark.skipif(not shutil.which("infocmp"), reason="nobody else knows what TERM names here")
def test_a_terminal_that_is_not_known_here(company: Company) -> None:
    said = in_terminal(company, "start --attach", "xterm-ghostty-x")
    assert "TERM=xterm-256color batty-hooks attach" in said
    company.ready("engineer-1")
    [words] = [line for line in said.splitlines() if "no terminal" in line]
    TABLE.check(UNKNOWN_TERM, f"the team starts; {words.rpartition('batty-hooks:')[2].strip(chr(27) + '[0m ')}; "
                "the next line is `TERM=xterm-256color batty-hooks attach`")  # fmt: skip
    TABLE.check(NO_SIZE, "the team starts, as in a terminal of `$COLUMNS` and `$LINES`, else of 80 and 24")


@pytest.mark.parametrize(("situation", "long"), [(LONG_PLACE, True), (NO_PLACE, False)])
def test_a_place_that_can_hold_no_socket(company: Company, tmp_path: Path, situation: str, long: bool) -> None:
    place = tmp_path / ("d" * 100 if long else "file")
    if long:
        place.mkdir()
    else:
        place.write_text("")
    said = company.start(code=75, env={"TMUX_TMPDIR": str(place)})
    mend = said.splitlines()[-1].strip()
    assert "TMUX_TMPDIR" in mend, said
    TABLE.check(situation, f"`start` refuses with tmux's words; {mend.removeprefix('→ ')}")


@pytest.mark.parametrize(
    ("said", "mend"),
    [
        ("error creating /very/long (File name too long)", "shorter"),
        ("couldn't create directory /x/tmux-0 (Permission denied)", "of your own"),
        ("directory /x/tmux-0 has unsafe permissions", "of your own"),
        ("need UTF-8 locale (LC_CTYPE) but have ANSI_X3.4-1968", "LC_CTYPE"),
        ("duplicate session: team", ""),
    ],
)
def test_what_mends_a_tmux_that_cannot_start(said: str, mend: str) -> None:
    assert mend in tmux.mending(said)
    assert bool(mend) == bool(tmux.mending(said))


def test_the_page_has_just_these() -> None:
    TABLE.finish(PAGE)
