"""What people are told by e-mail: letters, the outbox that keeps them until they are delivered.

Stands on `audit`; knows nothing of who the recipients are.
"""
