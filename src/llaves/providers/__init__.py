"""Who exists and who may act for whom: organizations, their providers, persons, delegations.

Stands on `notifications`, `vault` and `audit`; knows nothing of accounts or credentials.
"""
