from parcels.surcharge import surcharge


def test_only_bulky_parcels_cost_more():
    assert surcharge(61) == 250
    assert surcharge(60) == 0
