"""WebSockets that send changes: who may read, what they are sent, and when they are closed."""
