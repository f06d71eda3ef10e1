"""The verbs of the `vigie` command, thin: the work is done in the rooms below."""
