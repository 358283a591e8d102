"""What can be done to a user, over the wire."""
