"""Everything that is kept: the one package that knows SQL, and SQLite from other engines.

`database` opens a store and runs units of work; a module per noun reads and writes domain types
inside them.
"""
