"""What is remembered for a while: bounded, counted, and swept."""
