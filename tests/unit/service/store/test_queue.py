from service.store.queue import Shelf


def test_a_look_without_filters_is_a_look_at_all():
    assert Shelf().facets() == "all"


def test_each_filter_is_a_facet_of_its_own():
    shelf = Shelf(reason="score", attribute="spam", section="markets", language="en")
    assert shelf.facets().split("\n") == ["reason:score", "attribute:spam", "section:markets", "language:en"]


def test_a_section_cannot_break_the_list_of_facets_apart():
    assert Shelf(section="odd\nall\t sport").facets() == "section:odd all sport"


def test_escalated_comments_have_the_same_facets_on_shelves_of_their_own():
    assert Shelf(escalated=True).facets() == "escalated/all"
    assert Shelf(escalated=True, section="news").facets() == "escalated/section:news"


def test_reviews_have_shelves_of_their_own():
    assert Shelf(reviews=True, section="news").facets() == "reviews/section:news"
