"""Stand-ins of X, Facebook and a media site on loopback: one invented, seeded story in Mali.

Every page, account, person, handle and event in here is invented; any likeness is chance.
"""
