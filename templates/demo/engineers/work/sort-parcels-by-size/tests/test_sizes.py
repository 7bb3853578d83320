from parcels.sizes import size


def test_sizes_and_their_limits():
    assert [size(30), size(31), size(60), size(61)] == ["S", "M", "M", "L"]
