"""`kanban.md` and `.batty/board/`: the board, its text, its merges and its versions.

`lanes`, `head`, `outline` read the text; `text` is the board that is edited, `places` says where on it a card goes,
`checks` what is wrong with it; `merge` puts two people's changes together, `origin` finds the version to begin from;
all these are pure. `history` keeps the versions, `disk` reads and swaps the file, `saves` takes in what people saved,
and `store` is the door for everybody else.

The board is merged, not locked away. People save from stale buffers and press y. `state/board/` keeps every version it
has seen and merges a save card by card against the version nearest to it. Doubtful files (empty, a third of the cards
gone, an unclosed fence) are never acted on; `board --accept` and `board --restore` are the way out.
"""
