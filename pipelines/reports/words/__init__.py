"""What a weekly page says, in French and English, each written for its readers."""
