"""The driver: the screen that it leaves, what that costs, and how it keeps to the line's pace."""
