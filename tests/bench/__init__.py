"""Benchmarks say what they found, and the page says what they say."""
