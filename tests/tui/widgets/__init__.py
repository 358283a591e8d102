"""The widgets, each in an app of its own."""
