"""The price of one parcel."""

BASE_CENTS = 390
CENTS_PER_KG = 120


def price(*, kg):
    """What a parcel of ``kg`` kilograms costs, in cents."""
    if kg <= 0:
        raise ValueError("a parcel weighs something")
    return BASE_CENTS + round(CENTS_PER_KG * kg)
