"""The server on which the trunk lives: where it stands there as far as we have seen, and how asking it went.

`.batty/server.json` says when the server was last looked at, what it has refused, since when it does not answer, and
how often somebody else was faster. `.batty/pushing.json` is the journal of a push: while it is there, only the server
knows whether the trunk has moved. `.batty/uploads.json` says what is brought there ahead of its push.
`refs/batty/server/<trunk>` is the newest commit of the server's trunk that we went by: a trunk there that does not
contain it was rewound or rewritten, and is not gone by before a person says so.
"""

from typing import TYPE_CHECKING

from batty_hooks.system import late

if TYPE_CHECKING:
    from batty_hooks.state.server.asking import accept, ask_hook, look, publish, push
    from batty_hooks.state.server.journal import Push, begun, forget, under_way
    from batty_hooks.state.server.noted import Notes, Refusal, hook_runs, note, notes
    from batty_hooks.state.server.seen import Rewritten, places, rewritten, taken_off, tip
    from batty_hooks.state.server.uploading import (
        Upload,
        drop_there,
        drop_upload,
        enter_upload,
        upload,
        uploads,
        want_upload,
    )
else:
    __getattr__ = late.face(
        __name__,
        asking="accept ask_hook look publish push",
        journal="Push begun forget under_way",
        noted="Notes Refusal hook_runs note notes",
        seen="Rewritten places rewritten taken_off tip",
        uploading="Upload drop_there drop_upload enter_upload upload uploads want_upload",
    )

__all__ = [
    "Notes", "Push", "Refusal", "Rewritten", "Upload", "accept", "ask_hook", "begun", "drop_there", "drop_upload",
    "enter_upload", "forget", "hook_runs", "look", "note", "notes", "places", "publish", "push", "rewritten",
    "taken_off", "tip", "under_way", "upload", "uploads", "want_upload",
]  # fmt: skip
