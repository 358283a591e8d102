"""What is done to accounts that a real Active Directory masters."""
