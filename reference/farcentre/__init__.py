"""A reference far centre: what a linked hotline, a sub-centre or an emergency desk needs to be joined with 12345.

Written from docs/reference/hand-over.md alone; it imports nothing of the platform (a test holds it). Its own process, its
own store (SQLite), its own small Asterisk. It stands in tests and in the demonstration, never for a real centre.
"""
