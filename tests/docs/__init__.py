"""The documentation is run: its commands in a world of each page's own, its names looked up."""
