"""Saved filters and columns."""
