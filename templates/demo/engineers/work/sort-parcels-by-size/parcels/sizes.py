"""The size of a parcel."""


def size(longest_side_cm):
    """S, M or L."""
    if longest_side_cm <= 30:
        return "S"
    return "M" if longest_side_cm <= 60 else "L"
