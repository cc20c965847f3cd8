"""How many of the people asked about were brought by somebody?"""

from __future__ import annotations

from dataclasses import dataclass

from sojourn.core.bucket import Bucket, Coded, run_starts
from sojourn.measure.select import columns_needed, select
from sojourn.measure.view import View


@dataclass(frozen=True)
class ReferredKernel:
    """Counts one bucket's people with a touchpoint that says who brought them."""

    view: View

    @property
    def columns(self) -> frozenset[str]:
        """What the walk and the filters read, and who brought whom."""
        return columns_needed(self.view, ["referred_by"])

    def __call__(self, bucket: Bucket) -> int:
        selected = select(self.view, bucket)
        by = selected.bucket.columns["referred_by"]
        assert isinstance(by, Coded)  # noqa: S101 - the engine loads texts coded, always
        return len(run_starts(selected.bucket.person[selected.row_kept & (by.codes >= 0)]))


def referred(view: View) -> int:
    """The number of people among those asked about whom somebody brought (`referred_by`)."""
    return sum(view.run(ReferredKernel(view)))
