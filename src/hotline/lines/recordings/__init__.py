"""Recordings of calls: taken in from the switch, encrypted, heard by few and never unnoticed, erased when their time is over."""
