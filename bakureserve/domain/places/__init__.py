"""Points, named places and estimates of the way between them."""
