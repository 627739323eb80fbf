"""What a model's card becomes for its page."""

from hypothesis import given
from hypothesis import strategies as st

from model.artifact import CARD
from model.classifier import DEFAULT
from service.console.model_card import Block, blocks


def plain(block):
    return [["".join(cell) for cell in line] for line in block.lines]


def test_the_cards_signs_are_read():
    card = "# Model\n\nTwo\nlines.\n- one\n  goes on\n- `two` and\n\n| a | b |\n| --- | --- |\n| 1 | x \\| y |\n"
    heading, text, items, table = blocks(card)
    assert (heading.kind, heading.level, plain(heading)) == ("heading", 1, [["Model"]])
    assert (text.kind, plain(text)) == ("text", [["Two lines."]])
    assert (items.kind, items.lines[1]) == ("list", (("", "two", " and"),))
    assert plain(items)[0] == ["one goes on"]
    assert (table.kind, plain(table)) == ("table", [["a", "b"], ["1", "x | y"]])


def test_the_shipped_models_card_is_read_whole():
    card = (DEFAULT / CARD).read_text(encoding="utf-8")
    found = list(blocks(card))
    assert {one.kind for one in found} == {"heading", "text", "list", "table"}
    headings = [plain(one)[0][0] for one in found if one.kind == "heading"]
    assert "What it was trained on" in headings
    for table in (one for one in found if one.kind == "table"):
        assert len({len(line) for line in table.lines}) == 1
    said = " ".join(piece for one in found for line in plain(one) for piece in line)
    assert set(said.split()) >= {word for word in card.replace("`", "").split() if word.isalpha()}


@given(st.text(alphabet="#-| `\n\\ax<>"))
def test_whatever_a_card_says_is_read_without_a_mistake_and_no_letter_is_lost(card):
    found = list(blocks(card))
    assert all(isinstance(one, Block) for one in found)
    assert sum(str(one.lines).count("x") for one in found) == card.count("x")


def test_a_card_without_an_end_is_cut():
    assert sum(len(plain(one)[0][0]) for one in blocks("x" * 1_000_000)) == 200_000
