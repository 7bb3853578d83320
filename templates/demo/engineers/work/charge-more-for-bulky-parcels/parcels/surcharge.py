"""What bulky parcels cost on top."""

from parcels.sizes import size

BULKY_CENTS = 250


def surcharge(longest_side_cm):
    """250 cents for size L, nothing for the others."""
    return BULKY_CENTS if size(longest_side_cm) == "L" else 0
