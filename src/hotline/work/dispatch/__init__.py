"""派单: to whom a case goes. The dispatch catalogue, the rules, places out of free text; it suggests, people decide."""
