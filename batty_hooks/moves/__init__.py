"""One step of a card's life each, found by listing; moves/base.py holds the interface and the runner."""
