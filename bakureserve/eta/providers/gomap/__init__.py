"""GoMap (gomap.az), Azerbaijan's own map: routes, traffic and places, behind a secret key."""
