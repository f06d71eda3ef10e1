"""Weekly report: facts are frozen first, then rendered; the same facts give the same bytes."""
