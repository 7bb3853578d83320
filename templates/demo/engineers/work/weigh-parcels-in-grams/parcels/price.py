"""The price of one parcel."""

BASE_CENTS = 390
CENTS_PER_KG = 120


def price(*, grams):
    """What a parcel of ``grams`` grams costs, in cents."""
    if grams <= 0:
        raise ValueError("a parcel weighs something")
    return BASE_CENTS + round(CENTS_PER_KG * grams / 1000)
