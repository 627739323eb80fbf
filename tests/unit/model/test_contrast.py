from model.contrast import contrast_examples


def test_contrast_examples_are_the_same_every_time_and_many():
    assert contrast_examples() == contrast_examples()
    assert len(contrast_examples()) > 1000


def test_every_slot_is_filled_and_every_row_labelled():
    for example in contrast_examples():
        assert "{" not in example.text
        assert example.labels
