"""Out again: rows of the log, and answers, as files that other tools read.

`rows` writes CSV, JSON Lines and Parquet; `xes` and `ocel` the event logs of process mining;
`segment` the calls of Segment's HTTP API. Nothing here reads a workspace: it is handed batches.
"""
