"""Synchronised posting patterns: accounts that share the same objects within seconds, tested.

Shares (`shares`) become pairs inside a sliding window (`pairs`), pairs become edges between two
accounts (`edges`), edges are tested against chance (`significance`); `detect` runs this chain on a
file, `run` on the store, where `networks` groups what was flagged and names innocent explanations.
"""
