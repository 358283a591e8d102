"""The terminal: what Textual draws, written as the cells that changed, at the pace of the line."""
