"""Use cases: each one transaction, handed what it needs, knowing neither web nor terminal."""
