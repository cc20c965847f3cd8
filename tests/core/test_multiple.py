"""Corrections for many tests, against statsmodels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from sojourn.core.multiple import false_discovery, found_among, holm

values = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@pytest.mark.parametrize(("ours", "theirs"), [(holm, "holm"), (false_discovery, "fdr_bh")])
@given(values)
def test_corrected_p_values_are_those_of_statsmodels(ours, theirs, p):
    _, expected, _, _ = multipletests(p, method=theirs)
    assert ours(p) == pytest.approx(expected)


@given(values)
def test_findings_are_those_of_the_step_up_rule(p):
    ranked = np.sort(p)
    passing = np.flatnonzero(ranked <= 0.05 * np.arange(1, len(p) + 1) / len(p) * (1 + 1e-12))
    most = ranked[passing[-1]] if len(passing) else -1
    assert found_among(p).tolist() == pytest.approx([x <= most for x in p])


def test_no_tests_at_all_have_no_findings():
    assert found_among([]).tolist() == []
    assert holm([]).tolist() == []
