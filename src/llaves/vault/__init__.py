"""Where secrets rest: each one sealed under its own key and bound to its place; none opens without an event.

Stands on `audit`; knows nothing of credentials, only of bindings.
"""
