"""Looking after a database: backups, restoring, checks and repairs.

`backup`, `restore` and `atomic_file` work on the files of SQLite; the rest asks any engine.
"""
