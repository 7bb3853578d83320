"""One step of a card's life each, found by listing; moves/base/ holds the interface and the engine.

A move is a module with NAME, WATCHES, ORDER, SLOW, ``ripe`` and ``take`` (a slow one has ``running`` and ``capacity``
too); one new file adds one. ``ripe`` only reads and never yields what ``take`` cannot change; ``take`` may be killed at
any line and made again.
"""
