"""That a run on another machine came to nothing. (A module of its own: every engine has to know the word, and few
the rest.)"""


class Lost(Exception):
    """A run of which nothing is known any more: why, in a line; and whether that speaks against its host (``by_host``),
    or it was the way there that failed."""

    def __init__(self, why: str, by_host: bool = True) -> None:
        super().__init__(why)
        self.by_host = by_host
