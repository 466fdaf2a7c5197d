"""The Spanish pages, behind four doors that know nothing of each other: public, account, delegate, official.

May import every part below; a page loads, guards, validates, makes one domain call and redirects.
"""
