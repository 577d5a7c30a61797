"""Live updates: from one who knows to many who follow, without waiting for any of them."""
