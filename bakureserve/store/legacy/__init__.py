"""Importing what the old server kept: three JSON files in one folder.

files      opens a file: its bytes counted, hashed, decoded, and never written
json_rows  JSON text → rows, one at a time
row_reader takes fields out of one old row and keeps what it cannot use
restaurants, users, reservations
           one old row → one domain value and the reasons why it differs
importer   judges each row, puts it into the store and counts it
report     what became of every row
scratch    holds what would not fit in memory
run        the transactions around it all
"""
