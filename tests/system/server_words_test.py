"""What servers say, as it was recorded, and what it comes to. Of each there stands where it was seen: owner/repository
and number of an issue or pull request on GitHub, a page, or the git that said it to these tests."""

# ruff: noqa: E501 - they are as long as they are

from __future__ import annotations

import pytest

from batty_hooks.system.git import server_words, telling
from batty_hooks.system.git.server_words import (
    ACCEPTED,
    LOGIN,
    NOT_THERE,
    PROTECTED,
    REFUSED,
    STALE,
    UNREACHABLE,
    Answer,
)

FAILED = "error: failed to push some refs to 'https://forge/x'\n"
MAIN = "refs/heads/main"


def pushed(reason: str, remote: str = "", code: int = 1, kind: str = "remote rejected") -> Answer:
    """A push of main that the server has refused, with the lines it sent."""
    out = f"To https://forge/x\n!\t1234:{MAIN}\t[{kind}] ({reason})\nDone\n"
    return server_words.of_push([MAIN], code, out, remote + FAILED)


GH006 = """remote: error: GH006: Protected branch update failed for refs/heads/master.
remote: error: At least one approved review is required
"""
QUEUED = """remote: error: GH006: Protected branch update failed for refs/heads/test-pr.
remote: error: A pull request for this branch has been added to a merge queue. Branches that
remote: are queued for merging cannot be updated. To modify this branch, dequeue the
remote: associated pull request.
"""
RIGHTS = """remote: error: GH006: Protected branch update failed for refs/heads/main.
remote: error: You're not authorized to push to this branch. Visit https://docs.github.com/articles/about-protected-branches/ for more information.
"""
GH013 = """remote: error: GH013: Repository rule violations found for refs/heads/main.
remote: Review all repository rules at https://github.com/x/y/rules?ref=refs%2Fheads%2Fmain
remote:
remote: - Changes must be made through a pull request.
remote:
"""
SECRETS = """remote: error: GH013: Repository rule violations found for refs/heads/main.
remote:
remote: - GITHUB PUSH PROTECTION
remote:   —————————————————————————————————————————
remote:     Resolve the following violations before pushing again
remote:
remote:     - Push cannot contain secrets
remote:
"""
LARGE = """remote: error: Trace: 0123456789abcdef
remote: error: See https://gh.io/lfs for more information.
remote: error: File big.bin is 120.00 MB; this exceeds GitHub's file size limit of 100.00 MB
remote: error: GH001: Large files detected. You may want to try Git Large File Storage - https://git-lfs.github.com.
"""
LOCK = """remote: error: cannot lock ref 'refs/heads/main': Unable to create '/srv/x.git/./refs/heads/main.lock': File exists.
remote:
remote: Another git process seems to be running in this repository, e.g.
remote: an editor opened by 'git commit'. Please make sure all processes
remote: are terminated then try again. If it still fails, a git process
remote: may have crashed in this repository earlier:
remote: remove the file manually to continue.
"""
RACE = "remote: error: cannot lock ref 'refs/heads/main': is at 6941e61 but expected cdec693\n"
FULL = "remote: fatal: write error: No space left on device\nerror: remote unpack failed: index-pack abnormal exit\n"
FENCE = "=" * 72


@pytest.mark.parametrize(
    ("reason", "remote", "outcome", "said"),
    [
        # The rule of a branch.
        ("protected branch hook declined", GH006, PROTECTED,  # desktop/desktop 858
         "GH006: Protected branch update failed for refs/heads/master. At least one approved review is required"),
        ("protected branch hook declined", QUEUED, PROTECTED,  # SharezoneApp/sharezone-app 605
         "GH006: Protected branch update failed for refs/heads/test-pr. A pull request for this branch has been added to a "
         "merge queue. Branches that are queued for merging cannot be updated. To modify this branch, dequeue the"),
        ("protected branch hook declined", RIGHTS, PROTECTED,  # viperproject/gobra 410, Mergifyio/mergify 404
         "GH006: Protected branch update failed for refs/heads/main. You're not authorized to push to this branch. Visit "
         "https://docs.github.com/articles/about-protected-branches/ for more information."),
        ("push declined due to repository rule violations", GH013, PROTECTED,  # fastify/fastify 6816
         "GH013: Repository rule violations found for refs/heads/main. Changes must be made through a pull request."),
        ("protected branch hook declined", "", PROTECTED, "protected branch hook declined"),  # abapGit/abapGit 2791
        ("pre-receive hook declined", "remote: GitLab: You are not allowed to push code to protected branches on this project.\n",
         PROTECTED, "GitLab: You are not allowed to push code to protected branches on this project."),  # docs.gitlab.com
        ("pre-receive hook declined", "remote: GitLab: You are not allowed to force push code to a protected branch on this project.\n",
         PROTECTED, "GitLab: You are not allowed to force push code to a protected branch on this project."),  # gitlabhq 10405
        ("pre-receive hook declined", "remote: GitLab: You are not allowed to access some of the refs!\n",
         PROTECTED, "GitLab: You are not allowed to access some of the refs!"),  # gitlabhq 8361
        ("pre-receive hook declined", "remote: \nremote: Gitea: Not allowed to push to protected branch main\n",
         PROTECTED, "Gitea: Not allowed to push to protected branch main"),  # go-gitea, hook_pre_receive.go
        ("pre-receive hook declined", "remote: Forgejo: Not allowed to push to protected branch main\n",
         PROTECTED, "Forgejo: Not allowed to push to protected branch main"),
        ("TF402455: Pushes to this branch are not permitted; you must use a pull request to update this branch.", "",
         PROTECTED, "TF402455: Pushes to this branch are not permitted; you must use a pull request to update this branch."),  # coe-starter-kit 193
        ("prohibited by Gerrit: not permitted: update", "remote: Processing changes: refs: 1, done\n",
         PROTECTED, "prohibited by Gerrit: not permitted: update"),  # gerrit-review, error-prohibited-by-gerrit
        ("prohibited by Gerrit", "", PROTECTED, "prohibited by Gerrit"),  # civiccc/gerrit 3
        ("pre-receive hook declined", "remote: Permission denied to update branch main.\n",
         PROTECTED, "Permission denied to update branch main."),  # Bitbucket Cloud
        ("pre-receive hook declined", f"remote: {FENCE}\nremote: Branch refs/heads/main can only be modified through pull requests.\nremote: Check your branch permissions configuration with the project administrator.\n",
         PROTECTED, "Branch refs/heads/main can only be modified through pull requests. Check your branch permissions configuration with the project administrator."),  # Bitbucket Server
        ("hook declined", "remote: FATAL: W refs/heads/main packages/x a.b DENIED by fallthru\nremote: error: hook declined to update refs/heads/main\n",
         PROTECTED, "W refs/heads/main packages/x a.b DENIED by fallthru"),  # bioc_git_transition 19
        # What no pull request mends.
        ("push declined due to repository rule violations", SECRETS, REFUSED,  # docs.github.com, push protection
         "GITHUB PUSH PROTECTION Resolve the following violations before pushing again Push cannot contain secrets"),
        ("pre-receive hook declined", LARGE, REFUSED,  # docs.github.com, large files
         "File big.bin is 120.00 MB; this exceeds GitHub's file size limit of 100.00 MB GH001: Large files detected. You may want to try Git Large File Storage - https://git-lfs.github.com."),
        ("push declined due to email privacy restrictions", "remote: error: GH007: Your push would publish a private email address.\n",
         REFUSED, "GH007: Your push would publish a private email address."),  # docs.github.com
        ("pre-receive hook declined", "remote: GitLab: Commit message does not follow the pattern 'JIRA-.*'\n",
         REFUSED, "GitLab: Commit message does not follow the pattern 'JIRA-.*'"),  # dyad-sh/dyad 4616: such a refusal was taken for protection
        ("unpacker error", FULL, REFUSED,  # OpenNeuroOrg/openneuro 3509
         "write error: No space left on device remote unpack failed: index-pack abnormal exit"),
        ("n/a (unpacker error)", "error: remote unpack failed: error No space left on device\nfatal: Unpack error, check server log\n",
         REFUSED, "remote unpack failed: error No space left on device"),  # nfs-ganesha 1293
        ("branch is currently checked out", "remote: error: refusing to update checked out branch: refs/heads/main\n",
         REFUSED, "refusing to update checked out branch: refs/heads/main"),  # gerhard/deliver 30
        ("shallow update not allowed", "", REFUSED, "shallow update not allowed"),  # git, receive-pack.c
        ("deny updating a hidden ref", "", REFUSED, "deny updating a hidden ref"),  # certtools/intelmq 64
        # A token that may less than it should.
        ("permission denied", "", LOGIN, "permission denied"),  # thewh1teagle/sherpa-rs 31
        ("pre-receive hook declined", "remote:\nremote: Gitea: User permission denied for writing.\n",
         LOGIN, "Gitea: User permission denied for writing."),  # go-gitea/gitea 31525
        ("refusing to allow a Personal Access Token to create or update workflow `.github/workflows/ci.yml` without `workflow` scope", "",
         LOGIN, "refusing to allow a Personal Access Token to create or update workflow `.github/workflows/ci.yml` without `workflow` scope"),
        # Somebody was faster, inside the server.
        ("failed to update ref", RACE, STALE, "cannot lock ref 'refs/heads/main': is at 6941e61 but expected cdec693"),  # git 2.39
        ("atomic transaction failed", RACE, STALE, "cannot lock ref 'refs/heads/main': is at 6941e61 but expected cdec693"),  # git 2.39
        ("cannot lock ref 'refs/heads/main': is at 66941e6 but expected cdec693", "", STALE,
         "cannot lock ref 'refs/heads/main': is at 66941e6 but expected cdec693"),  # slsa-framework/example-package 250
        ("failed to update ref", "", STALE, "failed to update ref"),  # isomorphic-git 1206
        ("reference already exists", "", STALE, "reference already exists"),  # git, refs/files-backend.c
        ("incorrect old value provided", "", STALE, "incorrect old value provided"),  # git 2.50, refs.c
        ("failed to lock", "", STALE, "failed to lock"),  # jgit
        ("non-fast forward", "remote: Processing changes: refs: 26, done\n", STALE, "non-fast forward"),  # bfg-repo-cleaner 141
        ("ref update rejected: TF401028: The reference 'refs/heads/main' has already been updated by another client, so you cannot update it. Please try again.", "",
         STALE, "ref update rejected: TF401028: The reference 'refs/heads/main' has already been updated by another client, so you cannot update it. Please try again."),
        # Nobody was: a lock that is held, or was left.
        ("failed to update ref", LOCK, UNREACHABLE,  # git 2.39
         "cannot lock ref 'refs/heads/main': Unable to create '/srv/x.git/./refs/heads/main.lock': File exists."),
        ("reference already exists", LOCK, UNREACHABLE,  # git 2.55
         "cannot lock ref 'refs/heads/main': Unable to create '/srv/x.git/./refs/heads/main.lock': File exists."),
        ("failed to update ref", "remote: error: cannot lock ref 'refs/heads/main': unable to create directory for ./refs/heads/main\n",
         REFUSED, "cannot lock ref 'refs/heads/main': unable to create directory for ./refs/heads/main"),
        # A hook that talks of other things: only git's own reason counts for a race (claude-supertool 646).
        ("pre-receive hook declined", "remote: fetch first, then rebase; HEAD is at 12ab but expected 34cd\n", REFUSED,
         "fetch first, then rebase; HEAD is at 12ab but expected 34cd"),
    ],
)  # fmt: skip
def test_a_ref_that_was_refused(reason: str, remote: str, outcome: str, said: str) -> None:
    assert pushed(reason, remote) == Answer(outcome, said)


@pytest.mark.parametrize("reason", ["stale info", "fetch first", "non-fast-forward", "needs force", "already exists"])
def test_git_itself_refuses_when_the_server_has_moved(reason: str) -> None:
    assert pushed(reason, kind="rejected") == Answer(STALE, f"main: {reason}")


def test_of_several_refs_the_one_that_has_moved_is_named() -> None:
    out = f"To x\n!\t1:{MAIN}\t[rejected] (atomic push failed)\n!\t1:refs/x/y\t[rejected] (stale info)\nDone\n"
    assert server_words.of_push([MAIN, "refs/x/y"], 1, out, FAILED) == Answer(STALE, "refs/x/y: stale info")


def test_accepted_is_what_git_says_of_each_ref() -> None:
    out = f"To x\n \t1:{MAIN}\t12..34\n=\t1:refs/x/y\t[up to date]\n-\t:refs/x/z\t[deleted]\nDone\n"
    assert server_words.of_push([MAIN, "refs/x/y", "refs/x/z"], 0, out, "") == Answer(ACCEPTED)
    other = "refs/x/other: git did not say what became of it"
    assert server_words.of_push([MAIN, "refs/x/other"], 0, out, "") == Answer(ACCEPTED, other)
    assert server_words.of_push(["refs/x/other", MAIN], 0, out, "").outcome == UNREACHABLE


def test_a_push_that_was_let_past_the_rules_was_accepted_and_tells_of_it() -> None:
    """https://github.com/google/zerocopy/issues/186"""
    said = "remote: Bypassed rule violations for refs/heads/main:\nremote: \nremote: - At least 1 approving review is "
    err = f"remote: Resolving deltas: 100% (2/2), completed with 2 local objects.\n{said}required.\nremote: \n"
    out = "To github.com:google/zerocopy.git\n \tabc:refs/heads/main\t9cf8087..0390717\nDone\n"
    answer = server_words.of_push(["refs/heads/main"], 0, out, err)
    assert answer.outcome == ACCEPTED
    assert answer.said == "Bypassed rule violations for refs/heads/main: At least 1 approving review is required."
    assert server_words.of_push(["refs/heads/main"], 0, out, "remote: Welcome!\n") == Answer(ACCEPTED)


def test_a_push_of_which_nothing_is_said_was_not_accepted() -> None:
    """`Everything up-to-date` follows a push that was cut off (dear-github 433, nodejs-git-server 30)."""
    cut = """error: RPC failed; HTTP 400 curl 22 The requested URL returned error: 400
send-pack: unexpected disconnect while reading sideband packet
fatal: the remote end hung up unexpectedly
Everything up-to-date
"""
    for code in (0, 1):
        assert server_words.of_push([MAIN], code, "", cut).outcome == UNREACHABLE
    assert server_words.of_push([MAIN], 0, "To x\nDone\n", "Everything up-to-date\n").outcome == UNREACHABLE
    half = f"To x\n!\t1:{MAIN}\t[remote failure] (remote failed to report status)\nDone\n"
    assert server_words.of_push([MAIN], 1, half, FAILED).outcome == UNREACHABLE


def test_a_hook_here_says_why_on_either_stream_and_decides_nothing_else() -> None:
    """What it prints on its output comes with git's (leerie 213); its words are its own (claude-supertool 641)."""
    said = "src/a.ts(1,1): error TS2307: Cannot find module; fetch first\n"
    assert server_words.of_push([MAIN], 1, said, FAILED) == Answer(REFUSED, f"the pre-push hook here: {said.strip()}")
    assert server_words.of_push([MAIN], 1, "", "Permission denied\nfatal: no\n" + FAILED).outcome == REFUSED
    fooled = f"To x\n \t1:{MAIN}\t12..34\n"
    real = f"To https://forge/x\n!\t1:{MAIN}\t[rejected] (stale info)\nDone\n"
    assert server_words.of_push([MAIN], 1, fooled + real, FAILED).outcome == STALE


READ = "fatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\nand the repository exists.\n"


@pytest.mark.parametrize(
    ("said", "outcome", "told"),
    [
        ("git@github.com: Permission denied (publickey).\r\n" + READ, LOGIN, "git@github.com: Permission denied (publickey)."),
        ("Host key verification failed.\n" + READ, LOGIN, "Host key verification failed."),
        ("fatal: could not read Username for 'https://github.com': terminal prompts disabled\n", LOGIN,
         "could not read Username for 'https://github.com': terminal prompts disabled"),  # desktop/desktop 9184
        ("remote: Invalid username or password.\nfatal: Authentication failed for 'https://me:secret@github.com/x/'\n", LOGIN,
         "Invalid username or password. Authentication failed for 'https://github.com/x/'"),
        ("remote: Permission to jlord/patchwork.git denied to sodium.\n"
         "fatal: unable to access 'https://github.com/jlord/patchwork.git/': The requested URL returned error: 403\n", LOGIN,  # jlord/git-it 168
         "Permission to jlord/patchwork.git denied to sodium. unable to access 'https://github.com/jlord/patchwork.git/': The requested URL returned error: 403"),
        ("remote: The `x' organization has enabled or enforced SAML SSO. To access\nremote: this repository, you must re-authorize the OAuth Application `GitHub for VSCode`.\n"
         "fatal: unable to access 'https://github.com/x': The requested URL returned error: 403\n", LOGIN,  # microsoft/vscode 99535
         "The `x' organization has enabled or enforced SAML SSO. To access this repository, you must re-authorize the OAuth Application `GitHub for VSCode`. unable to access 'https://github.com/x': The requested URL returned error: 403"),
        ("ERROR: The `x' organization has enabled or enforced SAML SSO. To access\n" + READ, LOGIN,
         "The `x' organization has enabled or enforced SAML SSO. To access"),  # desktop/desktop 13637
        ("remote: Write access to repository not granted.\nfatal: unable to access 'https://github.com/x': The requested URL returned error: 403\n", LOGIN,
         "Write access to repository not granted. unable to access 'https://github.com/x': The requested URL returned error: 403"),
        ("remote: HTTP Basic: Access denied. The provided password or token is incorrect or your account has 2FA enabled\nfatal: Authentication failed for 'https://gitlab.com/x'\n",
         LOGIN, "HTTP Basic: Access denied. The provided password or token is incorrect or your account has 2FA enabled Authentication failed for 'https://gitlab.com/x'"),
        ("Received disconnect from 1.2.3.4 port 22:2: Too many authentication failures\n" + READ, LOGIN,
         "Received disconnect from 1.2.3.4 port 22:2: Too many authentication failures"),
        ("ERROR: The key you are authenticating with has been marked as read only.\n" + READ, LOGIN,
         "The key you are authenticating with has been marked as read only."),
        ("sign_and_send_pubkey: signing failed for ED25519 \"key\" from agent: agent refused operation\ngit@h: Permission denied (publickey).\n" + READ, LOGIN,
         "sign_and_send_pubkey: signing failed for ED25519 \"key\" from agent: agent refused operation git@h: Permission denied (publickey)."),
        ("fatal: unable to access 'https://h/x/': SSL certificate problem: unable to get local issuer certificate\n", LOGIN,
         "unable to access 'https://h/x/': SSL certificate problem: unable to get local issuer certificate"),
        ("fatal: unable to access 'https://nowhere.invalid/x/': Could not resolve host: nowhere.invalid\n", UNREACHABLE,
         "unable to access 'https://nowhere.invalid/x/': Could not resolve host: nowhere.invalid"),
        ("ssh: Could not resolve hostname h: Temporary failure in name resolution\n" + READ, UNREACHABLE,
         "ssh: Could not resolve hostname h: Temporary failure in name resolution"),
        ("ssh: connect to host h port 22: Connection timed out\n" + READ, UNREACHABLE,
         "ssh: connect to host h port 22: Connection timed out"),
        ("kex_exchange_identification: Connection closed by remote host\n" + READ, UNREACHABLE,
         "kex_exchange_identification: Connection closed by remote host"),
        ("fatal: unable to access 'https://h/x/': The requested URL returned error: 502\n", UNREACHABLE,
         "unable to access 'https://h/x/': The requested URL returned error: 502"),
        ("fatal: unable to access 'https://h/x/': The requested URL returned error: 429\n", UNREACHABLE,
         "unable to access 'https://h/x/': The requested URL returned error: 429"),
        ("fetch-pack: unexpected disconnect while reading sideband packet\nfatal: early EOF\nfatal: fetch-pack: invalid index-pack output\n", UNREACHABLE,
         "fetch-pack: unexpected disconnect while reading sideband packet early EOF fetch-pack: invalid index-pack output"),
        ("error: RPC failed; curl 56 GnuTLS recv error (-110): The TLS connection was non-properly terminated.\n", UNREACHABLE,
         "RPC failed; curl 56 GnuTLS recv error (-110): The TLS connection was non-properly terminated."),
        ("remote: Repository not found.\nfatal: repository 'https://github.com/x/y/' not found\n", NOT_THERE,
         "Repository not found. repository 'https://github.com/x/y/' not found"),
        ("ERROR: Repository not found.\n" + READ, NOT_THERE, "Repository not found."),
        ("fatal: '/srv/x.git' does not appear to be a git repository\n" + READ, NOT_THERE, "'/srv/x.git' does not appear to be a git repository"),
        ("fatal: remote error: access denied or repository not exported: /x.git\n", NOT_THERE, "remote error: access denied or repository not exported: /x.git"),
        ("fatal: couldn't find remote ref refs/heads/main\n", NOT_THERE, "couldn't find remote ref refs/heads/main"),
        ("remote: The project you were looking for could not be found or you don't have permission to view it.\nfatal: repository 'https://gitlab.com/x/' not found\n",
         NOT_THERE, "The project you were looking for could not be found or you don't have permission to view it. repository 'https://gitlab.com/x/' not found"),
        ("ERROR: This repository was archived so it is read-only.\n" + READ, REFUSED, "This repository was archived so it is read-only."),
        ("remote: This repository was archived so it is read-only.\nfatal: unable to access 'https://github.com/x/': The requested URL returned error: 403\n", REFUSED,
         "This repository was archived so it is read-only."),
        ("fatal: the receiving end does not support --atomic push\nfatal: the remote end hung up unexpectedly\n", REFUSED,
         "the receiving end does not support --atomic push"),  # git 2.39; appsmith 33054: Azure
        ("fatal: remote error: service not enabled: /x.git\n", REFUSED, "remote error: service not enabled: /x.git"),
        ("error: RPC failed; HTTP 413 curl 22 The requested URL returned error: 413\nfatal: the remote end hung up unexpectedly\n", REFUSED,
         "RPC failed; HTTP 413 curl 22 The requested URL returned error: 413"),  # gitlabhq 10367
        ("fatal: Cannot prompt because user interactivity has been disabled.\nfatal: could not read Username for 'https://h': terminal prompts disabled\n", LOGIN,
         "could not read Username for 'https://h': terminal prompts disabled"),  # git-credential-manager with GCM_INTERACTIVE=never
        ("fatal: https://h/x.git/info/refs not valid: is this a git repository?\n", UNREACHABLE,
         "https://h/x.git/info/refs not valid: is this a git repository?"),  # a page of somebody's in between (git, remote-curl.c)
        ("fatal: unable to access 'https://h/x.git/': Operation too slow. Less than 1 bytes/sec transferred the last 5 seconds\n", UNREACHABLE,
         "unable to access 'https://h/x.git/': Operation too slow. Less than 1 bytes/sec transferred the last 5 seconds"),
        ("fatal: something nobody has heard of\n", UNREACHABLE, "something nobody has heard of"),
        ("", UNREACHABLE, ""),
    ],
)  # fmt: skip
def test_no_answer_of_a_ref(said: str, outcome: str, told: str) -> None:
    assert server_words.trouble(said) == Answer(outcome, told)
    assert server_words.of_push([MAIN], 128, "", said).outcome == outcome


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://me:secret@host/x.git", "https://host/x.git"),
        ("https://ghp_0123456789abcdef@host/x.git", "https://host/x.git"),
        ("https://me:p@ss@host/x.git", "https://host/x.git"),
        ("ssh://git:secret@host:22/x.git", "ssh://git@host:22/x.git"),
        ("git@host:x.git", "git@host:x.git"),
        ("/srv/x.git", "/srv/x.git"),
        ("https://host/x.git?private_token=abc&a=b", "https://host/x.git?…&a=b"),
        ("use glpat-0123456789abcdefghij here", "use … here"),
        ("Authorization: Basic bWU6c2VjcmV0", "…"),
        ("mailto me@example.org about https://host/a@b", "mailto me@example.org about https://host/a@b"),
    ],
)
def test_secrets_are_not_told(text: str, shown: str) -> None:
    assert telling.without_secrets(text) == shown


def test_what_is_told_is_one_short_line_without_colours() -> None:
    long = telling.told([f"error: {'x' * 1000}"])
    assert len(long) == 300 and long.endswith("…")
    assert telling.lines("\x1b[31mremote: \x1b[0mno\x07\rremote: yes\r\n\n") == ["remote: yes"]
