"""Llaves IHCE: the portal through which health providers receive their credentials.

`docs/architecture.md` is the map. Imports run downwards only; `pyproject.toml` holds the contract.
"""
