"""The order feed: every order event, in the order of the tape, for programs that act on it."""
