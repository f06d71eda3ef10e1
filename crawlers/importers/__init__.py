"""Files to payloads and items: what an operator already holds."""
