import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from model.classifier import Span
from model.data import Example
from model.evaluate import examine
from model.page import _pieces, render

HOSTILE = (
    "<script>document.title = 'taken over'</script>",
    "<img src=http://example.com/x.png onerror=alert(1)> \x00\x1b[31m \ud800",
    "</blockquote></section>{{ 7 * 7 }} {% raw %} \u202egnp.exe " + "a\u0300" * 500,
    "x" * 5000,
    "$\\frac{1}{",
)
NAME = "<b>$\\frac{</b>"
SOME = ("toxicity", "spam")
VOID = {"meta", "br", "img", "hr", "link", "input"}


class Outline(HTMLParser):
    """The tags and attributes of a page; complains about tags that are not closed in order."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.open = [], []
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def named(self, *names):
        return [attributes for tag, attributes in self.tags if tag in names]


@pytest.fixture(scope="module")
def page(tiny, tiny_examples):
    """Return the report on the tiny examples, some labelled wrong, under hostile names and with hostile texts."""

    def some(labels):
        return {attribute: labels[attribute] for attribute in SOME}

    examples = [
        *(Example(one.text, some(one.labels), "tiny", "en", "") for one in tiny_examples),
        *(
            Example(
                f"{one.text} {'gay' if k % 2 else 'so'} {k}",
                some(one.labels),
                "second",
                "en" if k % 2 else "<\x01\ud800>",
                "",
            )
            for k, one in enumerate(tiny_examples)
        ),
        *(Example(one.text, {"toxicity": 0.0}, "tiny", "en", "") for one in tiny_examples[:10]),
        *(Example(text, dict.fromkeys(SOME, k % 2), NAME, "<i>", "") for k, text in enumerate(HOSTILE)),
        *(Example(text, dict.fromkeys(SOME, (k + 1) % 2), NAME, "en", "") for k, text in enumerate(HOSTILE)),
    ]
    return render(examine(tiny, examples, 100), tiny)


def test_every_attribute_has_its_plots_tables_slices_and_mistakes(page):
    for attribute in SOME:
        section = page.split(f'<h2 id="{attribute}">')[1].split("</section>")[0]
        for part in (
            "ROC",
            "Precision and recall",
            "Reliability",
            "Slices",
            "Held, though clean",
            "Let through, though bad",
        ):
            assert part in section, (attribute, part)
        assert section.count('<svg class="plot" role="img" aria-label=') >= 4
        assert section.count("<table>") >= 4
    assert "How to read this" in page


def test_the_page_needs_and_asks_for_nothing_else(page):
    outline = Outline(page)
    assert not outline.named("script", "link", "img", "iframe", "object", "embed", "form", "base")
    for attributes in (attributes for _, attributes in outline.tags):
        assert not {name for name in attributes if name.startswith("on")}
        assert "src" not in attributes
        assert attributes.get("href", "#").startswith("#")
    assert "@import" not in page
    assert all(found.startswith("#") for found in re.findall(r"url\(([^)]*)\)", page))


def test_every_reference_on_the_page_leads_somewhere_and_no_name_is_given_twice(page):
    outline = Outline(page)
    names = [attributes["id"] for _, attributes in outline.tags if "id" in attributes]
    assert len(names) == len(set(names))
    wanted = {attributes["href"][1:] for _, attributes in outline.tags if "href" in attributes}
    assert wanted | set(re.findall(r"url\(#([^)]*)\)", page)) <= set(names)


def test_headings_descend_one_step_at_a_time_and_every_cell_has_a_head(page):
    outline = Outline(page)
    levels = [int(tag[1]) for tag, _ in outline.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))
    assert all("scope" in attributes for attributes in outline.named("th"))
    assert all(attributes.get("aria-label") for attributes in outline.named("svg") if attributes["class"] == "plot")


def test_hostile_texts_and_names_stay_text(page):
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "49" not in re.findall(r"section&gt;([^ ]*)", page)
    assert "&lt;b&gt;$\\frac{&lt;/b&gt;" in page
    assert "\x00" not in page
    page.encode("utf-8")


def test_a_comment_that_may_hurt_is_blurred_and_can_be_reached_by_keyboard(page):
    quotes = Outline(page).named("blockquote")
    assert any(quote.get("class") == "veiled" for quote in quotes)
    assert all(quote["tabindex"] == "0" for quote in quotes if quote.get("class") == "veiled")


def test_the_surest_mistake_comes_first_with_what_told(page):
    section = page.split('<h2 id="toxicity">')[1].split("Held, though clean")[1].split("Let through")[0]
    first = section.split("</li>")[0]
    assert "You are a" in re.sub("<[^>]*>", "", first)
    assert '<mark class="told-3">' in first


def test_the_same_evaluation_gives_the_same_page(tiny, tiny_examples):
    found = examine(tiny, [replace(one, labels={"spam": one.labels["spam"]}) for one in tiny_examples], 100)
    assert render(found, tiny) == render(found, tiny)


def test_a_text_is_cut_at_the_spans_that_lie_in_it():
    spans = [
        Span(4, 7, "toxicity", 2.0),
        Span(0, 3, "toxicity", 0.1),
        Span(6, 9, "toxicity", 1.0),
        Span(8, 99, "toxicity", 1.0),
    ]
    assert [(piece.text, piece.strength) for piece in _pieces("one two three", spans)] == [
        ("one", 1), (" ", 0), ("two", 3), (" three", 0),
    ]  # fmt: skip


def test_an_evaluation_of_clean_rows_alone_makes_a_page(tiny, tiny_examples):
    clean = [replace(one, labels={"spam": 0.0}) for one in tiny_examples if not one.labels["spam"]]
    assert "None." in render(examine(tiny, clean, 100), tiny)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_a_browser_shows_it_in_silence_and_fits_it(browser, page, tmp_path, width, scheme):
    path = tmp_path / "report.html"
    path.write_text(page, encoding="utf-8")
    tab = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    said, asked = [], []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(path.as_uri())
    assert tab.title().startswith("Report on Winnow")
    assert said == []
    assert asked == [path.as_uri()]
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert tab.evaluate(CONTRASTS) == []
    tab.close()


# Texts whose colour is too near to what is behind them: WCAG 2.2, 1.4.3, at 4.5 to 1.
CONTRASTS = """() => {
  const light = colour => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).map(v => v / 255)
      .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = element => {
    for (let e = element; e; e = e.parentElement) {
      const colour = getComputedStyle(e).backgroundColor;
      if (!/, 0\\)$|transparent/.test(colour)) return colour;
    }
  };
  const found = new Set();
  for (const e of document.querySelectorAll("body *")) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
    const style = getComputedStyle(e), front = e instanceof SVGElement ? style.fill : style.color;
    const pair = [light(front), light(behind(e))].sort((a, b) => b - a);
    if ((pair[0] + 0.05) / (pair[1] + 0.05) < 4.5) found.add(e.tagName + e.className + front + behind(e));
  }
  return [...found];
}"""


def test_a_blurred_comment_clears_when_it_is_reached(browser, page, tmp_path):
    path = tmp_path / "report.html"
    path.write_text(page, encoding="utf-8")
    tab = browser.new_page()
    tab.goto(path.as_uri())
    veiled = tab.locator(".veiled").first
    text = veiled.locator("p")
    assert "blur" in text.evaluate("e => getComputedStyle(e).filter")
    veiled.focus()
    assert text.evaluate("e => getComputedStyle(e).filter") == "none"
    veiled.blur()
    veiled.hover()
    assert text.evaluate("e => getComputedStyle(e).filter") == "none"
    tab.close()
