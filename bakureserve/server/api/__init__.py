"""The calls of the API, a module a noun: each handler under the line that declares it."""
