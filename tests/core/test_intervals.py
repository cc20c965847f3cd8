"""Quantiles and exact tests are those of scipy.stats, without importing it."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2, hypergeom, norm
from scipy.stats import t as student_t

from sojourn.core.intervals import above, chi_square, drawn_at_least, student, wilson

shares = st.floats(0.001, 0.999)


@given(shares, st.floats(0.5, 1e6))
def test_quantiles_are_those_of_scipy(share, freedom):
    assert student(share, freedom) == pytest.approx(
        student_t.ppf(share, freedom), rel=1e-6, abs=1e-9
    )
    assert chi_square(share, freedom) == pytest.approx(chi2.ppf(share, freedom), rel=1e-6)


@given(st.floats(-30, 30))
def test_the_upper_tail_is_that_of_scipy(deviations):
    assert above(deviations) == pytest.approx(norm.sf(deviations), rel=1e-9)


@given(st.integers(1, 4000), st.data())
def test_the_exact_test_is_that_of_scipy(whole, data):
    marked, drawn = (data.draw(st.integers(0, whole)) for _ in range(2))
    hits = data.draw(st.integers(-1, whole + 1))
    found = drawn_at_least(hits, whole, marked, drawn)
    assert found == pytest.approx(hypergeom.sf(hits - 1, whole, marked, drawn), rel=1e-6, abs=1e-12)


def test_no_share_of_nobody_is_known():
    assert wilson(0, 0) == (0.0, 1.0)


def test_questions_do_not_import_what_takes_longer_than_they_do():
    asked = "import sys, sojourn.journey; sys.exit('scipy.stats' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0
