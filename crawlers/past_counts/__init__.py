"""Tables of counts that others made before this store began, kept as labelled history."""
