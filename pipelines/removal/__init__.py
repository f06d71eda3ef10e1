"""Taking content out of the store for good: what goes, what stays, and the proof of it."""
