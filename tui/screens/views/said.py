"""What a page says of a list that could not be loaded."""

NOT_LOADED = "not loaded · F5 tries again"
NO_ROWS = "Not loaded, F5 tries again"
