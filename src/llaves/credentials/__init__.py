"""What providers receive: requests, the credentials that answer them, the environments they open.

Stands on `identity` (who asks and who assigns), `providers`, `vault`, `notifications` and `audit`.
"""
