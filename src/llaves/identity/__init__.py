"""Who is at the door: accounts, roles, registration, activation, login (Hércules in the manual).

Stands on `providers`, `notifications` and `audit`; registration asks the registry, never the reverse.
"""
