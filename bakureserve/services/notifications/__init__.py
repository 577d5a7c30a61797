"""Notices to guests and restaurants, and their delivery."""
