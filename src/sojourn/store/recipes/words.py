"""Words that several parts of recipes share."""

COUNTS = ("clicks", "impressions", "ctr", "position")
"""What is counted of a search result."""
