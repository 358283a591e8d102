"""The tabs of the personal information page over the sandbox tenant."""
