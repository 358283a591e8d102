"""The whole program from the keyboard, in a real pseudo-terminal."""
