"""The HTTP API: every answer of the command line as JSON, people and touchpoints to change."""
