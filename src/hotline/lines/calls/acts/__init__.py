"""What each event does to a call: where its parties stand afterwards, and what that means. No rule of cost is here.

What an act costs offers, agents and timers follows from who came, answered and went (consequences.py), and what the
switch is told from the difference of two pictures (standing.py): so no act can forget either.
"""
