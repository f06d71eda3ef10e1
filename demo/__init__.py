"""The demo: twelve weeks of the stand-in platforms through every room, then the score."""
