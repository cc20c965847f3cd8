"""How fast Sojourn is: beside the floor of the same machine, and beside its peers.

`python -m benchmarks 1m 10m` prints one table a size; see `docs/benchmarks.md`.
"""
