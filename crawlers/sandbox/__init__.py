"""Stand-ins of X and Facebook on loopback: one invented, seeded story of twelve weeks in Mali.

Every page, account, person, handle and event in here is invented; any likeness is chance.
"""
