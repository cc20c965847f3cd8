import numpy as np
import pytest

from sojourn.demo.shop.book import MISSING, Book

WHO, AT = np.array([3, 1]), np.array([10, 20])


def test_a_text_for_all_and_a_text_for_each_are_told_the_same_way():
    book = Book()
    book.write("Page Viewed", WHO, AT, page=book.codes(["/", "/about"]))
    columns = book.columns()
    assert [book.texts[code] for code in columns["name"]] == ["Page Viewed", "Page Viewed"]
    assert [book.texts[code] for code in columns["page"]] == ["/", "/about"]
    assert columns["campaign"].tolist() == [MISSING, MISSING]


def test_rows_stay_in_the_order_of_writing():
    book = Book()
    book.write("Page Viewed", WHO, AT, cents=5)
    book.write("Ad Viewed", WHO[:1], AT[:1])
    columns = book.columns()
    assert columns["who"].tolist() == [3, 1, 3]
    assert columns["cents"].tolist() == [5, 5, 0]
    assert np.isnan(columns["sentiment"]).all()


def test_a_column_that_the_book_does_not_have_is_refused():
    with pytest.raises(TypeError, match="the book has no campaing"):
        Book().write("Page Viewed", WHO, AT, campaing="spring")


def test_the_same_text_has_one_code():
    book = Book()
    assert book.code("Email") == book.code("Email")
    assert book.codes(["Email", "Phone"]).tolist() == [book.code("Email"), book.code("Phone")]
