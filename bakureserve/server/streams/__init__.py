"""WebSockets that tell of changes: who may read, what they are sent, and when they are let go."""
