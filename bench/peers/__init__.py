"""The same four calls written with other frameworks, as their users write them."""
