"""The demo: starts the portal with everything it leans on, on this computer alone.

It stands apart from the product: it imports nothing of `llaves`, it only starts its commands. It may import
the standard library, psycopg (to try a DATABASE_URL), what its mailbox is made of, and of Entra's emulator,
which it starts as a program, what makes the authority.
"""
