import re
from collections import Counter

from service.demo.samples import Sample, read_samples

SAMPLES = list(read_samples())
RESERVED = re.compile(r"(?:.+\.)?(?:example(?:\.(?:com|net|org))?|invalid|test)")
DOMAIN = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}", re.IGNORECASE)
TELEPHONE = re.compile(r"\+\d[\d ()-]{8,}\d")
INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060]")
SPELT_OUT = {"l.y.i.n.g"}


def bodies() -> list[str]:
    return [INVISIBLE.sub("", sample.body) for sample in SAMPLES]


def test_there_are_a_hundred_and_each_is_another_one() -> None:
    assert len(SAMPLES) == 100
    assert len({sample.body for sample in SAMPLES}) == 100
    assert [SAMPLES[0].id, SAMPLES[-1].id] == ["demo-001", "demo-100"]


def test_every_sample_would_pass_winnows_schema() -> None:
    for sample in SAMPLES:
        assert 1 <= len(sample.body.strip()) <= 10_000
        assert sample.author_name.strip()
        assert re.fullmatch(r"[A-Za-z0-9._:~-]{1,128}", sample.author_id)


def test_one_name_is_one_author() -> None:
    authors = {(sample.author_id, sample.author_name) for sample in SAMPLES}
    assert len(authors) == len({author for author, _ in authors}) == len({name for _, name in authors})


def test_they_are_in_order_and_a_reply_follows_what_it_answers() -> None:
    earlier: dict[str, Sample] = {}
    for sample in SAMPLES:
        assert all(sample.minutes_ago < before.minutes_ago for before in earlier.values())
        assert sample.parent is None or sample.parent in earlier
        earlier[sample.id] = sample


def test_only_reserved_domains_are_named() -> None:
    named = {domain for body in bodies() for domain in DOMAIN.findall(body)} - SPELT_OUT
    assert len(named) >= 15
    assert {domain for domain in named if not RESERVED.fullmatch(domain)} == set()


def test_only_numbers_kept_for_fiction_are_given() -> None:
    numbers = [number for body in bodies() for number in TELEPHONE.findall(body)]
    assert len(numbers) >= 3
    assert all(re.search(r"555.01\d\d$", number) for number in numbers)


def test_a_campaign_comes_in_near_copies() -> None:
    endings = Counter(body[-20:] for body in bodies())
    assert max(endings.values()) >= 5


def test_some_evade_with_invisible_characters_and_borrowed_letters() -> None:
    assert any(INVISIBLE.search(sample.body) for sample in SAMPLES)
    assert any(re.search("[a-z][\u0430-\u044f]|[\u0430-\u044f][a-z]", sample.body) for sample in SAMPLES)
