"""A believable Friday evening on a throw-away database, against the real server.

The server knows nothing of it. It runs in this process, by a clock that runs fast, and everybody
who takes part asks it over HTTP as they would in life.

- `command`: the command line
- `evening`: which Friday it is, and when it begins
- `cast`: who comes, from where, and with which habits; all that the seed decides
- `clock`: time that runs fast
- `stage`: the folder, the server and the accounts
- `caller`: one person's calls and streams
- `way`: a drive through the town
- `scene`: what all of them share
- `guest`, `host`, `kitchen`: what each of them does
- `watch`: the server's own looks, as often as the fast clock asks for
- `play`: all of them together
- `performance`: the stage set up, the play, and everything put away again
- `happening`: what is told, and counted
- `in_order`: and in which order
- `feed`: how it is printed
"""
