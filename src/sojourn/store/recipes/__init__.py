"""Presets, mappings and recipes: YAML that says what a vendor's files tell of people."""
