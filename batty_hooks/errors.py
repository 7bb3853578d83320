"""The one error type of the project, and the exit codes a command may end with."""

OK = 0
YOUR_TURN = 1
USAGE = 2
OUR_BUG = 3
TRY_AGAIN = 75


class FatalError(Exception):
    """Something a person has to know and can mend.

    ``what`` is one line that says what is wrong, ``mend`` one line that says what to do about it,
    ``code`` the exit code. main.py alone turns it into words.
    """

    def __init__(self, what: str, mend: str, code: int = YOUR_TURN) -> None:
        super().__init__(what)
        self.what = what
        self.mend = mend
        self.code = code
