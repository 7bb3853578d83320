"""The price of several parcels."""

from parcels.price import price


def price_together(weights_in_kg):
    """The sum of their prices in cents, a tenth less from three parcels on."""
    total = sum(price(grams=weight * 1000) for weight in weights_in_kg)
    return total if len(weights_in_kg) < 3 else round(total * 0.9)
