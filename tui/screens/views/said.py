"""What a page says of a list that could not be loaded."""

NOT_LOADED = "not loaded · F5 tries again"
NO_ROWS = "Not loaded, F5 tries again"

ASKING = "Asking who that is"
REFUSED = "Nobody can tell here who that is"
"""What stands where those would be who pass a filter, as long as another service did not tell who they are."""
