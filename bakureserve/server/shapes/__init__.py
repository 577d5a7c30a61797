"""What both the API and the command line print: shapes made from domain types, and no HTTP."""
