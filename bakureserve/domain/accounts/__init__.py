"""People with an account, who acts, and what they may see."""
