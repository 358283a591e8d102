"""The tabs of the personal information page, one module each, in the page's order."""
