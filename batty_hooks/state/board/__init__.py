"""`kanban.md` and `.batty/board/`: the board, its text, its merges and its versions.

`lanes`, `head`, `outline` read the text; `text` is the board that is edited, `places` says where on it a card goes,
`checks` what is wrong with it; `merge` puts two people's changes together; all these are
pure. `history` keeps the versions, `disk` reads and swaps the file, `saves` takes in what people saved, and `store` is
the door for everybody else.
"""
