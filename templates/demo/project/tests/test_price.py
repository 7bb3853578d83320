import pytest
from parcels.price import price


def test_a_kilogram():
    assert price(kg=1) == 510


def test_half_a_kilogram():
    assert price(kg=0.5) == 450


def test_nothing_is_no_parcel():
    with pytest.raises(ValueError):
        price(kg=0)
