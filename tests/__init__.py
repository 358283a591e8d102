"""All checks of Rollcall; `python -m tests` runs them."""
