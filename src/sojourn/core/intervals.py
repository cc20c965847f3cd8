"""95% intervals: how many standard errors they reach, and Wilson's for a share.

E. B. Wilson, "Probable inference, the law of succession, and statistical inference", J. Am.
Statist. Assoc. 22 (1927).
"""

from __future__ import annotations

import math

Z = 1.959963984540054
"""Standard errors on each side of a 95% interval."""


def wilson(part: float, whole: float) -> tuple[float, float]:
    """Wilson's 95% interval of a share.

    >>> [round(end, 4) for end in wilson(15, 148)]
    [0.0624, 0.1605]
    """
    if whole <= 0:
        return 0.0, 1.0
    share = part / whole
    spread = Z * math.sqrt(share * (1 - share) / whole + Z * Z / (4 * whole * whole))
    middle, scale = share + Z * Z / (2 * whole), 1 + Z * Z / whole
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)
