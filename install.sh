#!/bin/sh
# Set batty-hooks up on Debian, Ubuntu or macOS. Safe to run again: what is there and good is kept.
# Read it from the bottom: `main` picks what to do.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
data=${XDG_DATA_HOME:-${HOME:?is not set}/.local/share}/batty-hooks # what plain ./install.sh makes
program=$data/venv/bin/batty-hooks
dev=$here/.venv # what --demo, --test and --dev make

no_network='name resolution|resolve host|Could not resolve|Unable to locate package|unreachable|Failed to fetch'
no_network="$no_network|Failed to establish|Connection (refused|timed out)|No route to host"

usage() {
    cat <<'END'
Usage: ./install.sh [--demo | --test [PYTEST ARGUMENT]... | --dev | --uninstall | --help]

  (nothing)    put the command batty-hooks on your PATH, in an environment of its own
  --demo       set up what is needed in this folder (.venv) and run `batty-hooks demo`
  --test       the same with the tools of the tests, then run the whole test suite;
               what follows goes to pytest: ./install.sh --test -k board
  --dev        set up the same as --test and run nothing
  --uninstall  remove what plain ./install.sh made
  --help       show this

It needs Python 3.10, git 2.38 and tmux 3.2 or newer. What is missing it installs with apt-get
(Debian, Ubuntu; as root or with sudo) or brew (macOS), and says so before it does.
END
}

say() { printf '%s\n' "$*"; }

fail() {
    printf 'install.sh: %s\n' "$*" >&2
    exit 1
}

# quietly WHAT COMMAND...: run the command without its chatter; when it fails, say so in one line.
quietly() {
    what=$1
    shift
    log=$(mktemp "${TMPDIR:-/tmp}/batty-hooks-install.XXXXXX")
    if "$@" >"$log" 2>&1 </dev/null; then
        rm -f "$log"
        return
    fi
    if grep -Eq "$no_network" "$log"; then
        fail "$what failed: the network cannot be reached; run this again when it can (the full output is in $log)"
    fi
    tail -n 20 "$log" >&2
    fail "$what failed; the full output is in $log"
}

# ---- the tools --------------------------------------------------------------------------------

# purpose TOOL: what is needed and what for, in words.
purpose() {
    case $1 in
        python) say "Python 3.10 or newer with venv (batty-hooks is written in it)" ;;
        git) say "git 2.38 or newer (worktrees, the gate, landing)" ;;
        tmux) say "tmux 3.2 or newer (the panes a team works in)" ;;
        mutt) say "mutt (the tests read inboxes with it)" ;;
        git-lfs) say "git-lfs (the tests push large files with it)" ;;
        *) say "$1 (the tests edit the board with it)" ;;
    esac
}

# version TOOL: the first "number.number" in what the tool says of itself; nothing when it is not here.
version() {
    case $1 in
        tmux) tmux -V ;;
        python) python3 --version ;;
        *) "$1" --version ;;
    esac 2>/dev/null | sed -n '1s/^[^0-9]*\([0-9][0-9]*\.[0-9][0-9]*\).*/\1/p'
}

# newer_than HAVE WANT: HAVE is not empty, and is WANT or newer; both "number.number".
newer_than() {
    [ -n "$1" ] || return 1
    [ "${1%%.*}" -gt "${2%%.*}" ] || { [ "${1%%.*}" -eq "${2%%.*}" ] && [ "${1#*.}" -ge "${2#*.}" ]; }
}

# Debian's python3 comes without ensurepip until python3-venv is there, and a pyenv name may have nothing behind it:
# so each candidate is asked, not only looked for.
find_python() {
    for python in python3.13 python3.12 python3.11 python3.10 python3; do
        if "$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1; then
            return
        fi
    done
    return 1
}

good() {
    case $1 in
        python) find_python ;;
        git) newer_than "$(version git)" 2.38 ;;
        tmux) newer_than "$(version tmux)" 3.2 ;;
        *) command -v "$1" >/dev/null ;;
    esac
}

# find_missing TOOL...: those that are not here or too old, in $missing.
find_missing() {
    missing=''
    for tool in "$@"; do
        good "$tool" || missing="$missing $tool"
    done
}

# in_words TOOL...: one line naming each tool, and the version that is here when there is an old one.
in_words() {
    line=''
    for tool in "$@"; do
        here_now=$(version "$tool")
        line="$line${line:+; }$(purpose "$tool")${here_now:+, here is $here_now}"
    done
    say "$line"
}

apt() {
    set -- env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=120 "$@"
    [ "$(id -u)" -eq 0 ] || set -- sudo "$@"
    "$@"
}

apt_update_and_install() {
    apt update && apt install "$@"
}

# package_of MANAGER TOOL: the packages that bring the tool.
package_of() {
    case $1-$2 in
        apt-get-python) say "python3 python3-venv" ;;
        *) say "$2" ;;
    esac
}

# need TOOL...: every tool is here and new enough afterwards, or we stop with one line that names what is missing.
need() {
    find_missing "$@"
    [ -n "$missing" ] || return 0
    if command -v apt-get >/dev/null && { [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null; }; then
        manager=apt-get installer=apt_update_and_install
    elif command -v brew >/dev/null; then
        manager=brew installer='brew install'
    else
        # shellcheck disable=SC2086 # a list of words
        fail "missing: $(in_words $missing); install that and run this again (here is no brew, and no apt-get with root or sudo)"
    fi
    packages=''
    say "Installing with $manager:"
    for tool in $missing; do
        say "  $(purpose "$tool")"
        packages="$packages $(package_of $manager "$tool")"
    done
    # shellcheck disable=SC2086 # lists of words
    quietly "$manager install$packages" $installer $packages
    find_missing "$@"
    # shellcheck disable=SC2086
    [ -z "$missing" ] || fail "$manager has nothing new enough: $(in_words $missing); install that by hand and run this again"
}

# ---- the Python environments ------------------------------------------------------------------

# make_venv DIRECTORY: an environment of its own; one whose Python is gone or too old is made anew.
make_venv() {
    if "$1/bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null &&
        "$1/bin/python" -m pip --version >/dev/null 2>&1; then
        return
    fi
    say "Making a Python environment in $1 (only batty-hooks uses it)"
    rm -rf "$1"
    mkdir -p "$(dirname -- "$1")"
    quietly "$python -m venv" "$python" -m venv "$1"
}

# libraries KEY...: the names that setup.cfg lists under these keys, in one line.
libraries() {
    for key in "$@"; do
        sed -n "/^$key *=/,/^[^ ]/s/^ \{1,\}\([A-Za-z][A-Za-z_-]*\).*/\1/p" "$here/setup.cfg"
    done | tr '\n' ' '
}

# pip VENV ARGUMENT...: install with the environment's own pip, never the system's.
pip_install() {
    venv=$1
    shift
    quietly "pip install" env PIP_RETRIES=2 PIP_DISABLE_PIP_VERSION_CHECK=1 "$venv/bin/python" -m pip install "$@"
}

# What an editable install depends on: when this changes, pip runs again.
fingerprint() { { say "$here" && cat "$here/setup.cfg" "$here/pyproject.toml"; } | cksum; }

# lead_there VENV: its Python finds batty-hooks in this folder by a line that names the folder. What setuptools writes
# there is a program, and running that is more than half of what each start of this Python takes.
lead_there() {
    case $here in *[!A-Za-z0-9/._-]*) return ;; esac # in which bytes Python reads the line depends on its version
    for found in "$1"/lib/python*/site-packages/__editable__.batty_hooks-*.pth; do
        if [ -f "$found" ]; then say "$here" >"$found"; fi
    done
}

# develop EXTRAS KEY...: batty-hooks runs from this folder, with the libraries of these keys of setup.cfg.
develop() {
    extras=$1
    shift
    make_venv "$dev"
    if [ "$(cat "$dev/installed$extras" 2>/dev/null)" != "$(fingerprint)" ]; then
        say "Installing into $dev: batty-hooks from this folder, $(libraries "$@")"
        (cd -- "$here" && pip_install "$dev" --editable ".$extras")
        fingerprint >"$dev/installed$extras"
        fingerprint >"$dev/installed" # whoever has the extras has what --demo needs
    fi
    lead_there "$dev"
    # Where PYTHONDONTWRITEBYTECODE is set, each command would compile it anew: three times as slow.
    "$dev/bin/python" -m compileall -q "$here/batty_hooks" >/dev/null 2>&1 || :
    PATH=$dev/bin:$PATH
    export PATH
}

# ---- the command on the PATH ------------------------------------------------------------------

on_path() {
    case :$PATH: in *":$1:"*) return 0 ;; esac
    return 1
}

# ~/.local/bin; but a fresh root has only /usr/local/bin on its PATH.
link_directory() {
    user=$HOME/.local/bin
    if ! on_path "$user" && on_path /usr/local/bin && [ "$(id -u)" -eq 0 ] && [ -w /usr/local/bin ]; then
        say /usr/local/bin
    else
        say "$user"
    fi
}

# manual LINK: where `man` looks for the page of a command that is on the PATH there.
manual() { say "${1%/bin/*}/share/man/man1/batty-hooks.1"; }

ours() { [ -L "$1" ] && [ "$(readlink "$1")" = "$program" ]; }

there() { [ -e "$1" ] || [ -L "$1" ]; }

# A copy is built, so that a build leaves nothing here and takes along nothing that an earlier build left.
install_copy() (
    copy=$(mktemp -d "${TMPDIR:-/tmp}/batty_hooks.XXXXXX")
    trap 'rm -rf "$copy"' EXIT
    cd -- "$here"
    cp -R setup.cfg pyproject.toml README.md LICENSE batty_hooks hooks templates "$copy"
    pip_install "$data/venv" "$copy"
)

# path_advice DIRECTORY: how to get it on the PATH, in the user's own shell.
path_advice() {
    case ${SHELL:-} in
        */zsh) rc=$HOME/.zshrc ;;
        */bash) if [ "$(uname)" = Darwin ]; then rc=$HOME/.bash_profile; else rc=$HOME/.bashrc; fi ;;
        */fish)
            say "It is not on your PATH yet. Run this once:"
            say "    fish_add_path $1"
            return
            ;;
        *) rc=$HOME/.profile ;;
    esac
    say "It is not on your PATH yet. Add this line to $rc and open a new terminal:"
    say "    export PATH=\"$1:\$PATH\""
}

install_command() {
    link=$(link_directory)/batty-hooks
    if there "$link" && ! ours "$link"; then
        fail "$link is there and is not from this script; remove it (pipx made it? pipx uninstall batty-hooks) and run this again"
    fi
    need python git tmux
    make_venv "$data/venv"
    say "Installing into it: batty-hooks, $(libraries install_requires)"
    install_copy
    mkdir -p "${link%/*}"
    ln -sf "$program" "$link"
    page=$(manual "$link")
    { mkdir -p "${page%/*}" && "$link" man >"$page"; } 2>/dev/null || say "The manual page could not be put at $page."
    installed=$("$link" --version)
    say "$installed is installed as $link"
    if ! on_path "${link%/*}"; then
        path_advice "${link%/*}"
    elif [ "$(command -v batty-hooks)" != "$link" ]; then
        say "Careful: $(command -v batty-hooks) is another one, and comes first on your PATH."
    fi
    say "See it work: batty-hooks demo. Use it: batty-hooks install, in a git repository."
}

uninstall() {
    for link in "$HOME/.local/bin/batty-hooks" /usr/local/bin/batty-hooks; do
        if ours "$link"; then
            rm -f "$link" "$(manual "$link")"
            say "Removed $link"
        fi
    done
    if there "$data/venv"; then
        rm -rf "$data/venv"
        rmdir "$data" 2>/dev/null || true # kept when somebody put something else there
        say "Removed $data/venv"
    else
        say "No batty-hooks of this script is in $data."
    fi
}

# ---- what to do -------------------------------------------------------------------------------

demo() {
    need python git tmux
    develop '' install_requires
    exec "$dev/bin/batty-hooks" demo "$@"
}

set_up_tests() {
    need python git tmux mutt vim nano git-lfs
    develop '[test,check]' install_requires test check
}

run_tests() {
    set_up_tests
    cd -- "$here"
    # Twice as many at once as there are processors: half of the time a test waits for a program it has started.
    # Where PYTHONDONTWRITEBYTECODE is set, each of the thousands of commands the tests type would compile everything.
    "$dev/bin/python" -m compileall -q batty_hooks || true
    workers=$("$dev/bin/python" -c 'import os; n = os.cpu_count() or 1; print(n + min(n, 8))')
    exec "$dev/bin/python" -m pytest -n "$workers" --dist worksteal "$@"
}

main() {
    unset PYTHONPATH PYTHONHOME # another project's Python must not leak into what we make
    mode=${1-}
    [ $# -eq 0 ] || shift
    case $mode in
        --demo) demo "$@" ;;
        --test) run_tests "$@" ;;
        '' | --dev | --uninstall | --help | -h) [ $# -eq 0 ] || fail "$mode takes no arguments; see ./install.sh --help" ;;
        *) fail "unknown: $mode; see ./install.sh --help" ;;
    esac
    case $mode in
        '') install_command ;;
        --dev)
            set_up_tests
            say "Ready: $dev/bin has batty-hooks, pytest, ruff, mypy and shellcheck."
            ;;
        --uninstall) uninstall ;;
        --help | -h) usage ;;
    esac
}

main "$@"
