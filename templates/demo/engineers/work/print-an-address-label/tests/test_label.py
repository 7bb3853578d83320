from parcels.label import label


def test_a_label_has_three_lines_in_capitals():
    assert label("Ada", "Ring 1", "10115", "Berlin") == "ADA\nRING 1\n10115 BERLIN"
