"""Announcements (typhoon, outage, water cut): a text of today, heard before the queue, gone by itself at its time."""
