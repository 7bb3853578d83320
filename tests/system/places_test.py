"""Which repository of which forge is meant, and by whose program: of addresses, settings and what the person has."""

from __future__ import annotations

from pathlib import Path

import pytest

from batty_hooks.system.forge import places
from batty_hooks.system.forge.places import GH, GLAB, Place, chosen

LOGINS = {GH: ["github.com", "code.work.example"], GLAB: ["gitlab.com", "git.work.example", "git.work.example:8443"]}


def where(
    *addresses: str, wish: str = "", env: dict[str, str] | None = None, there: tuple[str, ...] = (GH, GLAB)
) -> Place:
    return chosen(
        addresses, wish, env or {}, lambda program, host: host in LOGINS[program], lambda program: program in there
    )


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("git@github.com:us/ours.git", Place(GH, "github.com", "us/ours")),
        ("https://github.com/us/ours", Place(GH, "github.com", "us/ours")),
        ("ssh://git@github.example:2222/us/ours.git/", Place(GH, "github.example", "us/ours")),
        ("ssh://git@ssh.github.com:443/us/ours.git", Place(GH, "github.com", "us/ours")),
        ("git@gitlab.com:us/ours.git", Place(GLAB, "gitlab.com", "us/ours")),
        ("https://oauth2@gitlab.com/us/deep/er/ours.git", Place(GLAB, "gitlab.com", "us/deep/er/ours")),
        ("ssh://git@altssh.gitlab.com:443/us/ours.git", Place(GLAB, "gitlab.com", "us/ours")),
        ("ssh://git@gitlab.example:2222/us/sub/ours.git", Place(GLAB, "gitlab.example", "us/sub/ours")),
        ("https://gitlab.example:8443/us/ours", Place(GLAB, "gitlab.example:8443", "us/ours")),
        ("http://gitlab.example:8080/us/ours.git", Place(GLAB, "gitlab.example:8080", "us/ours", plain=True)),
        ("git@git.work.example:us/ours.git", Place(GLAB, "git.work.example", "us/ours")),
        ("https://git.work.example:8443/us/ours.git", Place(GLAB, "git.work.example:8443", "us/ours")),
        ("https://git.work.example:9443/us/ours.git", Place(GLAB, "git.work.example", "us/ours")),
        ("https://gitlab.com:443/us/ours.git", Place(GLAB, "gitlab.com", "us/ours")),
        ("git@code.work.example:us/ours.git", Place(GH, "code.work.example", "us/ours")),
        ("git@nobody.example:us/ours.git", Place(GH, "nobody.example", "us/ours")),
        ("/srv/git/ours.git", Place(GH, "", "")),
        ("file:///srv/ours.git", Place(GH, "", "")),
        ("../us/ours.git", Place(GH, "", "")),
    ],
)
def test_which_repository_an_address_means(address: str, place: Place) -> None:
    assert where(address) == place


def test_what_the_settings_say_goes_first() -> None:
    assert where("git@github.com:us/ours.git", wish=GLAB) == Place(GLAB, "github.com", "us/ours")
    assert where("git@nobody.example:us/ours.git", wish=GLAB) == Place(GLAB, "nobody.example", "us/ours")


def test_of_two_addresses_the_one_that_names_the_forge_counts() -> None:
    ours = Place(GLAB, "gitlab.com", "us/ours")
    assert where("git@work:us/ours.git", "https://gitlab.com/us/ours.git") == ours
    assert where("/mirror/ours.git", "https://gitlab.com/us/ours.git") == ours
    assert where("https://gitlab.com/us/ours.git", "mine:ours/again") == ours


@pytest.mark.parametrize(
    ("env", "place"),
    [
        ({"GH_REPO": "us/ours"}, Place(GH, "", "us/ours")),
        ({"GH_REPO": "localhost:8443/us/ours"}, Place(GH, "localhost:8443", "us/ours")),
        ({"GITLAB_REPO": "us/sub/ours"}, Place(GLAB, "work", "us/sub/ours")),
        ({"GITLAB_REPO": "gitlab.example:8443/us/sub/ours"}, Place(GLAB, "gitlab.example:8443", "us/sub/ours")),
        ({"GITLAB_REPO": "https://gitlab.example/us/ours.git"}, Place(GLAB, "gitlab.example", "us/ours")),
        ({"GITLAB_HOST": "https://work"}, Place(GLAB, "work", "us/ours")),
        ({"GH_REPO": "a/b", "GITLAB_REPO": "c/d", "GITLAB_HOST": "work"}, Place(GLAB, "work", "c/d")),
    ],
)
def test_what_the_person_has_said_to_the_program(env: dict[str, str], place: Place) -> None:
    assert where("git@work:us/ours.git", env=env) == place


def test_a_repository_that_is_named_for_the_other_program_is_none_of_ours() -> None:
    assert where("git@gitlab.com:us/ours.git", env={"GH_REPO": "a/b"}) == Place(GLAB, "gitlab.com", "us/ours")
    assert where("/srv/ours.git", env={"GITLAB_REPO": "us/ours"}) == Place(GLAB, "gitlab.com", "us/ours")


def test_where_nothing_tells_it_is_the_one_that_is_installed() -> None:
    assert where("git@nobody.example:us/ours.git", there=(GLAB,)).program == GLAB
    assert where("git@nobody.example:us/ours.git", there=()).program == GH


GLABS = """\
# What protocol to use
git_protocol: ssh
hosts:
    gitlab.com:
        api_protocol: https
        token:
    git.work.example:8443:
        token: !!null abc
        user: ada
"""


def test_who_is_logged_in_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GH_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("GLAB_CONFIG_DIR", str(tmp_path))
    assert not places.knows(GH, "github.com") and not places.knows(GLAB, "gitlab.com")
    (tmp_path / "config.yml").write_text(GLABS)
    (tmp_path / "hosts.yml").write_text("github.com:\n    user: ada\n    git_protocol: https\n")
    assert places.knows(GH, "github.com") and not places.knows(GH, "user") and not places.knows(GH, "gitlab.com")
    assert places.knows(GLAB, "gitlab.com") and places.knows(GLAB, "git.work.example:8443")
    assert not places.knows(GLAB, "git.work.example") and not places.knows(GLAB, "git_protocol")
