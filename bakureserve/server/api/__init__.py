"""The calls of the API, one module for each noun, with every handler below its declaration."""
