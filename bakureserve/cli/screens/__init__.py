"""What an operator sees on a terminal: screens, drawn from facts.

A screen is a function of the facts, the time where it needs one, and the width in characters. It
returns what rich can render, and reads neither clock nor network nor terminal: so it also draws the
pictures in `docs/cli.md`. The module `terminal` prints screens.

- `marks`: the sign and colour of a state, bars and lines of characters
- `layout`: panels and tables that fold or leave out, but never cut; screens as high as a window,
  or as text
"""
