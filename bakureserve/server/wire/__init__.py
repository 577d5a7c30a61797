"""What goes over the wire: the shapes of `/v1`, made from domain types and nothing else."""
