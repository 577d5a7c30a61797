"""How the program and what it leans on are doing: a module for each part that is looked at."""
