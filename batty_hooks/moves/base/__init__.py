"""What all moves stand on: the interface, the shared look, the state table's row of an offer, common effects.

A move is a module of moves/ with NAME, WATCHES, ORDER, SLOW, ``ripe`` and ``take`` (a slow one has ``running`` and
``room`` too); one new file adds one. ``ripe`` only reads and never yields what ``take`` cannot change; ``take`` may be
killed at any line and made again.
"""

from batty_hooks.moves.base.batch import Batch, one, plan
from batty_hooks.moves.base.effects import escalate, hash_of, update_board
from batty_hooks.moves.base.interface import Item, Move, SlowMove, Trouble, make, moves, refused
from batty_hooks.moves.base.look import Look
from batty_hooks.moves.base.standing import Standing, standing

__all__ = [
    "Batch", "Item", "Look", "Move", "SlowMove", "Standing", "Trouble", "escalate", "hash_of", "make", "moves", "one",
    "plan", "refused", "standing", "update_board",
]  # fmt: skip
