"""How a command on this machine reaches the servers that run on a data folder."""
