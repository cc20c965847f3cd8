"""The studio: pages on which a business sees its journeys.

`answers/` work out what a page shows (in a process of their own, without Django), `views/` are the
pages, one file a room; both meet in `desk.ask`.
"""
