"""A believable Friday evening on a throw-away database, against the real server.

The server does not know it is a demo. It runs in this process by a fast clock, and all participants
call it over HTTP as in real life.

- `command`: the command line
- `scene`: the evening as it is played: which Friday, its fast clock, what happens and when
- `cast`: the guests, their homes and habits; all that the seed decides
- `stage`: the folder, the server, and its callers with accounts
- `guest`, `staff`: what guests, the host and the kitchen do
- `performance`: the stage set up, the evening played, and everything put away again
- `feed`: how it is printed
"""
