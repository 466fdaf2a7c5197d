"""Stands in for the portal where the demo's own doings are tested: the same commands, none of the work."""
