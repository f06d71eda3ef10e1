"""Bringing posts in: spiders ask and page, parsers read, importers bring files."""
