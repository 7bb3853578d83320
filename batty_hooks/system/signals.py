"""The signals as Python's core has them, plain numbers. The module `signal` makes an enum of each, and to import that
is a third of what the start of a supervisor takes (see `descendants`)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as core
else:
    try:
        import _signal as core
    except ImportError:  # another Python than CPython
        import signal as core

__all__ = ["core"]
