"""Notices as people and machines get them: words, calendar entries, and the ways out."""
