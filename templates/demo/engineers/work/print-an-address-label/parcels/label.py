"""What is printed on a parcel."""


def label(name, street, postcode, town):
    """Three lines in capitals."""
    return f"{name}\n{street}\n{postcode} {town}".upper()
