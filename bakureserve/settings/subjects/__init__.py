"""The rows of the settings table, a module for each subject."""
