"""Postcodes."""


def is_postcode(text):
    """Whether it is five digits."""
    return len(text) == 5
