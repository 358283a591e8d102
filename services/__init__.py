"""What is known about Microsoft 365."""
