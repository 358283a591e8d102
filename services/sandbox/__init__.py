"""The embedded tenant: a server that speaks the wire protocols of the real services."""
