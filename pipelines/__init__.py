"""Stages after collection: each reads what the former wrote and is safe to run twice."""
