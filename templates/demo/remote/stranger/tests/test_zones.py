from parcels.zones import zone


def test_at_home():
    assert zone("DE") == 1


def test_case_does_not_matter():
    assert zone("fr") == zone("FR") == 2


def test_far_away():
    assert zone("NZ") == 4


def test_across_the_channel():
    assert zone("GB") == 3
