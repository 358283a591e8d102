"""Tenant: one Microsoft 365 directory the program is connected to, as the tabs see it."""
