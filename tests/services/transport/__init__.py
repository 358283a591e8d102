"""The transports over real sockets, against servers that say what a test scripts."""
