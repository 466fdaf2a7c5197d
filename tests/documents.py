"""The document types of the portal's first table, for tests that need no database."""

from importlib import import_module

from llaves.providers.documents import DocumentRule

_entries = import_module("llaves.providers.migrations.0003_reference_tables").DOCUMENT_TYPES
RULES = {entry["code"]: DocumentRule(**entry) for entry in _entries}
