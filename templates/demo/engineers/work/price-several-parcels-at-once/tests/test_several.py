from parcels.several import price_together


def test_two_parcels():
    assert price_together([1, 2]) == 510 + 630


def test_three_parcels_are_cheaper():
    assert price_together([1, 1, 1]) == 1377
