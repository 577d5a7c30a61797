"""The calls of the API, a module or folder a noun, with every handler below its declaration."""
