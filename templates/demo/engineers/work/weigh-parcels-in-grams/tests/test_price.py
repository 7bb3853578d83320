import pytest
from parcels.price import price


def test_a_kilogram():
    assert price(grams=1000) == 510


def test_half_a_kilogram():
    assert price(grams=500) == 450


def test_nothing_is_no_parcel():
    with pytest.raises(ValueError):
        price(grams=0)
