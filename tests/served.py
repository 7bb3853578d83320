"""A scene whose trunk lives in a bare repository beside it, with a stranger who pushes there too."""

from __future__ import annotations

from pathlib import Path

from scene import Scene


class Served(Scene):
    """One repository, its server, and everything that acts on both."""

    within = False  # the server lies in the repository's own directory: what is copied of the one is of both

    @property
    def server(self) -> Path:
        return (self.root / ".git" if self.within else self.root.parent) / "server.git"

    @property
    def strangers(self) -> Path:
        return self.root.parent / "stranger"

    def serve(self, land: str = "push") -> Served:
        """Put the trunk on the server, and say so in team.yaml."""
        self.git("clone", "-q", "--bare", str(self.root), str(self.server))
        self.git("remote", "add", "origin", str(self.server))
        self.git("fetch", "-q", "origin")
        path = self.root / ".batty/team_config/team.yaml"
        path.write_text(path.read_text() + f"remote:\n  name: origin\n  land: {land}\n")
        return self

    def there(self) -> str:
        """The server's trunk."""
        return self.git("rev-parse", f"refs/heads/{self.trunk}", cwd=self.server)

    def stranger(self, files: dict[str, str], message: str = "Stranger's work") -> str:
        """Somebody with a clone of his own pushes something."""
        if not self.strangers.exists():
            self.git("clone", "-q", str(self.server), str(self.strangers))
        self.git("pull", "-q", "--rebase", cwd=self.strangers)
        commit = self.commit(self.strangers, files, message)
        self.git("push", "-q", cwd=self.strangers)
        return commit

    def branch(self, name: str, files: dict[str, str], base: str = "") -> str:
        """A branch with one commit, made in a worktree of its own."""
        place = self.root.parent / name
        self.git("worktree", "add", "-q", "-b", name, str(place), base or self.trunk)
        return self.commit(place, files, f"Work on {name}")
