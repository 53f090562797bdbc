"""Files at rest: each encrypted with a key of its own, readable in ranges, erased by forgetting its key."""
