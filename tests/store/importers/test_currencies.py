"""An amount that names its currency fills the log's, and currencies are never mixed."""

from decimal import Decimal

import pytest

from sojourn.store.importers.currencies import currency_of

HEAD = "user_id,timestamp,event,revenue\n"


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("5", None), ("1.234,50", None), ("(4.20)", None), ("-3", None), ("1e3", None),
        ("1 234,50", None), ("1\u00a0234'567", None), ("€5", "EUR"), ("5 €", "EUR"),
        ("(€ 1.234,50)", "EUR"), ("$-5.10", "USD"), ("US$ 5", "USD"), ("C$5", "CAD"),
        ("£3.50", "GBP"), ("5 zł", "PLN"), ("12 Kč", "CZK"), ("R$ 10", "BRL"), ("₹1,00,000", "INR"),
        ("CHF 1'234.50", "CHF"), ("12.50 usd", "USD"), ("12.50 kr.", "KR"), ("5.00- EUR", "EUR"),
    ],
)  # fmt: skip
def test_the_currency_of_an_amount(text, currency):
    assert currency_of(text) == currency


def test_amounts_of_several_currencies_are_kept_apart(desk):
    report = desk.bring(
        HEAD + "u1,2026-01-02,A,€5\nu2,2026-01-02,A,$7.20\nu3,2026-01-02,A,12 GBP\n"
        "u4,2026-01-02,A,3\nu5,2026-01-02,A,8 zł\nu6,2026-01-02,A,\n"
    )
    assert desk.rows("value", "currency") == [
        (Decimal(5), "EUR"),
        (Decimal("7.2"), "USD"),
        (Decimal(12), "GBP"),
        (Decimal(3), None),
        (Decimal(8), "PLN"),
        (None, None),
    ]
    assert "EUR (1), GBP (1), PLN (1), USD (1)." in report.warnings[-1]
    assert "`--currency =CAD`" in report.warnings[-1]
    told = {oddity.code: str(oddity) for oddity in report.oddities}
    assert "4 currencies" in told["currencies"]
    assert "1 of 5 amounts name no currency" in told["no currency"]


def test_a_column_of_currencies_comes_first(desk):
    report = desk.bring(
        "user_id,timestamp,event,revenue,currency\nu1,2026-01-02,A,$5,CAD\nu2,2026-01-02,A,$5,\n"
    )
    assert desk.rows("currency") == ["CAD", "USD"]
    assert not any("taken from the amounts" in line for line in report.warnings)


def test_a_constant_currency_is_that_of_all(desk):
    desk.bring(HEAD + "u1,2026-01-02,A,$5\n", columns={"currency": "=cad"})
    assert desk.rows("currency") == ["CAD"]


def test_a_comma_that_may_stand_for_thousands_is_read_so_and_said(desk):
    report = desk.bring(HEAD + 'u1,2026-01-02,A,"1,234"\n')
    assert desk.rows("value") == [1234]
    assert "such as 1,234 were read as whole numbers in thousands" in report.warnings[0]
    told = desk.bring(HEAD + 'u2,2026-01-02,A,"1,234"\nu3,2026-01-02,A,5.50\n', "b.csv")
    assert told.warnings == ()


def test_bare_amounts_have_no_currency(desk):
    report = desk.bring(HEAD + "u1,2026-01-02,A,5\n")
    assert desk.rows("currency") == [None]
    assert report.warnings == ()
