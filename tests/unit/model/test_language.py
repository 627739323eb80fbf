import pytest

from model.language import UNKNOWN, detect, hinted


@pytest.mark.parametrize(
    ("hint", "code"),
    [
        ("en", "en"),
        ("pt-BR", "pt"),
        ("DE_at", "de"),
        ("zh-Hant-TW", "zh"),
        ("und", None),
        ("", None),
        (None, None),
        ("x y", None),
    ],
)
def test_a_hint_gives_its_primary_language_if_it_is_well_formed(hint, code):
    assert hinted(hint) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("I do not think that this is what the council had in mind", "en"),
        ("Das ist doch nicht das, was der Stadtrat gestern beschlossen hat, oder irre ich mich da?", "de"),
        ("Não acho que isso seja o que a prefeitura decidiu ontem na reunião sobre as escolas", "pt"),
        ("No creo que eso sea lo que el ayuntamiento decidió ayer en la reunión sobre las escuelas", "es"),
        ("Non credo che questo sia quello che il comune ha deciso ieri nella riunione sulle scuole", "it"),
        ("Belediyenin dün okullarla ilgili toplantıda aldığı kararın bu olduğunu sanmıyorum", "tr"),
        ("어제 회의에서 시의회가 결정한 것은 이것이 아니라고 생각합니다", "ko"),
        ("Я не думаю, что вчера на заседании решили именно это", "ru"),
    ],
)
def test_a_sentence_is_recognised(text, code):
    assert detect(text) == code


@pytest.mark.parametrize("text", ["lol nope", "OMG!!!", "agreed", "Trump 2020", "nice one mate"])
def test_a_short_latin_text_counts_as_english(text):
    assert detect(text) == "en"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("vc não sabe de nada mesmo", "pt"),
        ("eso no es lo que dijo", "es"),
        ("ma che cosa dici", "it"),
        ("das ist doch nicht wahr", "de"),
        ("sen ne diyorsun ya", "tr"),
        ("gak ada yang tau kapan rezeki datang bang", "id"),
    ],
)
def test_a_short_text_with_another_grammar_is_not_english(text, code):
    assert detect(text) == code


def test_a_text_of_some_length_without_english_grammar_is_not_english():
    text = "ntaps jiwa bosku gacir abiez maxwin scatter ngeri pokoknye mantul"
    assert detect(text) == UNKNOWN


@pytest.mark.parametrize(
    "text", ["https://video.example/watch/8f3k2l1mZq", "@anna_b @tom.k look", "www.site.example/a/b/c/d/e/f"]
)
def test_an_address_is_no_evidence_of_another_language(text):
    assert detect(text) == "en"


def test_english_in_disguise_is_still_english():
    assert detect("уоu аrе а соmрlеtе fооl аnd уоu knоw іt vеrу wеll") == "en"


@pytest.mark.parametrize("text", ["", "12345", "!!!", "\ud800", "😀😀"])
def test_a_text_without_letters_has_no_language(text):
    assert detect(text) == UNKNOWN
