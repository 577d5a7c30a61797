"""The database: the one package with SQL. `engines` holds what differs between engines.

`database` opens a store and runs units of work; inside them a module or folder per noun reads and
writes domain types.
"""
