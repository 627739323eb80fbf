"""The macros that write a comment's text."""

from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

import service.console
from model.classifier import Span
from service.console import words
from service.console.reading import showing
from service.moderation.severity import Severity


@pytest.fixture(scope="module")
def text():
    folder = Path(service.console.__file__).parent / "templates"
    environment = Environment(loader=FileSystemLoader(folder), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters.update(words.FILTERS)
    environment.filters.update(showing.FILTERS)
    return environment.get_template("console/_text.html").module


def test_a_text_has_its_language_and_each_paragraph_its_direction(text):
    html = text.comment_text("eins\n\nzwei", language="de")
    assert html == '<div class="reader" lang="de">\n  <p dir="auto">eins</p>\n  <p dir="auto">zwei</p>\n</div>\n'
    assert "lang" not in text.comment_text("?", language="und")


def test_the_legend_names_what_is_marked(text):
    html = text.comment_text("you fool", [Span(4, 8, "insult", 1.0), Span(0, 3, "identity_attack", 0.5)])
    assert '<span class="number">1</span> insult' in html
    assert '<span class="number">2</span> attack on a group' in html


def test_links_and_images_are_text(text):
    html = text.comment_text('https://a.example <a href="//b.example">b</a> <img src=//c.example>')
    assert "<a" not in html
    assert "<img" not in html


def test_a_severe_text_is_closed_and_says_why(text):
    html = text.guarded_text("x" * 900, [Severity("self_harm"), Severity("threat", 0.931)])
    assert "Severe: self-harm, threat 0.93." in html
    assert '<details class="severe">' in html
    assert f'<span class="blurred" aria-hidden="true" dir="auto">{"x" * 400}</span>' in html
    assert text.guarded_text("x", [Severity("threat", 0.5)], asked=True).startswith('<details class="severe" open>')


def test_any_other_text_is_simply_there(text):
    assert text.guarded_text("x", []).strip() == text.comment_text("x").strip()
