import pytest
from parcels.postcodes import is_postcode


@pytest.mark.parametrize("right", ["10115", "01067", "99998"])
def test_five_digits_are_a_postcode(right):
    assert is_postcode(right)


@pytest.mark.parametrize("wrong", ["", "1011", "101155"])
def test_another_length_is_none(wrong):
    assert not is_postcode(wrong)


@pytest.mark.parametrize("wrong", ["1O115", "D1011", "10 15", "-1011"])
def test_anything_but_digits_is_none(wrong):
    assert not is_postcode(wrong)
