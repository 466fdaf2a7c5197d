"""What was done: one event per action, in the action's own transaction, never changed afterwards.

Stands at the bottom: imports no other part. Everything that writes calls `trail.record`.
"""
