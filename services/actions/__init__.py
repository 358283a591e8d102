"""What can be done to a user at once: one module an action."""
