"""Clients of the systems outside, the only place that opens network connections.

Knows no Django and no part of the portal: gets plain values, gives frozen dataclasses. May import the standard
library and httpx2. Nothing here decides what an answer means for the portal.
"""
