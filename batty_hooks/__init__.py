"""batty-hooks: a team of coding agents on one git repository, driven by files."""

import gc

__version__ = "0.1.0"

# Nearly all that a short command makes are its imports, which live to its end: to look through them for garbage after
# every 700 objects is a tenth of its start, and finds nothing. What lives on (the watcher, `top`) looks seldom, too.
gc.set_threshold(50_000, 20, 20)
