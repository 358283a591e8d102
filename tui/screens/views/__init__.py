"""One view per shape of tab: toggles, properties, records."""
