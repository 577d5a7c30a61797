"""Everything that is kept: the one package with SQL. What only one engine has is in `engines`.

`database` opens a store and runs units of work; a module per noun reads and writes domain types
inside them.
"""
