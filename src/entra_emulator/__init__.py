"""Stands in for Microsoft Entra ID and Microsoft Graph: what the portal uses of them, and what can go wrong.

It shares no code with `llaves`. State and rules (`directory`) know no HTTP; `login`, `graph` and `control` are its
three faces. It may import the standard library, starlette, uvicorn, joserfc, cryptography and trustme.
docs/entra-emulator.md says how to start it and how to ask for faults.
"""
