"""What must survive."""
