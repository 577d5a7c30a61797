"""Live updates: messages go out to many readers, and none of them is waited for."""
