"""That a run on another machine came to nothing. (A module of its own: every engine has to know the word, and few
the rest.)"""


class Lost(Exception):
    """A run of which nothing is known any more: why, in a line."""
