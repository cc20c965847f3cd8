"""What runs for days: touchpoints are received over HTTP and brought into the log."""
