"""Payload to items, pure: no Scrapy, no database, no settings, no network."""
