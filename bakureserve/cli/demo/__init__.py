"""A believable Friday evening on a throw-away database, against the real server.

The server knows nothing of it. It runs in this process, by a clock that runs fast, and all who
take part ask it over HTTP as they would in life.

- `command`: the command line
- `scene`: the evening as it is played: which Friday, its fast clock, what happens and when
- `cast`: who comes, from where, and with which habits; all that the seed decides
- `stage`: the folder, the server, and the calls of those with an account
- `guest`, `staff`: what guests, the host and the kitchen do
- `performance`: the stage set up, the evening played, and everything put away again
- `feed`: how it is printed
"""
