"""The one door to git: small functions, one question or one act each.

``call`` alone starts the program; ``refs``, ``objects``, ``worktrees`` and ``config`` know its words.
"""
