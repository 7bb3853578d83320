"""The one door to git: small functions, one question or one act each.

``call`` alone starts the program, under the ``settings`` that are ours; the others know its words.
"""
