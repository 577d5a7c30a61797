"""Looking after the database's files: backups, restoring, checks and repairs."""
