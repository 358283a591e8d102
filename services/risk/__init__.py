"""The rules behind the Risks tab: what was read about a user, and what of it is a risk. They ask no service."""
