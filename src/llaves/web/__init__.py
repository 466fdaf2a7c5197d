"""The Spanish pages, behind three doors that know nothing of each other: public, delegate, official.

May import every part below; a page loads, guards, validates, makes one domain call and redirects.
"""
