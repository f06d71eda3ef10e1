"""X's search language: reading a query, holding it against a post, building and splitting one."""
