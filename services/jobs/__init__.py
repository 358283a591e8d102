"""What runs processes."""
