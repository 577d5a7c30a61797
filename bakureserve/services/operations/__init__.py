"""Operate a running server: backups, the database's files, old rows, figures, the audit log."""
