"""What is watched: agencies and places with their spellings, X queries, Facebook pages."""
