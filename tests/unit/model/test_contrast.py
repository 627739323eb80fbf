import re

from model.contrast import contrast_examples


def test_contrast_examples_are_the_same_every_time_and_many():
    assert contrast_examples() == contrast_examples()
    assert len(contrast_examples()) > 1000


def test_every_slot_is_filled_and_every_row_labelled():
    for example in contrast_examples():
        assert "{" not in example.text
        assert example.labels


def test_links_lead_to_reserved_domains_only():
    links = [
        link for example in contrast_examples() for link in re.findall(r"(?:https?://|www\.)[^\s\"]+", example.text)
    ]
    assert links
    assert all(re.match(r"(?:https?://)?[\w.-]+\.example(?:/|$)", link) for link in links)
