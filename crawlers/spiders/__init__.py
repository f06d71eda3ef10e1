"""One spider per source: what to ask, how to page, when to stop."""
