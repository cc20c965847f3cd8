"""How random examples are tried: the same ones in every run, however busy the machine is.

`make test` must say the same of the same code; `make fuzz` goes looking for new examples.
"""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("fuzz", settings.get_profile("steady"), derandomize=False)
settings.load_profile(os.environ.get("SOJOURN_EXAMPLES", "steady"))
