"""Reading posts: language, and a trained encoder with one head per field.

Importing this package loads neither torch nor transformers; `inference`, `training`, `checkpoint`,
`encoder` and `heads` do.
"""
