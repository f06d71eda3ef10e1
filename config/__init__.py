"""What an operator decides: settings, watchlist, codebook, alert rules, glossary, keys."""
